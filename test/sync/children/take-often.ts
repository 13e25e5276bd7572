import { session } from '#dist/memory/session.js';
import type { Lock } from '#dist/sync/lock.js';
import type { RLock } from '#dist/sync/rlock.js';
import { join, tell } from '../../support/join.js';

/** Takes the lock again the moment it has given it back, until the word says stop. */
const [lock, unit] = join<[Lock | RLock, number]>();
const { words, index } = session().heap.structure(unit);
let told = false;
while (Atomics.load(words, index) === 0) {
  lock.acquireSync();
  const until = performance.now() + 0.05;
  while (performance.now() < until);
  lock.release();
  if (!told) tell('busy');
  told = true;
}
