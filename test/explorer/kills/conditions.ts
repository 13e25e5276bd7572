/** Conditions and barriers: one who dies gives the lock up, does not keep a notify for itself, and breaks the barrier for those who wait. */
import assert from 'node:assert/strict';
import { forgetInstance } from '#dist/memory/instances.js';
import { session } from '#dist/memory/session.js';
import { Barrier } from '#dist/sync/barrier.js';
import { Condition } from '#dist/sync/condition.js';
import { Lock } from '#dist/sync/lock.js';
import { type KillScenario, type KillScenarios, within } from '../kill_scenario.js';

interface Waited<T> {
  readonly it: T;
  outcome: Promise<unknown> | undefined;
}

const limit = { timeout: 60_000 };

/** Works, and is forgotten. */
function finishCondition(lock: Lock, condition: Condition): void {
  assert.equal(condition.acquireSync({ timeout: 1000 }), true, 'the lock cannot be had');
  assert.equal(condition.waitSync({ timeout: 0 }), false, 'a notify is left over');
  condition.notifyAll();
  condition.release();
  forgetInstance(session(), condition, condition.reference);
  forgetInstance(session(), lock, lock.reference);
}

/** While one of us waits. */
function notifies(notify: (condition: Condition) => void): KillScenario<Waited<{ lock: Lock; condition: Condition }>> {
  return {
    prepare() {
      const lock = new Lock();
      const condition = new Condition(lock);
      return { state: { it: { lock, condition }, outcome: undefined }, args: [condition] };
    },
    meanwhile(state) {
      const { condition } = state.it;
      assert.equal(condition.acquireSync(), true);
      state.outcome = condition.wait(limit).then((told) => (condition.release(), told));
    },
    run(condition: Condition) {
      condition.acquireSync();
      notify(condition);
      condition.release();
    },
    async check({ it: { lock, condition }, outcome }) {
      // Died before it told anybody: another does.
      assert.equal(await condition.acquire(limit), true);
      condition.notifyAll();
      condition.release();
      assert.equal(await within(outcome!, 'who waits does not go on'), true);
      finishCondition(lock, condition);
    },
  };
}

function barrier(run: (it: Barrier) => void): KillScenario<Waited<Barrier>> {
  return {
    prepare() {
      const it = new Barrier(2);
      return { state: { it, outcome: undefined }, args: [it] };
    },
    meanwhile(state) {
      state.outcome = state.it.wait(limit).then(
        () => 'passed',
        (error: Error) => error.name,
      );
    },
    run,
    async check({ it, outcome }) {
      const ended = await within(outcome!, 'who waits at the barrier does not go on');
      assert.ok(ended === 'passed' || ended === 'BrokenBarrierError', String(ended));
      it.reset();
      const both = await within(Promise.all([it.wait(limit), it.wait(limit)]), 'the barrier cannot be passed any more');
      assert.deepEqual(both.toSorted(), [0, 1]);
      forgetInstance(session(), it, it.reference);
    },
  };
}

export const scenarios: KillScenarios = {
  'Condition: notify one who waits': notifies((condition) => condition.notify()),
  'Condition: notify all': notifies((condition) => condition.notifyAll()),
  'Condition: give up waiting': {
    prepare() {
      const lock = new Lock();
      const condition = new Condition(lock);
      return { state: { lock, condition }, args: [condition] };
    },
    run(condition: Condition) {
      condition.acquireSync();
      condition.waitSync({ timeout: 3 });
      condition.release();
    },
    check: ({ lock, condition }) => finishCondition(lock, condition),
  },
  'Barrier: come as the last': barrier((it) => void it.waitSync()),
  'Barrier: abort': barrier((it) => it.abort()),
  'Barrier: reset': barrier((it) => it.reset()),
  'Barrier: give up waiting': {
    prepare() {
      const it = new Barrier(2);
      return { state: it, args: [it] };
    },
    run: (it: Barrier) => assert.throws(() => it.waitSync({ timeout: 3 }), { name: 'BrokenBarrierError' }),
    async check(it) {
      it.reset();
      await within(Promise.all([it.wait(limit), it.wait(limit)]), 'the barrier cannot be passed any more');
      forgetInstance(session(), it, it.reference);
    },
  },
};
