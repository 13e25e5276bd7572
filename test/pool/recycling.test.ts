/** Workers that are replaced by plan: after so many tasks, at an age, above a size. Nothing is lost, run twice or out of order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedSemaphore, Pool, WorkerLostError } from 'multiproc';
import { repetitions } from '../support/repetitions.js';
import { assertWorks, children, closeSoundly, drain, linesOf, newFile, until, within } from './support.js';
import { pid, sleep, square } from './tasks.js';
import { hoard, noteAndSquareLater, oneOfFew, oneOfFewAnd, pidAnd, pidAndAfter } from './tasks_crew.js';

const MB = 2 ** 20;
const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** How many of the results each worker has made. */
function shares(results: readonly (readonly [number, number])[]): number[] {
  const counts = new Map<number, number>();
  for (const [worker] of results) counts.set(worker, (counts.get(worker) ?? 0) + 1);
  return [...counts.values()];
}

test('a worker does as many tasks as it may, and another goes on', async () => {
  const pool = new Pool({ processes: 2, maxTasksPerChild: 3 });
  const results = await within(pool.map(pidAnd, range(7), { chunksize: 1 }), 'a map');
  assert.deepEqual(
    results.map(([, x]) => x),
    range(7),
  );
  assert.ok(Math.max(...shares(results)) <= 3);
  const streamed = (await within(drain(pool.imap(pidAnd, range(4))), 'the results')) as [number, number][];
  assert.deepEqual(
    streamed.map(([, x]) => x),
    range(4),
  );
  assert.ok(Math.max(...shares(streamed)) <= 3);
  await closeSoundly(pool);
});

test('limit 1: each call has a worker of its own, and a chunk is one task', async () => {
  const pool = new Pool({ processes: 1, maxTasksPerChild: 1 });
  const pids: number[] = [];
  for (let i = 0; i < 3; i++) pids.push(await within(pool.apply(pid), 'a call'));
  assert.equal(new Set(pids).size, 3);
  const results = await within(pool.map(pidAnd, range(20), { chunksize: 10 }), 'a map');
  assert.deepEqual(shares(results), [10, 10]);
  await closeSoundly(pool);
});

test('never are more tasks under way than the pool has workers', async () => {
  const places = new BoundedSemaphore(2);
  const pool = new Pool({ processes: 2, maxTasksPerChild: 2 });
  const pids = await within(pool.map(oneOfFew, Array(8).fill(places), { chunksize: 1 }), 'a map');
  assert.ok(new Set(pids).size >= 4);
  await closeSoundly(pool);
});

test('the replacement has started when the last task of a worker begins', async () => {
  const pool = new Pool({ processes: 1, maxTasksPerChild: 2 });
  await pool.apply(square, [1]);
  const [first] = children();
  const last = pool.apply(sleep, [60_000]).catch(() => 'terminated');
  await until(() => children().length === 2, 'a second worker beside the busy one');
  assert.ok(children().includes(first));
  pool.terminate();
  await pool.join();
  assert.equal(await last, 'terminated');
});

test('an idle worker of age is replaced, a busy one when it has done what it runs', async () => {
  const pool = new Pool({ processes: 2, maxAgePerChild: 300 });
  const [started] = await within(pool.apply(pidAndAfter, [[700, 1]]), 'a long task');
  const first = children();
  await until(() => !children().includes(started), 'the end of the worker that was busy');
  await until(() => !children().some((child) => first.includes(child)), 'the end of all of that time');
  const results = await within(
    pool.map(
      pidAndAfter,
      range(16).map((x) => [50, x] as const),
      { chunksize: 1 },
    ),
    'a map over several ages',
  );
  assert.deepEqual(
    results.map(([, x]) => x),
    range(16),
  );
  // Each has time for six or seven.
  assert.ok(shares(results).length > 2);
  await closeSoundly(pool);
});

test('a worker that holds too much memory ends after the task, and others get what it had before it', async () => {
  const pool = new Pool({ processes: 1, maxMemoryPerChild: 200 * MB });
  const small = await pool.map(hoard, Array(6).fill(1000), { chunksize: 1 });
  assert.equal(new Set(small).size, 1);
  const large = await within(pool.map(hoard, Array(2).fill(200 * MB), { chunksize: 1 }), 'large tasks');
  assert.equal(new Set(large).size, 2);
  assert.ok(!large.slice(1).includes(small[0]));
  await assertWorks(pool);
  await closeSoundly(pool);
});

test('a limit of memory below what an empty worker has: one task each, and all is done', async () => {
  const pool = new Pool({ processes: 2, maxMemoryPerChild: MB });
  const results = await within(pool.map(pidAnd, range(6), { chunksize: 2 }), 'a map');
  assert.deepEqual(
    results.map(([, x]) => x),
    range(6),
  );
  assert.deepEqual(shares(results), [2, 2, 2]);
  await closeSoundly(pool);
});

for (const [limit, length] of [
  [{ maxTasksPerChild: 4 }, repetitions(8, 20)],
  [{ maxAgePerChild: 300 }, 60],
  [{ maxMemoryPerChild: MB }, repetitions(3, 6)],
] as const)
  test(`several tasks at once: nothing is lost, run twice or out of order, and not too many run: ${Object.keys(limit)[0]}`, async () => {
    const pool = new Pool({ processes: 2, concurrency: 3, ...limit });
    const file = newFile();
    const items = range(length).map((x) => [file, x] as const);
    const streamed = drain(pool.imap(noteAndSquareLater, items));
    const places = new BoundedSemaphore(6);
    const list = pool.map(
      oneOfFewAnd,
      range(length).map((x) => [places, x] as const),
      { chunksize: 2 },
    );
    assert.deepEqual(await within(streamed, 'the results'), range(length).map(square));
    const runs = linesOf(file).map(Number);
    assert.deepEqual(
      runs.sort((a, b) => a - b),
      range(length),
    );
    const results = await within(list, 'a map');
    assert.deepEqual(
      results.map(([, x]) => x),
      range(length),
    );
    if ('maxTasksPerChild' in limit) assert.ok(Math.max(...shares(results)) <= 8, `${shares(results)}`);
    await until(() => pool.stats().total.restarts > 0, 'a replacement');
    await closeSoundly(pool);
  });

for (const [limit, length] of [
  [{ maxTasksPerChild: 2, maxAgePerChild: 10_000 }, repetitions(9, 18)],
  [{ maxMemoryPerChild: MB }, repetitions(6, 9)],
] as const) {
  test(`SIGKILL while workers are recycled costs the task that ran, no other: ${Object.keys(limit)[0]}`, async () => {
    const pool = new Pool({ processes: 2, ...limit });
    const file = newFile();
    const results: unknown[] = [];
    let kills = 0;
    const stream = pool.imap(
      noteAndSquareLater,
      range(length).map((x) => [file, x] as const),
    );
    for (const x of range(length)) {
      const next = stream.next().then(({ value }) => value as unknown);
      results.push(
        await within(
          next.catch((error) => error),
          `result ${x}`,
        ),
      );
      if (x % 3 !== 2) continue;
      // Whoever it is: one that works, leaves or, each third time, boots. Three in a row that boot would break the pool.
      const booting = pool.stats().workers.flatMap(({ state, pid }) => (state === 'starting' ? [pid] : []));
      const victims = children().filter((child) => kills % 3 === 0 || !booting.includes(child));
      if (victims.length > 0) process.kill(victims[kills++ % victims.length], 'SIGKILL');
    }
    for (const [x, result] of results.entries()) assert.ok(result === x * x || result instanceof WorkerLostError, String(result));
    const runs = linesOf(file).map(Number);
    assert.equal(new Set(runs).size, runs.length, 'no task ran twice');
    assert.ok(results.filter((result) => result instanceof WorkerLostError).length <= kills);
    await assertWorks(pool);
    await closeSoundly(pool);
  });
}
