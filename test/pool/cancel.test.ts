/** `cancel` and `signal`: what was not begun costs nothing, what runs costs its worker, and nobody else's task. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CancelledError, Pool } from 'multiproc';
import { held } from './held.js';
import { assertWorks, closeSoundly, drain, failure, isAlive, linesOf, newFile, sharedPool, until, within } from './support.js';
import { never, noteAndSquare, pid, square } from './tasks.js';
import { dieTimes, noteAndPerhapsHang, spin } from './tasks_terms.js';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
const sorted = (lines: readonly string[]): number[] => lines.map(Number).sort((a, b) => a - b);

test('tasks in the queue and in the ring of a worker are withdrawn; the worker goes on', async () => {
  const pool = sharedPool(1);
  const file = newFile();
  const { event, holding, worker } = await held(pool);
  const results = range(40).map((x) => pool.apply(noteAndSquare, [[file, x]]));
  const reason = new Error('no longer wanted');
  for (const x of range(40)) if (x % 3 === 0) assert.equal(results[x].cancel(reason), true);
  for (const x of range(40)) if (x % 3 === 0) assert.equal(await failure(results[x]), reason);
  assert.equal(results[0].cancel(), false);
  assert.equal(results[0].ready() && !results[0].successful(), true);
  event.set();
  assert.equal(await holding, worker);
  for (const x of range(40)) if (x % 3 !== 0) assert.equal(await results[x], x * x);
  assert.equal(await pool.apply(pid), worker);
  assert.deepEqual(
    sorted(linesOf(file)),
    range(40).filter((x) => x % 3 !== 0),
  );
  assert.equal(results[1].cancel(), false);
  assert.equal(await results[1], 1);
});

test('tasks of a pool that is starting', async () => {
  const pool = new Pool(1);
  const file = newFile();
  const results = range(10).map((x) => pool.apply(noteAndSquare, [[file, x]]));
  for (const x of [0, 1, 5]) results[x].cancel();
  for (const x of [2, 3, 4, 6, 7, 8, 9]) assert.equal(await within(results[x], 'a result'), x * x);
  assert.deepEqual(sorted(linesOf(file)), [2, 3, 4, 6, 7, 8, 9]);
  await closeSoundly(pool);
});

test('a running task costs its worker; what that one had before it runs elsewhere, once', async () => {
  const pool = sharedPool(1);
  await assertWorks(pool);
  for (let round = 0; round < 3; round++) {
    const file = newFile();
    const started = newFile();
    const running = pool.apply(spin, [started]);
    const others = range(20).map((x) => pool.apply(noteAndSquare, [[file, x]]));
    await until(() => linesOf(started).length > 0, 'the start of the task');
    running.cancel();
    const error = await within(failure(running), 'the cancelled task');
    assert.ok(error instanceof CancelledError);
    assert.deepEqual([error.code, error.message], ['ERR_MULTIPROC_CANCELLED', 'spin() was cancelled']);
    assert.deepEqual(await within(Promise.all(others), 'the others'), range(20).map(square));
    assert.ok(!isAlive(Number(linesOf(started)[0])));
    assert.deepEqual(sorted(linesOf(file)), range(20));
    assert.equal(linesOf(started).length, 1);
  }
});

test('a signal rejects with its reason: of a task that runs, waits, is over, or was never begun', async () => {
  const pool = sharedPool(1);
  const { event, holding } = await held(pool);
  const controller = new AbortController();
  const { signal } = controller;
  const file = newFile();
  const waiting = [
    failure(pool.apply(noteAndSquare, [[file, 1]], { signal })),
    failure(pool.map(noteAndSquare, [[file, 2]], { signal })),
    failure(pool.applyAsync(noteAndSquare, [[file, 3]], { signal })),
  ];
  const reason = { why: 'enough' };
  controller.abort(reason);
  for (const promise of waiting) assert.equal(await within(promise, 'an aborted task'), reason);
  for (const result of [
    pool.apply(square, [1], { signal }),
    pool.map(square, [1], { signal }),
    pool.starmap(square, [[1]], { signal }),
  ])
    assert.equal(await failure(result), reason);
  event.set();
  await holding;
  const started = newFile();
  const second = new AbortController();
  const ended = pool.apply(pid, [], { signal: second.signal });
  const worker = await ended;
  const running = failure(pool.apply(spin, [started], { signal: second.signal }));
  await until(() => linesOf(started).length > 0, 'the start of the task');
  second.abort();
  assert.equal((await within(running, 'an aborted task')).name, 'AbortError');
  assert.equal(await ended, worker);
  assert.notEqual(await pool.apply(pid), worker);
  assert.deepEqual(linesOf(file), []);
});

test('a map is cancelled as a whole, another goes on', async () => {
  for (const chunksize of [1, 50]) {
    const pool = sharedPool(2);
    const files = [newFile(), newFile()];
    const hanging = pool.map(
      noteAndPerhapsHang,
      range(200).map((x) => [files[0], x, x < 3 ? -1 : x] as const),
      { chunksize },
    );
    await until(() => linesOf(files[0]).includes('3'), 'the task that hangs');
    const other = pool.map(
      noteAndSquare,
      range(50).map((x) => [files[1], x] as const),
      { chunksize },
    );
    hanging.cancel();
    assert.ok((await failure(hanging)) instanceof CancelledError);
    assert.deepEqual(await within(other, 'the other map'), range(50).map(square));
    await assertWorks(pool);
    assert.deepEqual(sorted(linesOf(files[1])), range(50));
    assert.equal(new Set(linesOf(files[0])).size, linesOf(files[0]).length);
    assert.ok(linesOf(files[0]).length < 200);
  }
});

test('the input of a map that is cancelled is read no further', async () => {
  const pool = sharedPool(1);
  let read = 0;
  let isClosed = false;
  async function* endless(): AsyncGenerator<number> {
    try {
      for (;;) {
        await new Promise(setImmediate);
        yield read++;
      }
    } finally {
      isClosed = true;
    }
  }
  const result = pool.map(square, endless());
  await until(() => read > 3, 'some input');
  result.cancel();
  await until(() => isClosed, 'the end of the input');
  await assertWorks(pool);
});

test('imap: a signal ends the iteration with its reason', async () => {
  const pool = sharedPool(2);
  for (const method of ['imap', 'imapUnordered'] as const)
    for (const chunksize of [1, 3]) {
      const controller = new AbortController();
      const file = newFile();
      const items = range(300).map((x) => [file, x, x < 5 ? -1 : x] as const);
      const results = pool[method](noteAndPerhapsHang, items, { signal: controller.signal, chunksize });
      assert.equal((await results.next()).done, false);
      await until(() => linesOf(file).includes('5'), 'the task that hangs');
      const waiting = method === 'imap' ? undefined : drain(results);
      const reason = new Error('enough');
      controller.abort(reason);
      const rest = await within(waiting ?? drain(results), 'the end of the iteration');
      assert.deepEqual(rest.at(-1), { error: reason });
      assert.equal(rest.filter((result) => (result as { error?: unknown }).error === reason).length, 1);
      assert.deepEqual(await results.next(), { done: true, value: undefined });
      await assertWorks(pool);
    }
  const late = new AbortController();
  const results = pool.imap(square, [1, 2], { signal: late.signal });
  assert.deepEqual(await drain(results), [1, 4]);
  late.abort();
  assert.equal((await results.next()).done, true);
  const early = pool.imap(square, [1, 2], { signal: AbortSignal.abort('never') });
  assert.deepEqual(await drain(early), [{ error: 'never' }]);
});

test('imap: return() withdraws what is not begun, also from the ring, and leaves alone what runs', async () => {
  const pool = sharedPool(1);
  const file = newFile();
  const { event, holding, worker } = await held(pool);
  const results = pool.imap(
    noteAndSquare,
    range(100).map((x) => [file, x] as const),
  );
  const waiting = results.next();
  const other = pool.apply(square, [5]);
  await results.return!();
  assert.equal((await waiting).done, true);
  event.set();
  assert.equal(await holding, worker);
  assert.equal(await other, 25);
  assert.equal(await pool.apply(pid), worker);
  assert.deepEqual(linesOf(file), []);
});

test('after close(), while a worker dies, and while a task waits for its next try', async () => {
  const pool = new Pool(2);
  const file = newFile();
  const died = newFile();
  const retried = pool.apply(dieTimes, [died, 9], { retries: 9, backoff: 1e6 });
  await until(() => linesOf(died).length > 0, 'the first try');
  await assertWorks(pool);
  const running = [pool.apply(spin, [file]), pool.apply(never)];
  const queued = range(20).map(() => pool.apply(never));
  await until(() => linesOf(file).length > 0, 'the start of the task');
  pool.close();
  process.kill(Number(linesOf(file)[0]), 'SIGKILL');
  const results = [...running, retried, ...queued];
  for (const result of results) result.cancel();
  for (const result of results) assert.ok((await within(failure(result), 'a cancelled task')) instanceof CancelledError);
  await within(pool.join(), 'join()');
  assert.equal(linesOf(died).length, 1);
});
