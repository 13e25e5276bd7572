import { setTimeout as sleep } from 'node:timers/promises';
import { session } from '#dist/memory/session.js';
import type { Lock } from '#dist/sync/lock.js';
import type { Semaphore } from '#dist/sync/semaphore.js';
import { join, tell } from '../../support/join.js';

/** So many tasks take it again the moment they have given it back, and keep it for some ms, until the word says stop. */
const [object, unit, tasks] = join<[Lock | Semaphore, number, number]>();
const { words, index } = session().heap.structure(unit);
tell('busy');
const holdAgain = async () => {
  while (Atomics.load(words, index) === 0) await object.runExclusive(() => sleep(4));
};
await Promise.all(Array.from({ length: tasks }, holdAgain));
