import assert from 'node:assert/strict';
import { runProgram } from '../support/programs.js';
import { within } from '../support/within.js';
import type { ConditionLike, Context, SemaphoreLike } from './context.js';
import { formOf, formsOf, wait } from './forms.js';
import { check, lasting, type Run, range } from './suite.js';
import { countTogether, notifyOnce, sleepOnce, waitInVain } from './workers.js';

export function conditionSuite(context: Context): void {
  check(context, '_TestCondition.test_notify', async (run) => {
    for (const form of formsOf(context)) {
      const condition = await context.Condition();
      const [sleeping, woken] = [await context.Semaphore(0), await context.Semaphore(0)];
      run.start(sleepOnce, form, condition, sleeping, woken);
      const task = sleepOnce('async', condition, sleeping, woken);
      await areAsleep(condition, sleeping, 2);
      assert.equal(await woken.getValue(), 0);
      for (const left of [1, 0]) {
        await condition.runExclusive(() => condition.notify());
        await within(woken.acquire(), `one waiter, with ${left} left`);
        await haveLeft(condition, woken, left);
      }
      assert.equal(await within(task, 'the waiting task'), true);
      await run.ended();
    }
  });

  check(context, '_TestCondition.test_notify_all', async (run) => {
    const condition = await context.Condition();
    const [sleeping, woken] = [await context.Semaphore(0), await context.Semaphore(0)];
    const timeout = 50;
    const inVain = sleepers(run, 2, condition, sleeping, woken, timeout);
    for (const isNotified of await within(Promise.all(inVain), 'waits with a timeout')) assert.equal(isNotified, false);
    await run.ended();
    await haveLeft(condition, woken, 0, 4);
    for (const _ of range(4)) await within(sleeping.acquire(), 'who waited');
    for (const _ of range(4)) await within(woken.acquire(), 'who waited in vain');

    const tasks = sleepers(run, 3, condition, sleeping, woken);
    await areAsleep(condition, sleeping, 6);
    assert.equal(await woken.getValue(), 0);
    await condition.runExclusive(() => condition.notifyAll());
    for (const _ of range(6)) await within(woken.acquire(), 'all six waiters');
    await haveLeft(condition, woken, 0);
    for (const isNotified of await Promise.all(tasks)) assert.equal(isNotified, true);
  });

  check(context, '_TestCondition.test_notify_n', async (run) => {
    const condition = await context.Condition();
    const [sleeping, woken] = [await context.Semaphore(0), await context.Semaphore(0)];
    const tasks = sleepers(run, 3, condition, sleeping, woken);
    await areAsleep(condition, sleeping, 6);
    assert.equal(await woken.getValue(), 0);
    let left = 6;
    for (const n of [2, 4]) {
      await condition.runExclusive(() => condition.notify(n));
      for (const _ of range(n)) await within(woken.acquire(), `the waiters of notify(${n})`);
      left -= n;
      await haveLeft(condition, woken, left);
    }
    for (const isNotified of await within(Promise.all(tasks), 'the waiting tasks')) assert.equal(isNotified, true);
    await run.ended();

    // Nobody waits: it is not kept for who comes later.
    await condition.runExclusive(() => condition.notify(3));
    await haveLeft(condition, woken, 0);
    assert.equal(await condition.runExclusive(() => condition.wait({ timeout: 5 })), false);
  });

  check(context, '_TestCondition.test_timeout', async () => {
    for (const form of formsOf(context)) {
      const condition = await context.Condition();
      await condition.acquire();
      assert.equal(await wait(form, condition, { timeout: 0 }), false);
      assert.equal(await lasting(50, () => wait(form, condition, { timeout: 50 })), false);
      await condition.release();
      await haveLeft(condition, undefined, 0);
    }
  });

  check(context, '_TestCondition.test_waitfor', async (run) => {
    for (const form of formsOf(context)) {
      const condition = await context.Condition();
      const state = await context.Tally(-1);
      run.start(countTogether, form, condition, state);
      await condition.runExclusive(async () => {
        const reached = condition.waitFor(async () => (await state.value) === 0);
        assert.equal(await within(reached, 'the worker to reach 0'), true);
        assert.equal(await state.value, 0);
      });
      for (const _ of range(4)) {
        await condition.runExclusive(async () => {
          await state.add(1);
          await condition.notify();
        });
      }
      await run.ended();
      assert.equal(await state.value, 4);
    }
  });

  check(context, '_TestCondition.test_waitfor_timeout', async (run) => {
    for (const form of formsOf(context)) {
      const condition = await context.Condition();
      const state = await context.Tally(0);
      const sleeping = await context.Semaphore(0);
      run.start(waitInVain, form, condition, state, sleeping, 200);
      await within(sleeping.acquire(), 'the worker');
      // Only three: it stays short of what the worker waits for.
      for (const _ of range(3)) {
        await condition.runExclusive(async () => {
          await state.add(1);
          await condition.notify();
        });
      }
      await run.ended();
    }
  });

  check(context, '_TestCondition.test_wait_result', async (run) => {
    for (const form of formsOf(context)) {
      const condition = await context.Condition();
      await condition.acquire();
      assert.equal(await wait(form, condition, { timeout: 0 }), false);
      assert.equal(await lasting(100, () => wait(form, condition, { timeout: 100 })), false);
      run.start(notifyOnce, form, condition);
      assert.equal(await wait(form, condition, { timeout: 20_000 }), true);
      await condition.release();
      await run.ended();
    }
    if (context.name !== 'process') return;
    assert.deepEqual(await runProgram('programs/interrupt-a-wait.js', import.meta), {
      stdout: 'without a notify: false\nnotified: true\n',
      stderr: '\nInterrupted: the program and its child processes end.\n',
      code: 130,
      signal: null,
    });
  });

  /** So many workers, and as many tasks of this thread. */
  function sleepers(
    run: Run,
    count: number,
    condition: ConditionLike,
    sleeping: SemaphoreLike,
    woken: SemaphoreLike,
    timeout?: number,
  ): Promise<boolean>[] {
    return range(count).map((n) => {
      run.start(sleepOnce, formOf(context, n), condition, sleeping, woken, { timeout });
      return sleepOnce('async', condition, sleeping, woken, { timeout });
    });
  }

  /** They tell it with the lock held: who gets the lock after that knows that all have given it up, and wait. */
  async function areAsleep(condition: ConditionLike, sleeping: SemaphoreLike, count: number): Promise<void> {
    for (const n of range(count)) await within(sleeping.acquire(), `${count} waiters, of which there are ${n}`);
    await within(
      condition.runExclusive(() => checkWaiters(condition, count)),
      'the lock that waiters give up',
    );
  }

  /** Nobody else has woken, or is about to. */
  async function haveLeft(condition: ConditionLike, woken: SemaphoreLike | undefined, left: number, count = 0): Promise<void> {
    await within(
      condition.runExclusive(() => checkWaiters(condition, left)),
      'the lock that who woke has held',
    );
    if (woken) assert.equal(await woken.getValue(), count);
  }

  function checkWaiters(condition: ConditionLike, count: number): void {
    if (context.hasSync) assert.equal(String(condition), `<Condition(<RLock(${context.ownName}, 1)>, ${count})>`);
  }
}
