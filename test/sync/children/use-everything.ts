/** Uses objects of every kind at random, in both forms, until `over` is set. Whoever runs this is killed at any moment. */
import type { Queue } from '#dist/channels/queue.js';
import { RawArray } from '#dist/sharedctypes/raw.js';
import type { Value } from '#dist/sharedctypes/value.js';
import type { BoundedSemaphore } from '#dist/sync/bounded_semaphore.js';
import type { Condition } from '#dist/sync/condition.js';
import type { Event } from '#dist/sync/event.js';
import { Lock } from '#dist/sync/lock.js';
import type { RLock } from '#dist/sync/rlock.js';
import { join } from '../../support/join.js';

export interface Everything {
  readonly over: Event;
  readonly lock: Lock;
  readonly rlock: RLock;
  readonly permits: BoundedSemaphore;
  readonly condition: Condition;
  readonly queue: Queue<unknown>;
  readonly count: Value<'i'>;
  /** Two words that are always equal while nobody holds `lock`. */
  readonly pair: Int32Array;
}

const [everything, seed] = join<[Everything, number]>();
const { over, lock, rlock, permits, condition, queue, count, pair } = everything;
process.on('warning', () => {});

let state = seed;
function random(n: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) | 0;
  return (state >>> 8) % n;
}

const soon = { timeout: 20 };

function increment(): void {
  // Whoever died between the two left them different: who is told of it puts that right.
  if (lock.abandoned) pair[1] = pair[0];
  pair[0]++;
  pair[1]++;
}

const uses: readonly (() => void | Promise<void>)[] = [
  () => {
    lock.acquireSync();
    increment();
    lock.release();
  },
  async () => {
    await lock.acquire();
    increment();
    lock.release();
  },
  () => rlock.runExclusive(() => rlock.runExclusive(async () => void count.add(1))).then(() => {}),
  () => {
    rlock.acquireSync();
    rlock.acquireSync();
    rlock.release();
    rlock.release();
  },
  () => {
    if (permits.acquireSync(soon)) permits.release();
  },
  async () => {
    if (await permits.acquire(soon)) permits.release();
  },
  async () => {
    await condition.runExclusive(() => condition.wait(soon));
  },
  () => {
    condition.acquireSync();
    condition.waitSync(soon);
    condition.release();
  },
  () => {
    condition.acquireSync();
    condition.notify(1 + random(3));
    condition.release();
  },
  () => void queue.tryPut({ lock: new Lock(), memory: RawArray('i', 10), again: queue }),
  () => void queue.tryGet(),
  async () => {
    await over.wait({ timeout: 1 });
  },
];

while (!over.isSet()) await uses[random(uses.length)]();
process.exit(0);
