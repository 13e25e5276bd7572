/** Starts a manager, tells its server's process, and asks it again after a line of input. */
import { once } from 'node:events';
import { activeChildren, isMain } from 'multiproc';
import { MyManager } from '../types.js';

if (isMain(import.meta)) {
  const manager = new MyManager();
  await manager.start();
  const maths = await manager.Maths();
  console.log(`server ${activeChildren()[0].pid}`);
  if (!process.argv.includes('leave')) {
    await once(process.stdin, 'data');
    console.log(`still ${await maths.add(1, 2)}`);
  }
}
