import assert from 'node:assert/strict';
import { test } from 'node:test';
import { within } from '../support/within.js';
import type { Context, LockLike } from './context.js';
import { acquire, formOf, formsOf, hold } from './forms.js';
import { check, lasting, type Run } from './suite.js';
import { holdUntil, tellLocked, tryToAcquire } from './workers.js';

const notHeld = { name: 'NotHeldError', code: 'ERR_MULTIPROC_NOT_HELD' };
const NO_OTHER_THREADS = 'threads of one process as owners come with multiproc/dummy';

export function lockSuite(context: Context): void {
  check(context, '_TestLock.test_lock', async () => {
    for (const form of formsOf(context)) {
      const lock = await context.Lock();
      assert.equal(await lock.locked(), false);
      assert.equal(await acquire(form, lock), true);
      assert.equal(await lock.locked(), true);
      assert.equal(await acquire(form, lock, { timeout: 0 }), false);
      assert.equal(await lasting(50, () => acquire(form, lock, { timeout: 50 })), false);
      assert.equal(await lock.release(), undefined);
      assert.equal(await lock.locked(), false);
      await assert.rejects(async () => lock.release(), notHeld);
    }
    if (!context.hasSync) return;
    const lock = context.Lock();
    assert.deepEqual([lock.tryAcquire(), lock.tryAcquire()], [true, false]);
    assert.throws(() => lock.acquireSync(), { name: 'DeadlockError' });
    lock.release();
  });

  check(context, '_TestLock.test_repr_lock', async (run) => {
    if (!context.hasSync) return;
    const lock = context.Lock();
    assert.equal(String(lock), '<Lock(owner=None)>');
    lock.acquireSync();
    assert.equal(String(lock), `<Lock(owner=${context.ownName})>`);
    lock.release();
    await shownElsewhere(run, lock, 1, (name) => `<Lock(owner=${name})>`, '<Lock(owner=SomeOtherProcess)>');
    assert.equal(String(lock), '<Lock(owner=None)>');
  });
  test('_TestLock.test_repr_lock: threads', { skip: NO_OTHER_THREADS });

  check(context, '_TestLock.test_repr_rlock', async (run) => {
    if (!context.hasSync) return;
    const lock = context.RLock();
    assert.equal(String(lock), '<RLock(None, 0)>');
    for (const count of [1, 2, 3, 4]) {
      lock.acquireSync();
      assert.equal(String(lock), `<RLock(${context.ownName}, ${count})>`);
    }
    for (const count of [3, 2, 1]) {
      lock.release();
      assert.equal(String(lock), `<RLock(${context.ownName}, ${count})>`);
    }
    lock.release();
    await shownElsewhere(run, lock, 2, (name) => `<RLock(${name}, 2)>`, '<RLock(SomeOtherProcess, nonzero)>');
    assert.equal(String(lock), '<RLock(None, 0)>');
  });
  test('_TestLock.test_repr_rlock: threads', { skip: NO_OTHER_THREADS });

  check(context, '_TestLock.test_lock_locked_2processes', (run) => isLockedEverywhere(run, context.Lock()));
  check(context, '_TestLock.test_rlock_locked_2processes', (run) => isLockedEverywhere(run, context.RLock()));

  check(context, '_TestLock.test_rlock', async (run) => {
    for (const form of formsOf(context)) {
      const lock = await context.RLock();
      const answers = await context.Queue<boolean>();
      for (let i = 0; i < 3; i++) assert.equal(await acquire(form, lock), true);
      for (let i = 0; i < 2; i++) assert.equal(await lock.release(), undefined);
      run.start(tryToAcquire, form, lock, answers);
      assert.equal(await within(answers.get(), 'the answer of another worker'), false);
      assert.equal(await lock.release(), undefined);
      assert.equal(await lock.locked(), false);
      await assert.rejects(async () => lock.release(), notHeld);
    }
  });

  check(context, '_TestLock.test_lock_context', async () => {
    for (const form of formsOf(context)) {
      for (const lock of [await context.Lock(), await context.RLock()]) {
        {
          using _held = await hold(form, lock);
          assert.equal(await lock.locked(), true);
        }
        assert.equal(await lock.locked(), false);
        assert.equal(await lock.runExclusive(() => lock.locked()), true);
        await assert.rejects(
          lock.runExclusive(() => Promise.reject(new RangeError('of the body'))),
          RangeError,
        );
        assert.equal(await lock.locked(), false);
      }
    }
  });

  async function shownElsewhere(
    run: Run,
    lock: LockLike,
    times: number,
    ofHolder: (name: string) => string,
    ofOthers: string,
  ): Promise<void> {
    for (const form of formsOf(context)) {
      const shown = await context.Queue<string>();
      const leave = await context.Event();
      const holder = run.start(holdUntil, form, lock, times, shown, leave);
      assert.equal(await within(shown.get(), 'the text form in the holder'), ofHolder(holder.name));
      assert.equal(String(lock), ofOthers);
      await leave.set();
      await run.ended();
    }
  }

  async function isLockedEverywhere(run: Run, given: LockLike | PromiseLike<LockLike>): Promise<void> {
    const lock = await given;
    const shown = await context.Queue<string>();
    const answers = await context.Queue<boolean>();
    const leave = await context.Event();
    run.start(holdUntil, formOf(context, 1), lock, 1, shown, leave);
    await within(shown.get(), 'the holder');
    run.start(tellLocked, lock, answers);
    assert.equal(await within(answers.get(), 'a third process'), true);
    assert.equal(await lock.locked(), true);
    for (const form of formsOf(context)) assert.equal(await acquire(form, lock, { timeout: 0 }), false);
    await leave.set();
    await run.ended();
    assert.equal(await lock.locked(), false);
  }
}
