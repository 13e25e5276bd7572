/** What a task sees of itself: its context, its attempt, its progress. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Event, Pool, Queue, taskContext } from 'multiproc';
import { closeSoundly, failure, within } from './support.js';
import { square } from './tasks.js';
import * as tasks from './tasks_context.js';

test('outside a task there is none: in the main program, an initialiser, and what a task has left behind', async () => {
  assert.throws(() => taskContext(), { name: 'TaskContextError', code: 'ERR_MULTIPROC_TASK_CONTEXT', message: /main|no task/ });
  for (const concurrency of [1, 3]) {
    const pool = new Pool({ processes: 1, concurrency, initializer: tasks.askInInitialiser });
    assert.equal(await pool.apply(tasks.askedInInitialiser), 'ERR_MULTIPROC_TASK_CONTEXT');
    const open = new Event();
    assert.equal(await pool.apply(tasks.leave, [open]), 1);
    assert.equal(await pool.apply(tasks.leftBehind, [open]), 'ERR_MULTIPROC_TASK_CONTEXT');
    await closeSoundly(pool);
  }
});

test('one context for a task, however many awaits later, also when it is asked for only then', async () => {
  for (const concurrency of [1, 4]) {
    const pool = new Pool({ processes: 1, concurrency });
    assert.equal(await pool.apply(tasks.lateAttempt), 1);
    for (let i = 0; i < 3; i++) assert.deepEqual(await pool.apply(tasks.sameAfterAwaits), [true, true, true, true]);
    assert.equal(await pool.apply(tasks.lateAttempt), 1);
    assert.equal(await pool.apply(square, [3]), 9);
    await closeSoundly(pool);
  }
});

test('each of several tasks at once has its own', async () => {
  const pool = new Pool({ processes: 1, concurrency: 8 });
  const meeting = new Queue<number>();
  const go = new Event();
  const all = Array.from({ length: 8 }, (_, i) => pool.apply(tasks.ownContext, [meeting, go, i]));
  for (let i = 0; i < 8; i++) await within(meeting.get(), 'a task');
  await go.set();
  assert.deepEqual(await Promise.all(all), Array(8).fill(true));
  await closeSoundly(pool);
});

test('attempt: one more after each worker that it has cost', async () => {
  for (const concurrency of [1, 2]) {
    const pool = new Pool({ processes: 1, retries: 2, concurrency });
    assert.equal(await within(pool.apply(tasks.dieUntil, [3]), 'the third attempt'), 3);
    assert.equal(await pool.apply(tasks.attemptNow), 1);
    assert.equal((await failure(pool.apply(tasks.dieUntil, [4]))).code, 'ERR_MULTIPROC_WORKER_LOST');
    await closeSoundly(pool);
  }
});

test('a pool and a process in a task have their own, and the task keeps its', async () => {
  for (const concurrency of [1, 2]) {
    const pool = new Pool({ processes: 1, concurrency });
    assert.deepEqual(await within(pool.apply(tasks.nested, [[1, 2, 3]]), 'the nested pool'), [[1, 4, 9], 1, 7, true]);
    await closeSoundly(pool);
  }
});

test('progress takes numbers only', async () => {
  const pool = new Pool(1);
  assert.deepEqual(await pool.apply(tasks.badProgress), ['TypeError', 'RangeError', 'RangeError', 'TypeError']);
  await closeSoundly(pool);
});
