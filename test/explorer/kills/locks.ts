/** Locks: whoever waits goes on, whatever becomes of the holder, of another who waits, and of the one who takes over. */
import assert from 'node:assert/strict';
import { forgetInstance } from '#dist/memory/instances.js';
import { session } from '#dist/memory/session.js';
import { Lock } from '#dist/sync/lock.js';
import { type KillScenarios, leftByTheDead, within } from '../kill_scenario.js';

interface Waited {
  readonly lock: Lock;
  acquired: Promise<boolean> | undefined;
}

function finish(lock: Lock): void {
  assert.equal(lock.acquireSync({ timeout: 1000 }), true, 'the lock cannot be had');
  lock.release();
  forgetInstance(session(), lock, lock.reference);
}

export const scenarios: KillScenarios = {
  'take and release a lock': {
    prepare() {
      const lock = new Lock();
      return { state: lock, args: [lock] };
    },
    run(lock: Lock) {
      lock.acquireSync();
      lock.release();
    },
    check: finish,
  },
  'release a lock for which somebody waits': {
    prepare() {
      const lock = new Lock();
      return { state: { lock, acquired: undefined } as Waited, args: [lock] };
    },
    open(lock: Lock) {
      lock.acquireSync();
      return [lock];
    },
    meanwhile(state: Waited) {
      state.acquired = state.lock.acquire({ timeout: 60_000 });
    },
    run: (lock: Lock) => lock.release(),
    async check({ lock, acquired }: Waited) {
      assert.equal(await within(acquired!, 'who waits for the lock does not get it'), true);
      lock.release();
      finish(lock);
    },
  },
  'give up waiting for a lock': {
    prepare() {
      const lock = new Lock();
      lock.acquireSync();
      return { state: lock, args: [lock] };
    },
    run: (lock: Lock) => lock.acquireSync({ timeout: 3 }),
    check(lock: Lock) {
      lock.release();
      finish(lock);
    },
  },
  'take over the lock of one who died': {
    prepare() {
      const lock = leftByTheDead(
        () => new Lock(),
        (made) => made.acquireSync(),
        Lock.from,
      );
      return { state: lock, args: [lock] };
    },
    run(lock: Lock) {
      assert.equal(lock.acquireSync(), true);
      assert.equal(lock.abandoned, true);
      lock.release();
    },
    check: finish,
  },
};
