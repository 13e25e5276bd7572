/** A worker that dies at the Nth atomic operation, for every N of a range: of leaving because it has reached a limit, and of hearing that its task is cancelled. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pool } from 'multiproc';
import { check, operations, range, settled } from './atomic_operations.js';
import { assertWorks, closeSoundly, failure, linesOf, newFile, until, within } from './support.js';
import { noteAndSquare } from './tasks.js';
import { armAndHeed, armAndNote, operationsLeft } from './tasks_faults.js';

const UNDISTURBED = 2 ** 30;
/** POOL_KILL_STEP=1 kills at each step; each costs a start. */
const CHILDREN = process.env.POOL_KILL_STEP === '1' ? Infinity : 4;

for (const [limit, last] of [
  [{ maxTasksPerChild: 2 }, 30],
  [{ maxMemoryPerChild: 1 }, 30],
] as const)
  test(`a worker that is recycled: ${Object.keys(limit)[0]}`, async () => {
    const pool = new Pool({ processes: 1, ...limit });
    let losses = 0;
    for (const n of operations(last, () => losses > 0)) {
      const file = newFile();
      const tasks = [
        pool.apply(armAndNote, [[file, 3, n]]),
        pool.apply(noteAndSquare, [[file, 4]]),
        pool.apply(noteAndSquare, [[file, 5]]),
      ];
      losses += check(await Promise.all(tasks.map(settled)), [9, 16, 25], file, [3, 4, 5]);
    }
    assert.ok(losses > 0, `${losses} losses`);
    await closeSoundly(pool);
  });

/** A chunk that is cancelled when all tasks that are under way listen; the first lets its worker die in n operations. */
async function cancelArmed(pool: Pool, concurrency: number, n: number): Promise<void> {
  const file = newFile();
  const { restarts } = pool.stats().total;
  const items = range(6).map((x) => [file, x, n] as const);
  const call = pool.map(armAndHeed, items, { chunksize: 6 });
  const outcome = failure(call);
  const isThere = (): boolean => linesOf(file).filter((line) => line.startsWith('listens')).length >= concurrency;
  await until(() => isThere() || pool.stats().total.restarts > restarts, 'tasks that listen, or a death');
  call.cancel('enough');
  await within(outcome, 'the outcome');
  assert.equal(await within(pool.apply(noteAndSquare, [[file, 99]], { retries: 1 }), 'the next task'), 9801);
  const begun = linesOf(file).filter((line) => line.startsWith('begins'));
  assert.equal(new Set(begun).size, begun.length, 'no task ran twice');
}

for (const concurrency of [1, 2])
  test(`${concurrency} at once: a worker that is told of a cancelled chunk`, async () => {
    const pool = new Pool({ processes: 1, concurrency });
    await assertWorks(pool);
    await cancelArmed(pool, concurrency, UNDISTURBED);
    const steps = UNDISTURBED - (await pool.apply(operationsLeft));
    assert.equal(pool.stats().total.restarts, 0);
    const stride = Math.max(1, Math.ceil(steps / CHILDREN));
    for (let n = 1 + Math.floor(Math.random() * stride); n <= steps; n += stride) await cancelArmed(pool, concurrency, n);
    assert.ok(pool.stats().total.restarts > 0, `no death in ${steps} steps`);
    await closeSoundly(pool);
  });
