// A list and a queue in a manager's server, used from the program that started it: one call at a time, awaited or blocking, or a hundred under way.
import { isMain } from 'multiproc';
import { BaseManager } from 'multiproc/managers';
import { measure, which } from '../harness/timing.ts';

/** Calls under way at once. */
const LANES = 100;

export class List {
  readonly #items = Array.from({ length: 10 }, (_, i) => i);
  at(index: number): number | undefined {
    return this.#items[index];
  }
}

export class Items {
  readonly #items: unknown[] = [];
  put(item: unknown): void {
    this.#items.push(item);
  }
  get(): unknown {
    return this.#items.shift();
  }
}

export class Manager extends BaseManager.define({ List, Items }) {}

/** `LANES` loops that call one after the other. */
async function inLanes(n: number, call: () => Promise<unknown>): Promise<void> {
  let begun = 0;
  const lane = async (): Promise<void> => {
    while (begun++ < n) await call();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

if (isMain(import.meta)) {
  const manager = new Manager();
  await manager.start();
  const list = await manager.List();
  const items = await manager.Items();
  const work: Record<string, (n: number) => Promise<void> | void> = {
    async read(n) {
      for (let i = 0; i < n; i++) await list.at(3);
    },
    sync(n) {
      for (let i = 0; i < n; i++) list.sync.at(3);
    },
    pipelined: (n) => inLanes(n, () => list.at(3)),
    // A put is answered when the item is there; the next get is under way meanwhile.
    async queue(n) {
      for (let i = 0; i < n; i++) await Promise.all([items.put(i), items.get()]);
    },
  };
  await measure(work[which], 1000);
  await manager.shutdown();
}
