/** Connects to a manager, and does nothing more: it ends by itself. */
import { isMain } from 'multiproc';
import { connectManager, type Remote } from 'multiproc/managers';
import type { Maths, MyManager } from '../types.js';

const kept: unknown[] = [];

if (isMain(import.meta)) {
  const [, , address, authkey] = process.argv;
  const manager = await connectManager<MyManager>({ address: JSON.parse(address), authkey });
  const maths: Remote<Maths> = await manager.Maths();
  kept.push(manager, maths);
  console.log(await maths.later('answered'));
}
