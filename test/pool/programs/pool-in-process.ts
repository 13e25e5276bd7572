import { isMain, Pool, Process } from 'multiproc';
import { square } from '../tasks.js';

export async function parent(): Promise<void> {
  await using pool = new Pool(4);
  console.log((await pool.map(square, [0, 1, 2, 3])).join(' '));
}

if (isMain(import.meta)) process.exitCode = (await new Process({ target: parent }).start().join())!;
