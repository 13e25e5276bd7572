/** A thread that blocks, and what else the pool has to do meanwhile: cancelled tasks end, too late ones as well, tries are repeated. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pool, TimeoutError, WorkerLostError } from 'multiproc';
import { failure, until } from './support.js';
import { never, square } from './tasks.js';
import { killSelf } from './tasks_faults.js';

test('a cancelled task that runs does not hold up a blocking call', async () => {
  await using pool = new Pool(1);
  await pool.apply(square, [1]);
  const running = pool.apply(never);
  await until(() => pool.stats().tasks.running === 1, 'the start of the task');
  running.cancel();
  assert.equal(pool.applySync(square, [3], { timeout: 10_000 }), 9);
});

test('a task that is too late ends while the thread blocks', async () => {
  await using pool = new Pool(1);
  await pool.apply(square, [1]);
  const late = failure(pool.apply(never, [], { timeout: 50 }));
  assert.equal(pool.applySync(square, [3], { timeout: 10_000 }), 9);
  assert.ok((await late) instanceof TimeoutError);
});

test('a task is tried again after its backoff while the thread blocks', async () => {
  await using pool = new Pool(1);
  const result = pool.apply(killSelf, [], { retries: 1, backoff: 10 });
  assert.throws(() => result.getSync({ timeout: 10_000 }), WorkerLostError);
});
