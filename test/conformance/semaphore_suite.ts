import assert from 'node:assert/strict';
import { within } from '../support/within.js';
import type { Context, SemaphoreLike } from './context.js';
import { acquire, type Form, formsOf } from './forms.js';
import { check, lasting } from './suite.js';
import { releaseOnce } from './workers.js';

export function semaphoreSuite(context: Context): void {
  check(context, '_TestSemaphore.test_semaphore', async (run) => {
    for (const form of formsOf(context)) {
      const semaphore = await context.Semaphore(2);
      await countsDownAndUp(form, semaphore);
      for (const value of [3, 4]) {
        await semaphore.release();
        assert.equal(await semaphore.getValue(), value);
      }
      await semaphore.release(3);
      assert.equal(await semaphore.getValue(), 7);
    }
    const semaphore = await context.Semaphore(0);
    const permit = semaphore.acquire();
    run.start(releaseOnce, semaphore);
    assert.equal(await within(permit, 'the release of another worker'), true);
  });

  check(context, '_TestSemaphore.test_bounded_semaphore', async () => {
    for (const form of formsOf(context)) {
      const semaphore = await context.BoundedSemaphore(2);
      await countsDownAndUp(form, semaphore);
      await assert.rejects(async () => semaphore.release(), { name: 'NotHeldError' });
      assert.equal(await semaphore.getValue(), 2);
    }
  });

  check(context, '_TestSemaphore.test_timeout', async () => {
    for (const form of formsOf(context)) {
      for (const semaphore of [await context.Semaphore(0), await empty()]) {
        for (const timeout of [0, -1]) assert.equal(await acquire(form, semaphore, { timeout }), false);
        for (const timeout of [20, 100]) assert.equal(await lasting(timeout, () => acquire(form, semaphore, { timeout })), false);
        assert.equal(await semaphore.getValue(), 0);
      }
    }
  });

  async function empty(): Promise<SemaphoreLike> {
    const semaphore = await context.BoundedSemaphore(1);
    await semaphore.acquire();
    return semaphore;
  }
}

async function countsDownAndUp(form: Form, semaphore: SemaphoreLike): Promise<void> {
  assert.equal(await semaphore.getValue(), 2);
  for (const value of [1, 0]) {
    assert.equal(await acquire(form, semaphore), true);
    assert.equal(await semaphore.getValue(), value);
  }
  assert.equal(await acquire(form, semaphore, { timeout: 0 }), false);
  assert.equal(await semaphore.getValue(), 0);
  for (const value of [1, 2]) {
    assert.equal(await semaphore.release(), undefined);
    assert.equal(await semaphore.getValue(), value);
  }
}
