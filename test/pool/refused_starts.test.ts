/** The system refuses a process for a while: the pool goes on with the workers that it has, and tries again by itself. */
import assert from 'node:assert/strict';
import childProcess from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { BootstrapError, Pool, WorkerLostError } from 'multiproc';
import { sparePids } from '#dist/process/spares.js';
import { assertWorks, children, closeSoundly, failure, linesOf, newFile, until, within } from './support.js';
import { noteAndWait, pid, square } from './tasks.js';
import { killSelf } from './tasks_faults.js';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** The next so many starts of workers fail, and there are no spares. Returns how many have failed. */
function refuse(t: TestContext, times: number): () => number {
  let refused = 0;
  for (const spare of sparePids()) process.kill(spare, 'SIGKILL');
  const { spawn } = childProcess;
  t.mock.method(childProcess, 'spawn', (...args: Parameters<typeof spawn>) => {
    const isSpare = args[1].at(-1) === 'multiproc-spare';
    if (refused === times && !isSpare) return spawn(...args);
    if (!isSpare) refused++;
    throw Object.assign(new Error('spawn EAGAIN'), { code: 'EAGAIN' });
  });
  return () => refused;
}

test('a worker that cannot be replaced at once is replaced later, while another works', async (t) => {
  const pool = new Pool(2);
  const [first] = await within(pool.map(pid, [1] as never[]), 'a map');
  const refused = refuse(t, 2);
  process.kill(first, 'SIGKILL');
  await until(() => refused() > 0, 'a start that fails');
  assert.deepEqual(await within(pool.map(square, range(20)), 'what the other does'), range(20).map(square));
  await until(() => children().length === 2, 'the replacement');
  assert.equal(refused(), 2);
  await assertWorks(pool);
  await closeSoundly(pool);
});

test('a pool without any worker goes on when one can be started, and close() waits for that', async (t) => {
  const pool = new Pool(1);
  await assertWorks(pool);
  const refused = refuse(t, 1);
  const lost = failure(pool.apply(killSelf));
  const list = pool.map(square, range(20), { chunksize: 1 });
  pool.close();
  assert.ok((await within(lost, 'the loss')) instanceof WorkerLostError);
  assert.deepEqual([refused(), children()], [1, []]);
  assert.deepEqual(await within(list, 'what waited'), range(20).map(square));
  await within(pool.join(), 'join()');
});

test('the same while the thread blocks', async (t) => {
  const pool = new Pool(1);
  assert.equal(pool.applySync(square, [2]), 4);
  const refused = refuse(t, 2);
  assert.throws(() => pool.applySync(killSelf), WorkerLostError);
  assert.equal(pool.applySync(square, [3]), 9);
  assert.equal(refused(), 2);
  await closeSoundly(pool);
});

test('three starts in a row that fail break the pool with that cause', async (t) => {
  const pool = new Pool(3);
  // The end of one that boots would be a failed start, too.
  await until(() => pool.stats().workers.every(({ state }) => state !== 'starting'), 'workers that are ready');
  const file = newFile();
  const running = failure(pool.apply(noteAndWait, [file]));
  await until(() => linesOf(file).length > 0, 'the start of a task');
  const others = children().filter((child) => child !== Number(linesOf(file)[0]));
  const refused = refuse(t, Infinity);
  // Two ends at once are not two failures.
  for (const other of others) process.kill(other, 'SIGKILL');
  const error = await within(running, 'the end of the pool');
  assert.equal(refused(), 3);
  assert.ok(error instanceof BootstrapError);
  assert.match(error.message, /^the pool is broken: 3 workers in a row did not come to life.*EAGAIN/);
  assert.ok(error.cause instanceof BootstrapError);
  assert.throws(() => pool.apply(square, [1]), error);
  await closeSoundly(pool);
});

test('a pool that has no worker, and is terminated, ends at once', async (t) => {
  const pool = new Pool(1);
  await assertWorks(pool);
  const refused = refuse(t, 1);
  await within(failure(pool.apply(killSelf)), 'the loss');
  const waiting = failure(pool.apply(square, [1]));
  pool.terminate();
  await within(pool.join(), 'join()');
  assert.equal((await waiting).name, 'PoolTerminatedError');
  // Nothing is started any more.
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.deepEqual([refused(), children()], [1, []]);
});
