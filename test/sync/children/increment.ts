import { session } from '#dist/memory/session.js';
import type { Lock } from '#dist/sync/lock.js';
import { join, tell } from '../../support/join.js';

/** Adds 1 to a plain word `times` times, each under the lock; every `awaited`-th time by the async form. */
const [lock, unit, times, awaited] = join<[Lock, number, number, number]>();
const { words, index } = session().heap.structure(unit);
for (let i = 0; i < times; i++) {
  if (i % awaited === 0) await lock.acquire();
  else lock.acquireSync();
  words[index] = words[index] + 1;
  lock.release();
}
tell('done');
