/** A worker that dies at the Nth atomic operation, for every N of a range: of leaving because it has reached a limit, and of hearing that its task is cancelled. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pool } from 'multiproc';
import { check, operations, range, settled } from './atomic_operations.js';
import { assertWorks, closeSoundly, failure, linesOf, newFile, until, within } from './support.js';
import { noteAndSquare } from './tasks.js';
import { armAndHeed, armAndNote } from './tasks_faults.js';

for (const [limit, last] of [
  [{ maxTasksPerChild: 2 }, 40],
  [{ maxMemoryPerChild: 1 }, 40],
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

for (const concurrency of [1, 2])
  test(`${concurrency} at once: a worker that is told of a cancelled chunk`, async () => {
    const pool = new Pool({ processes: 1, concurrency });
    let deaths = 0;
    let kept = 0;
    for (const n of operations(60, () => deaths > 0 && kept > 0)) {
      await assertWorks(pool);
      const file = newFile();
      const { restarts } = pool.stats().total;
      const call = pool.map(
        armAndHeed,
        range(6).map((x) => [file, x, n] as const),
        { chunksize: 6 },
      );
      const outcome = failure(call);
      // It has asked, or died of it and took the task with it.
      await until(() => linesOf(file).length === 2 * concurrency || pool.stats().total.restarts > restarts, 'a task that waits');
      call.cancel('enough');
      await within(outcome, 'the outcome');
      assert.equal(await within(pool.apply(noteAndSquare, [[file, 99]], { retries: 1 }), 'the next task'), 9801);
      if (pool.stats().total.restarts > restarts) deaths++;
      else kept++;
      const begun = new Set(linesOf(file).filter((line) => line.startsWith('begins')));
      assert.equal(begun.size, linesOf(file).filter((line) => line.startsWith('begins')).length, 'no task ran twice');
    }
    assert.ok(deaths > 0 && kept > 0, `${deaths} deaths, ${kept} workers that lived`);
    await closeSoundly(pool);
  });
