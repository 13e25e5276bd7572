/** Locks of the library, with two and three workers, one of which always finds it taken in some schedule. */
import assert from 'node:assert/strict';
import { forgetInstance } from '#dist/memory/instances.js';
import { session } from '#dist/memory/session.js';
import { load, store } from '#dist/platform/atomics.js';
import { Lock } from '#dist/sync/lock.js';
import type { Scenario, Scenarios } from '../scenario.js';

interface Guarded {
  readonly lock: Lock;
  readonly words: Int32Array;
  readonly counter: number;
}

function locked(
  workers: number,
  run: (it: Guarded, worker: number) => readonly number[],
): Scenario<{ lock: Lock; block: number }, Guarded> {
  return {
    workers,
    prepare() {
      const lock = new Lock();
      const block = session().heap.allocate(4, true);
      const { index, generation } = lock.reference;
      return { state: { lock, block }, numbers: [index, generation, block] };
    },
    open([index, generation, block]) {
      const { words, index: counter } = session().heap.structure(block);
      return { lock: Lock.from({ index, generation }), words, counter };
    },
    run,
    close: ({ lock }) => forgetInstance(session(), lock, lock.reference),
    check({ lock, block }, results) {
      const { words, index } = session().heap.structure(block);
      assert.equal(
        words[index],
        results.flat().reduce((sum, count) => sum + count, 0),
        'an update is lost',
      );
      assert.equal(lock.locked(), false);
      session().heap.free(block);
      forgetInstance(session(), lock, lock.reference);
    },
  };
}

/** Not atomic on purpose. */
function count({ words, counter }: Guarded): void {
  store(words, counter, load(words, counter) + 1);
}

function acquireAndCount(it: Guarded): readonly number[] {
  it.lock.acquireSync();
  count(it);
  it.lock.release();
  return [1];
}

function acquireForAWhile(it: Guarded): readonly number[] {
  if (!it.lock.acquireSync({ timeout: 10 })) return [0];
  count(it);
  it.lock.release();
  return [1];
}

export const scenarios: Scenarios = {
  'Lock: two workers': locked(2, acquireAndCount),
  'Lock: three workers': locked(3, acquireAndCount),
  'Lock: two workers, twice each': locked(2, (it) => [...acquireAndCount(it), ...acquireAndCount(it)]),
  'Lock: one gives up after a while': locked(3, (it, worker) => (worker === 0 ? acquireForAWhile(it) : acquireAndCount(it))),
  'Lock: one only tries': locked(3, (it, worker) => {
    if (worker > 0) return acquireAndCount(it);
    if (!it.lock.tryAcquire()) return [0];
    count(it);
    it.lock.release();
    return [1];
  }),
};
