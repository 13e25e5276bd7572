/** `timeout`: of running, not of waiting; a task that is too late costs its worker, and nothing else that this worker had. */
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { test } from 'node:test';
import { Event, Pool, TimeoutError, WorkerLostError } from 'multiproc';
import { assertWorks, closeSoundly, drain, failure, isAlive, linesOf, newFile, sharedPool, until, within } from './support.js';
import { never, noteAndSquare, pid, square } from './tasks.js';
import { busy, hold, noteAndPerhapsHang, readyAndBusy, slowStart, spin } from './tasks_terms.js';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const sorted = (lines: readonly string[]): number[] => lines.map(Number).sort((a, b) => a - b);

async function late(promise: PromiseLike<unknown>): Promise<TimeoutError> {
  const error = await within(failure(promise), 'the end of a task that is too late');
  assert.ok(error instanceof TimeoutError, String(error));
  return error;
}

test('a task that runs for too long is ended with its worker, be it in a loop, in a promise or stopped', async () => {
  const pool = sharedPool(2);
  await assertWorks(pool);
  for (const how of ['spins', 'awaits', 'is stopped'] as const) {
    const file = newFile();
    const start = performance.now();
    const event = new Event();
    const task = how === 'spins' ? pool.apply(spin, [file], { timeout: 150 }) : pool.apply(hold, [file, event], { timeout: 150 });
    const failed = late(task);
    await until(() => linesOf(file).length > 0, 'the start of the task');
    const worker = Number(linesOf(file)[0]);
    if (how === 'is stopped') process.kill(worker, 'SIGSTOP');
    const error = await failed;
    assert.ok(performance.now() - start >= 150, how);
    assert.equal(error.code, 'ERR_MULTIPROC_TIMEOUT');
    assert.match(error.message, how === 'spins' ? /^spin\(\) ran for longer than its timeout of 150 ms/ : /^hold\(\) ran/);
    assert.ok(!isAlive(worker), how);
    await assertWorks(pool);
  }
});

test('time in the queue, of the start and of the initialiser does not count', async () => {
  const pool = new Pool({ processes: 1, initializer: slowStart, initargs: [500] });
  const file = newFile();
  const event = new Event();
  const early = pool.apply(square, [3], { timeout: 250 });
  assert.equal(await within(early, 'the first task'), 9);
  const holding = pool.apply(hold, [file, event]);
  await until(() => linesOf(file).length > 0, 'the start of the task');
  // One is in the worker's ring, the others wait in the queue.
  const waiting = range(5).map((x) => pool.apply(square, [x], { timeout: 300 }));
  const list = pool.map(square, range(20), { timeout: 300, chunksize: 5 });
  await pause(500);
  event.set();
  const worker = await holding;
  assert.deepEqual(await within(Promise.all(waiting), 'those that waited'), range(5).map(square));
  assert.deepEqual(await list, range(20).map(square));
  assert.equal(await pool.apply(pid), worker);
  await closeSoundly(pool);
});

test('each task of a chunk has its own limit', async () => {
  const pool = sharedPool(1);
  assert.deepEqual(await within(pool.map(busy, Array(8).fill(60), { timeout: 300, chunksize: 8 }), 'a map'), Array(8).fill(60));
  for (const [length, chunksize, hanging] of [
    [10, 10, 0],
    [10, 10, 4],
    [10, 10, 9],
    [10, 3, 5],
    [300, 300, 200],
    [12, 1, 5],
  ]) {
    const file = newFile();
    const items = range(length).map((x) => [file, x, hanging] as const);
    const results = await within(drain(pool.imap(noteAndPerhapsHang, items, { chunksize, timeout: 300 })), 'the results');
    for (const x of range(length)) {
      if (x === hanging) assert.ok((results[x] as { error: unknown }).error instanceof TimeoutError);
      else assert.equal(results[x], x);
    }
    assert.deepEqual(sorted(linesOf(file)), range(length), `chunks of ${chunksize}`);
  }
  const file = newFile();
  const items = range(10).map((x) => [file, x, 3] as const);
  await late(pool.map(noteAndPerhapsHang, items, { timeout: 300 }));
  assert.deepEqual(sorted(linesOf(file)), range(10));
});

test('what the ended worker had before it runs elsewhere, once', async () => {
  const pool = sharedPool(1);
  for (let round = 0; round < 3; round++) {
    const file = newFile();
    const ended = newFile();
    const others = range(30).map((x) => pool.apply(noteAndSquare, [[file, x]]));
    const spinning = late(pool.apply(spin, [ended], { timeout: 50 }));
    for (const x of range(30)) others.push(pool.apply(noteAndSquare, [[file, x + 30]]));
    const list = pool.map(
      noteAndSquare,
      range(40).map((x) => [file, x + 60] as const),
    );
    await spinning;
    assert.deepEqual(await within(Promise.all(others), 'the others'), range(60).map(square));
    assert.equal((await within(list, 'a map')).length, 40);
    assert.deepEqual(sorted(linesOf(file)), range(100));
  }
});

test('a long limit before a short one, a worker killed under its limit, limits that nobody reaches', async () => {
  const pool = sharedPool(1);
  const files = [newFile(), newFile()];
  const event = new Event();
  const long = pool.apply(hold, [files[0], event], { timeout: 2 ** 31 - 1 });
  const short = late(pool.apply(spin, [files[1]], { timeout: 50 }));
  await until(() => linesOf(files[0]).length > 0, 'the start of the long one');
  event.set();
  assert.equal(await long, Number(linesOf(files[0])[0]));
  await short;
  const file = newFile();
  const lost = failure(pool.apply(spin, [file], { timeout: 60_000 }));
  await until(() => linesOf(file).length > 0, 'the start of the task');
  process.kill(Number(linesOf(file)[0]), 'SIGKILL');
  assert.ok((await within(lost, 'the loss')) instanceof WorkerLostError);
  assert.equal(await pool.apply(square, [4], { timeout: Infinity }), 16);
  assert.deepEqual(await pool.map(square, range(1000), { timeout: 10_000, chunksize: 1 }), range(1000).map(square));
});

test('a worker that does not take up its task, for it was stopped while idle, is replaced, and the task runs', async () => {
  const pool = sharedPool(1);
  const worker = await pool.apply(pid);
  process.kill(worker, 'SIGSTOP');
  assert.notEqual(await within(pool.apply(pid, [], { timeout: 50 }), 'the task', 30_000), worker);
  // The next one may have been there before it was gone.
  await until(() => !isAlive(worker), 'the end of the stopped worker');
});

test('a worker whose initialiser took long has the same time as any other to take up its task', async (t) => {
  const [end, go] = [new Event(), new Event()];
  const ready = new Promise<number>((resolve) => {
    const onReady = (message: unknown): void => {
      unsubscribe('multiproc:pool.worker.ready', onReady);
      resolve((message as { pid: number }).pid);
    };
    subscribe('multiproc:pool.worker.ready', onReady);
  });
  const pool = new Pool({ processes: 1, initializer: readyAndBusy, initargs: [end, go] });
  const task = pool.apply(pid, [], { timeout: 500 });
  // As if the initialiser had taken longer than a stopped worker is waited for.
  const now = performance.now.bind(performance);
  const later = t.mock.method(performance, 'now', () => now() + 10_000);
  await end.set();
  const worker = await within(ready, 'the start of the worker');
  // Its limit is looked at several times.
  await pause(1200);
  later.mock.restore();
  await go.set();
  assert.equal(await within(task, 'the task'), worker);
  await closeSoundly(pool);
});

test('terminate() and close() under limits', async () => {
  const closed = new Pool(2);
  const ends = range(4).map(() => late(closed.apply(never, [], { timeout: 60 })));
  closed.close();
  await within(closed.join(), 'join()');
  await Promise.all(ends);
  const pool = new Pool(2);
  const failed = failure(pool.apply(never, [], { timeout: 60_000 }));
  pool.terminate();
  await within(pool.join(), 'join()');
  assert.equal((await failed).name, 'PoolTerminatedError');
});
