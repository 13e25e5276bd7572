/** What is acquired and released: those inside exclude each other, nobody sleeps for ever, and in the end all is given back. */
import assert from 'node:assert/strict';
import { forgetInstance, type Instance } from '#dist/memory/instances.js';
import type { ObjectReference } from '#dist/memory/objects.js';
import { session } from '#dist/memory/session.js';
import { load, store } from '#dist/platform/atomics.js';
import { BoundedSemaphore } from '#dist/sync/bounded_semaphore.js';
import { Lock } from '#dist/sync/lock.js';
import { RLock } from '#dist/sync/rlock.js';
import { Semaphore } from '#dist/sync/semaphore.js';
import type { Scenario, Scenarios } from '../scenario.js';

interface Acquirable extends Instance {
  acquireSync(options?: { timeout?: number }): boolean;
  tryAcquire(): boolean;
  release(): void;
}

interface Kind<T> {
  readonly make: () => T;
  readonly from: (reference: ObjectReference) => T;
  /** How it looks when nobody has it. */
  readonly isFree: (it: T) => boolean;
}

const lock: Kind<Lock> = { make: () => new Lock(), from: Lock.from, isFree: (it) => !it.locked() };
const rlock: Kind<RLock> = { make: () => new RLock(), from: RLock.from, isFree: (it) => !it.locked() };
const semaphore = (value: number, left = value): Kind<Semaphore> => ({
  make: () => new Semaphore(value),
  from: Semaphore.from,
  isFree: (it) => it.getValue() === left,
});
const bounded = (value: number): Kind<BoundedSemaphore> => ({
  make: () => new BoundedSemaphore(value),
  from: BoundedSemaphore.from,
  isFree: (it) => it.getValue() === value,
});

interface Guarded<T> {
  readonly it: T;
  readonly words: Int32Array;
  readonly counter: number;
}

/** `run` returns how often it counted. */
function guarded<T extends Instance>(
  kind: Kind<T>,
  workers: number,
  run: (guarded: Guarded<T>, worker: number) => readonly number[],
): Scenario<{ it: T; block: number }, Guarded<T>> {
  return {
    workers,
    prepare() {
      const it = kind.make();
      const block = session().heap.allocate(4, true);
      const { index, generation } = it.reference;
      return { state: { it, block }, numbers: [index, generation, block] };
    },
    open([index, generation, block]) {
      const { words, index: counter } = session().heap.structure(block);
      return { it: kind.from({ index, generation }), words, counter };
    },
    run,
    close: ({ it }) => forgetInstance(session(), it, it.reference),
    check({ it, block }, results) {
      const { words, index } = session().heap.structure(block);
      const counts = results.flat().reduce((sum, count) => sum + count, 0);
      assert.equal(words[index], counts, 'an update is lost');
      assert.ok(kind.isFree(it), `it is not as it was: ${it}`);
      session().heap.free(block);
      forgetInstance(session(), it, it.reference);
    },
  };
}

/** Not atomic on purpose. */
function count<T>({ words, counter }: Guarded<T>): readonly number[] {
  store(words, counter, load(words, counter) + 1);
  return [1];
}

function exclusively(guarded: Guarded<Acquirable>): readonly number[] {
  guarded.it.acquireSync();
  count(guarded);
  guarded.it.release();
  return [1];
}

function twice(guarded: Guarded<Acquirable>): readonly number[] {
  return [...exclusively(guarded), ...exclusively(guarded)];
}

function forAWhile(guarded: Guarded<Acquirable>): readonly number[] {
  if (!guarded.it.acquireSync({ timeout: 10 })) return [0];
  count(guarded);
  guarded.it.release();
  return [1];
}

function ifFree(guarded: Guarded<Acquirable>): readonly number[] {
  if (!guarded.it.tryAcquire()) return [0];
  count(guarded);
  guarded.it.release();
  return [1];
}

/** Where several may be inside nothing is counted. */
function inAndOut({ it }: Guarded<Acquirable>): readonly number[] {
  it.acquireSync();
  it.release();
  return [0];
}

type Run = (guarded: Guarded<any>, worker: number) => readonly number[];
const firstOther =
  (first: Run, others: Run): Run =>
  (guarded, worker) =>
    (worker === 0 ? first : others)(guarded, worker);

export const scenarios: Scenarios = {
  'Lock: two workers': guarded(lock, 2, exclusively),
  'Lock: three workers': guarded(lock, 3, exclusively),
  'Lock: two workers, twice each': guarded(lock, 2, twice),
  'Lock: one gives up after a while': guarded(lock, 3, firstOther(forAWhile, exclusively)),
  'Lock: one only tries': guarded(lock, 3, firstOther(ifFree, exclusively)),
  'Lock: time passes, and one starves': { ...guarded(lock, 2, twice), tick: 11 },
  'Lock: time passes, and two starve': { ...guarded(lock, 3, twice), tick: 11 },
  'Lock: one starves, and gives up': { ...guarded(lock, 3, firstOther(forAWhile, twice)), tick: 4 },
  'RLock: two workers': guarded(rlock, 2, exclusively),
  'RLock: nested': guarded(rlock, 3, (it) => {
    it.it.acquireSync();
    const counts = exclusively(it);
    it.it.release();
    return counts;
  }),
  'Semaphore: as a lock': guarded(semaphore(1), 3, exclusively),
  'Semaphore: two of three': guarded(semaphore(2), 3, inAndOut),
  'Semaphore: one gives two permits': guarded(
    semaphore(0),
    3,
    firstOther(
      ({ it }) => (it.release(2), [0]),
      ({ it }) => (it.acquireSync(), [0]),
    ),
  ),
  'Semaphore: one gives two permits one by one': guarded(
    semaphore(0),
    3,
    firstOther(
      ({ it }) => (it.release(), it.release(), [0]),
      ({ it }) => (it.acquireSync(), [0]),
    ),
  ),
  'Semaphore: one gives up after a while': guarded(semaphore(1), 3, firstOther(forAWhile, exclusively)),
  'BoundedSemaphore: as a lock': guarded(bounded(1), 3, exclusively),
  'BoundedSemaphore: two of three': guarded(bounded(2), 3, inAndOut),
  'BoundedSemaphore: one gives up after a while': guarded(bounded(1), 3, firstOther(forAWhile, exclusively)),
};
