import { session } from '#dist/memory/session.js';
import type { Semaphore } from '#dist/sync/semaphore.js';
import { join, tell } from '../../support/join.js';

/** Takes a permit `times` times, each third by the async form, and counts in two words how many are inside, and the most there were. */
const [semaphore, unit, times] = join<[Semaphore, number, number]>();
const { words, index } = session().heap.structure(unit);
for (let i = 0; i < times; i++) {
  if (i % 3 === 0) await semaphore.acquire();
  else semaphore.acquireSync();
  const inside = Atomics.add(words, index, 1) + 1;
  for (let most = Atomics.load(words, index + 1); inside > most; most = Atomics.load(words, index + 1))
    Atomics.compareExchange(words, index + 1, most, inside);
  if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  Atomics.sub(words, index, 1);
  semaphore.release();
}
tell('done');
