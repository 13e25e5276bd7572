/** With --expose-gc: how many mappings of a block there are, before and after what nobody holds is collected. */
import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { isMain } from 'multiproc';
import { SharedMemory } from 'multiproc/shared-memory';

const collect = (globalThis as unknown as { gc(): void }).gc;

function mappings(name: string): number {
  return readFileSync('/proc/self/maps', 'latin1')
    .split('\n')
    .filter((line) => line.includes(name)).length;
}

async function collected(name: string, wanted: number): Promise<number> {
  for (let tries = 0; tries < 200 && mappings(name) > wanted; tries++) {
    collect();
    await setImmediate();
  }
  return mappings(name);
}

/** In a function of its own, so that nothing of it stays in a register. */
function attachOften(name: string): Uint8Array {
  for (let i = 0; i < 10; i++) SharedMemory.attach(name).close();
  for (let i = 0; i < 10; i++) SharedMemory.attach(name);
  const last = SharedMemory.attach(name);
  const view = new Uint8Array(last.buf.buffer, 100, 10);
  last.close();
  return view;
}

if (isMain(import.meta)) {
  const shm = SharedMemory.create({ size: 10_000 });
  const { name } = shm;
  const view = attachOften(name);
  console.log(mappings(name));
  // The creator's, and the one that a view keeps.
  console.log(await collected(name, 2));
  view[0] = 5;
  console.log(shm.buf[100]);
  shm.unlink();
  shm.close();
  view[1] = 6;
  console.log(view[1]);
}
