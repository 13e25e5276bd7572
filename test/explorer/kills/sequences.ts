/** Several operations on one object, one after the other, as programs have them; the steps of the waits in between included. */
import assert from 'node:assert/strict';
import { forgetInstance, type Instance } from '#dist/memory/instances.js';
import { session } from '#dist/memory/session.js';
import { Barrier } from '#dist/sync/barrier.js';
import { BoundedSemaphore } from '#dist/sync/bounded_semaphore.js';
import { Condition } from '#dist/sync/condition.js';
import { Event } from '#dist/sync/event.js';
import { RLock } from '#dist/sync/rlock.js';
import { Semaphore } from '#dist/sync/semaphore.js';
import { type KillScenario, type KillScenarios, within } from '../kill_scenario.js';

interface State<T> {
  readonly object: T;
  /** The end of a wait that this process has begun. */
  readonly wait: Promise<unknown> | undefined;
}

function sequence<T extends Instance>(
  make: () => T,
  run: (object: T) => void,
  check: (object: T, wait: Promise<unknown>) => unknown,
  wait?: (object: T) => Promise<unknown>,
): KillScenario<State<T>> {
  return {
    prepare() {
      const object = make();
      return { state: { object, wait: wait?.(object) }, args: [object] };
    },
    run,
    async check({ object, wait }) {
      await check(object, within(Promise.resolve(wait), 'who waits does not go on'));
      forgetInstance(session(), object, object.reference);
    },
  };
}

function takeTwoAndReleaseThem(semaphore: Semaphore | BoundedSemaphore): void {
  semaphore.acquireSync();
  semaphore.acquireSync();
  semaphore.release(2);
}

export const scenarios: KillScenarios = {
  'take and release an RLock twice': sequence(
    () => new RLock(),
    (lock) => {
      lock.acquireSync();
      lock.acquireSync();
      lock.release();
      lock.release();
    },
    (lock) => {
      assert.equal(lock.acquireSync({ timeout: 1000 }), true);
      lock.release();
      assert.equal(lock.locked(), false);
    },
  ),
  'take and release permits of a Semaphore': sequence(
    () => new Semaphore(5),
    takeTwoAndReleaseThem,
    (semaphore) => assert.ok(semaphore.getValue() >= 3 && semaphore.getValue() <= 5),
  ),
  'take and release permits of a BoundedSemaphore': sequence(
    () => new BoundedSemaphore(2),
    takeTwoAndReleaseThem,
    (semaphore) => {
      assert.equal(semaphore.getValue(), 2);
      assert.equal(semaphore.acquireSync({ timeout: 1000 }), true);
      semaphore.release();
    },
  ),
  'set an event that somebody waits for': sequence(
    () => new Event(),
    (event) => {
      event.set();
      event.waitSync();
      event.clear();
    },
    (event, wait) => {
      event.set();
      return wait;
    },
    (event) => event.wait(),
  ),
  'notify who waits on a condition': sequence(
    () => new Condition(),
    (condition) => {
      condition.acquireSync();
      condition.notifyAll();
      condition.release();
    },
    async (condition, wait) => {
      await condition.runExclusive(() => condition.notifyAll());
      assert.equal(await wait, true);
    },
    (condition) => condition.runExclusive(() => condition.wait()),
  ),
  'wait on a condition': sequence(
    () => new Condition(),
    (condition) => {
      condition.acquireSync();
      condition.waitSync({ timeout: 1 });
      condition.release();
    },
    async (condition) => {
      const wait = condition.runExclusive(() => condition.wait());
      while (!String(condition).endsWith(' 1)>')) await new Promise((resolve) => setImmediate(resolve));
      await condition.runExclusive(() => condition.notify());
      assert.equal(await wait, true);
      assert.equal(String(condition), '<Condition(<RLock(None, 0)>, 0)>');
    },
  ),
  'pass a barrier with another process': sequence(
    () => new Barrier(2),
    (barrier) => void barrier.waitSync(),
    async (barrier, wait) => {
      // A child that was killed before it joined or after it left was no party.
      if (barrier.nWaiting === 1) barrier.abort();
      assert.ok([0, 1, 'BrokenBarrierError'].includes((await wait) as number | string));
      barrier.reset();
      assert.deepEqual(await Promise.all([barrier.wait(), barrier.wait()]), [0, 1]);
    },
    (barrier) => barrier.wait().catch((error: Error) => error.name),
  ),
};
