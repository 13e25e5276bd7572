// A list and a queue in a manager's server, used from the program that started it: one call at a time, awaited or blocking, or a hundred under way.
import { isMain } from 'multiproc';
import { Manager } from 'multiproc/managers';
import { measure, range, which } from '../harness/timing.ts';

/** Calls under way at once. */
const LANES = 100;

/** `LANES` loops that call one after the other. */
async function inLanes(n: number, call: () => Promise<unknown>): Promise<void> {
  let begun = 0;
  const lane = async (): Promise<void> => {
    while (begun++ < n) await call();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

if (isMain(import.meta)) {
  const manager = await Manager();
  const list = await manager.list(range(10));
  const items = await manager.Queue<number>();
  const work: Record<string, (n: number) => Promise<void> | void> = {
    async read(n) {
      for (let i = 0; i < n; i++) await list.at(3);
    },
    sync(n) {
      for (let i = 0; i < n; i++) list.sync.at(3);
    },
    pipelined: (n) => inLanes(n, () => list.at(3)),
    async queue(n) {
      for (let i = 0; i < n; i++) {
        await items.put(i);
        await items.get();
      }
    },
    async together(n) {
      for (let i = 0; i < n; i++) await Promise.all([items.put(i), items.get()]);
    },
  };
  await measure(work[which], 1000);
  await manager.shutdown();
}
