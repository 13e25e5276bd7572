/** Workers that die at every stage: a death costs the task that ran, nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BootstrapError, Pool, refs, WorkerLostError } from 'multiproc';
import { repetitions } from '../support/repetitions.js';
import {
  assertWorks,
  children,
  closeSoundly,
  drain,
  failure,
  isAlive,
  linesOf,
  newFile,
  sharedPool,
  until,
  within,
} from './support.js';
import {
  exitingInitialiser,
  failingInitialiser,
  forgotten,
  killedInitialiser,
  never,
  noteAndWait,
  pid,
  pidLater,
  sleep,
  square,
} from './tasks.js';
import {
  abort,
  exit,
  exitLater,
  killInResult,
  killOther,
  killSelf,
  Lethal,
  noteAndPerhapsDie,
  noteAndPerhapsDieLater,
  throwInTimer,
} from './tasks_faults.js';

process.env.POOL_TEST_MAIN = String(process.pid);
const lethal = refs<typeof import('./lethal_import.js')>(new URL('./lethal_import.js', import.meta.url));

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

async function lost(promise: PromiseLike<unknown>): Promise<WorkerLostError> {
  const error = await within(failure(promise), 'the loss of a worker');
  assert.ok(error instanceof WorkerLostError, String(error));
  assert.ok(error.pid! > 0);
  await until(() => !isAlive(error.pid!), 'the end of the worker');
  return error;
}

test('SIGKILL while idle costs nothing', async () => {
  const pool = sharedPool(2);
  for (let i = 0; i < repetitions(2, 5); i++) {
    const workers = children();
    for (const worker of workers) process.kill(worker, 'SIGKILL');
    // Perhaps before the pool knows: what it sends to the dead goes to others.
    assert.deepEqual(await within(pool.map(square, range(20), { chunksize: 1 }), 'a map'), range(20).map(square));
    assert.equal(
      children().some((worker) => workers.includes(worker)),
      false,
    );
  }
});

test('SIGKILL while a task runs', async () => {
  const pool = sharedPool(2);
  const file = newFile();
  const running = lost(pool.apply(noteAndWait, [file]));
  await until(() => linesOf(file).length > 0, 'the start of the task');
  const worker = Number(linesOf(file)[0]);
  process.kill(worker, 'SIGKILL');
  const error = await running;
  assert.deepEqual([error.pid, error.exitCode, error.signal, error.code], [worker, -9, 'SIGKILL', 'ERR_MULTIPROC_WORKER_LOST']);
  assert.match(error.message, new RegExp(`PoolWorker-\\d+ \\(pid ${worker}\\) was ended by SIGKILL`));
  await assertWorks(pool);
});

test('every way to end: signals, exit codes, abort, an error outside the task, a promise that nobody settles', async () => {
  const pool = sharedPool(2);
  const ends: [() => PromiseLike<unknown>, number, NodeJS.Signals | null][] = [
    [() => pool.apply(killSelf), -9, 'SIGKILL'],
    [() => pool.apply(killSelf, ['SIGTERM']), -15, 'SIGTERM'],
    [() => pool.apply(killSelf, ['SIGSEGV']), -11, 'SIGSEGV'],
    [() => pool.apply(exit, [0]), 0, null],
    [() => pool.apply(exit, [3]), 3, null],
    [() => pool.apply(exitLater, [4]), 4, null],
    [() => pool.apply(throwInTimer), 1, null],
  ];
  for (const [end, code, signal] of ends) {
    const error = await lost(end());
    assert.deepEqual([error.exitCode, error.signal], [code, signal]);
  }
  assert.equal((await lost(pool.apply(abort))).signal, 'SIGABRT');
  assert.match((await lost(pool.apply(forgotten))).message, /nothing was left to settle/);
  await assertWorks(pool);
});

test('SIGKILL while the arguments are decoded, by a reducer or by an import', async () => {
  const pool = sharedPool(2);
  assert.equal((await lost(pool.apply(square, [new Lethal() as never]))).signal, 'SIGKILL');
  assert.equal((await lost(pool.apply(lethal.unreachable))).signal, 'SIGKILL');
  for (const chunksize of [1, 3, 9]) {
    const items: unknown[] = [...range(4), new Lethal(), ...range(4)];
    const results = await within(drain(pool.imap(square, items as number[], { chunksize })), 'the results');
    assert.ok((results[4] as { error: unknown }).error instanceof WorkerLostError);
    assert.deepEqual(
      results.filter((_, i) => i !== 4),
      [0, 1, 4, 9, 0, 1, 4, 9],
    );
  }
});

test('SIGKILL while the result is encoded', async () => {
  const pool = sharedPool(2);
  assert.equal((await lost(pool.apply(killInResult))).signal, 'SIGKILL');
  const results = await within(drain(pool.imap(killInResult, [1, 2, 3] as never[], { chunksize: 3 })), 'the results');
  assert.ok(results.every((result) => (result as { error: unknown }).error instanceof WorkerLostError));
  await assertWorks(pool);
});

test('a worker that dies in the middle of a chunk: what was done stays, the rest runs elsewhere, each item once', async () => {
  const pool = sharedPool(2);
  const rows = [
    [10, 10, 0],
    [10, 10, 5],
    [10, 10, 9],
    [10, 3, 4],
    [500, 500, 333],
    [40, 1, 20],
  ];
  for (const f of [noteAndPerhapsDie, noteAndPerhapsDieLater] as (typeof noteAndPerhapsDie)[]) {
    // Where the chunk is cut is the same for both: the second has the middle of a chunk, and of several.
    for (const [length, chunksize, fatal] of f === noteAndPerhapsDie ? rows : rows.slice(3, repetitions(5, 6))) {
      const file = newFile();
      const items = range(length).map((x) => [file, x, fatal] as const);
      const results = await within(drain(pool.imap(f, items, { chunksize })), `${length} results in chunks of ${chunksize}`);
      for (const x of range(length)) {
        if (x === fatal) assert.ok((results[x] as { error: unknown }).error instanceof WorkerLostError);
        else assert.equal(results[x], x * x);
      }
      assert.deepEqual(
        linesOf(file)
          .map(Number)
          .sort((a, b) => a - b),
        range(length),
      );
    }
  }
});

test('workers that kill each other', async () => {
  const pool = new Pool(3);
  for (let round = 0; round < repetitions(2, 5); round++) {
    // Those that are ready: three in a row that are killed before would break the pool.
    const workers = [...new Set(await pool.map(pidLater, Array(6).fill(10), { chunksize: 1 }))];
    const results = await within(
      Promise.allSettled(range(12).map((i) => pool.apply(killOther, [workers[i % workers.length]]))),
      'workers that kill each other',
    );
    for (const result of results)
      if (result.status === 'rejected') assert.ok(result.reason instanceof WorkerLostError, String(result.reason));
  }
  await assertWorks(pool);
  await closeSoundly(pool);
});

test('SIGKILL while workers start', async () => {
  for (let round = 0; round < repetitions(1, 3); round++) {
    const before = children();
    const pool = new Pool(2);
    const result = pool.map(square, range(10), { chunksize: 1 });
    const started = children().filter((child) => !before.includes(child));
    assert.equal(started.length, 2);
    for (const child of started) process.kill(child, 'SIGKILL');
    assert.deepEqual(await within(result, 'a map'), range(10).map(square));
    await closeSoundly(pool);
  }
});

test('workers that cannot start break the pool: what is pending fails, and so does every call, with the reason', async () => {
  for (const [initializer, message] of [
    [failingInitialiser, /3 workers in a row ended with exit code 1 before they were ready: RangeError: no database today/],
    [exitingInitialiser, /3 workers in a row ended with exit code 7/],
    [killedInitialiser, /3 workers in a row were ended by SIGKILL/],
  ] as const) {
    const pool = new Pool({ processes: 2, initializer });
    const pending = [pool.apply(square, [1]), pool.map(square, [1, 2]), pool.imap(square, [1, 2]).next()];
    for (const promise of pending) {
      const error = await within(failure(promise), 'the failure');
      assert.ok(error instanceof BootstrapError);
      assert.match(error.message, message);
      if (initializer === failingInitialiser) assert.ok(error.cause instanceof RangeError);
    }
    assert.throws(() => pool.apply(square, [1]), message);
    pool.close();
    await within(pool.join(), 'join()');
    await pool[Symbol.asyncDispose]();
  }
});

test('close() and join() while workers die: the program goes on until all is settled', async () => {
  const pool = new Pool(2);
  const results = [...range(3).map(() => pool.apply(killSelf)), pool.apply(sleep, [5])].map((promise) =>
    promise.then(
      () => 'done',
      () => 'lost',
    ),
  );
  pool.close();
  await within(pool.join(), 'join()');
  assert.deepEqual(await Promise.all(results), [...Array(3).fill('lost'), 'done']);
});

test('terminate() while workers die', async () => {
  for (let round = 0; round < repetitions(2, 6); round++) {
    const pool = new Pool(2);
    const results = [pool.apply(killSelf), pool.apply(never), pool.map(pid, range(10) as never[])].map((promise) =>
      promise.catch(() => 'failed'),
    );
    if (round % 2 === 1) await pool.apply(square, [1]).catch(() => {});
    pool.terminate();
    await within(pool.join(), 'join()');
    assert.equal((await Promise.all(results))[1], 'failed');
  }
});

test('what a closed iterator had with a worker that dies is not run again', async () => {
  const pool = new Pool(1);
  const file = newFile();
  const results = pool.imap(
    noteAndPerhapsDie,
    range(1000).map((x) => [file, x, 3] as const),
    { chunksize: 500 },
  );
  assert.equal((await results.next()).value, 0);
  await results.return!();
  await assertWorks(pool);
  assert.deepEqual(linesOf(file).map(Number), [0, 1, 2, 3]);
  await closeSoundly(pool);
});
