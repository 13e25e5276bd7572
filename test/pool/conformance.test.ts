/** CPython's tests of Pool, by their names there (test/_test_multiprocessing.py), as far as they concern what exists. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MaybeEncodingError, Pool, PoolTerminatedError, TimeoutError } from 'multiproc';
import { children, closeSoundly, collected, drain, failure, program, sharedPool, until, within } from './support.js';
import { add, identity, initialise, initialised, sleep, square } from './tasks.js';
import { failOrSleep, Refusal, refuse, unsendableResult } from './tasks_errors.js';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** CPython's class has one, too, for all tests that need none of their own. */
const poolOfAll = (): Pool => sharedPool(4);

/** The children that a function has started, as it goes on. */
function newChildren(): () => number[] {
  const before = children();
  return () => children().filter((child) => !before.includes(child));
}

async function* failingInput(length: number): AsyncGenerator<number> {
  yield* range(length);
  throw new Refusal(123);
}

test('_TestPool.test_apply', async () => {
  const pool = poolOfAll();
  assert.equal(await pool.apply(square, [5]), 25);
  assert.equal(await pool.apply(square, [3]), square(3));
});

test('_TestPool.test_map', async () => {
  const pool = poolOfAll();
  assert.deepEqual(await pool.map(square, range(10)), range(10).map(square));
  assert.deepEqual(await pool.map(square, range(100), { chunksize: 20 }), range(100).map(square));
});

test('_TestPool.test_starmap', async () => {
  const pool = poolOfAll();
  const pairs = range(10).map((x) => [x, 9 - x] as const);
  assert.deepEqual(await pool.starmap(add, pairs), Array(10).fill(9));
  const more = range(100).map((x) => [x, 99 - x] as const);
  assert.deepEqual(await pool.starmap(add, more, { chunksize: 20 }), Array(100).fill(99));
});

test('_TestPool.test_starmap_async', async () => {
  const pool = poolOfAll();
  assert.deepEqual(
    await pool
      .starmapAsync(
        add,
        range(100).map((x) => [x, x] as const),
      )
      .get(),
    range(100).map((x) => 2 * x),
  );
});

test('_TestPool.test_map_async', async () => {
  const pool = poolOfAll();
  assert.deepEqual(await pool.mapAsync(square, range(10)).get(), range(10).map(square));
});

test('_TestPool.test_map_async_callbacks', async () => {
  const pool = poolOfAll();
  const calls: unknown[] = [];
  const callback = (value: unknown): unknown => calls.push(value);
  const errorCallback = (error: unknown): unknown => calls.push(error);
  await pool.mapAsync(square, [1], { callback, errorCallback }).wait();
  assert.deepEqual(calls, [[1]]);
  await pool.mapAsync(refuse, [1], { callback, errorCallback }).wait();
  assert.equal(calls.length, 2);
  assert.ok(calls[1] instanceof Refusal);
});

test('_TestPool.test_map_unplicklable', async () => {
  const pool = poolOfAll();
  const unsendable = Object.defineProperty({}, 'x', {
    enumerable: true,
    get() {
      throw new RangeError('cannot pickle');
    },
  });
  await within(assert.rejects(pool.map(identity, Array(10).fill(unsendable)), RangeError), 'the failure');
});

test('_TestPool.test_map_chunksize', async () => {
  const pool = poolOfAll();
  await within(pool.mapAsync(square, [], { chunksize: 1 }), 'an empty map');
});

test('_TestPool.test_map_handle_iterable_exception', async () => {
  const pool = poolOfAll();
  function* failing(after: number): Generator<number> {
    yield* range(after);
    throw new Refusal(after);
  }
  for (const after of [0, 1, 3]) {
    for (const chunksize of [undefined, 1, 2]) {
      const error = await failure(pool.map(square, failing(after), { chunksize }));
      assert.ok(error instanceof Refusal && error.code === after);
    }
  }
  assert.deepEqual(await pool.map(square, range(3)), [0, 1, 4]);
});

test('_TestPool.test_async', async () => {
  const pool = poolOfAll();
  const started = performance.now();
  assert.equal(await pool.applyAsync(sleep, [100]).get(), 100);
  assert.ok(performance.now() - started >= 99);
});

test('_TestPool.test_async_timeout', async () => {
  const pool = new Pool(1);
  const result = pool.applyAsync(sleep, [100_000]);
  const ended = failure(result);
  await assert.rejects(result.get({ timeout: 100 }), TimeoutError);
  pool.terminate();
  await within(pool.join(), 'join()');
  assert.ok((await ended) instanceof PoolTerminatedError);
});

test('_TestPool.test_imap', async () => {
  const pool = poolOfAll();
  assert.deepEqual(await drain(pool.imap(square, range(10))), range(10).map(square));
  const one = pool.imap(square, range(10));
  for (const x of range(10)) assert.deepEqual(await one.next(), { done: false, value: x * x });
  assert.deepEqual(await one.next(), { done: true, value: undefined });
  assert.deepEqual(await one.next(), { done: true, value: undefined });
  const chunks = pool.imap(square, range(1000), { chunksize: 100 });
  for (const x of range(1000)) assert.deepEqual(await chunks.next(), { done: false, value: x * x });
  assert.equal((await chunks.next()).done, true);
});

test('_TestPool.test_imap_handle_iterable_exception', async () => {
  const pool = poolOfAll();
  for (const chunksize of [1, 2]) {
    const results = await drain(pool.imap(square, failingInput(10), { chunksize }));
    assert.deepEqual(results.slice(0, 10), range(10).map(square));
    assert.ok((results[10] as { error: unknown }).error instanceof Refusal);
  }
});

test('_TestPool.test_imap_unordered', async () => {
  const pool = poolOfAll();
  for (const chunksize of [1, 100]) {
    const results = (await drain(pool.imapUnordered(square, range(420), { chunksize }))) as number[];
    assert.deepEqual(
      results.sort((a, b) => a - b),
      range(420).map(square),
    );
  }
});

test('_TestPool.test_imap_unordered_handle_iterable_exception', async () => {
  const pool = poolOfAll();
  for (const chunksize of [1, 2]) {
    const results = await drain(pool.imapUnordered(square, failingInput(10), { chunksize }));
    assert.ok((results.pop() as { error: unknown }).error instanceof Refusal);
    assert.equal(new Set(results).size, results.length);
  }
});

test('_TestPool.test_make_pool', async () => {
  assert.throws(() => new Pool(-1), RangeError);
  assert.throws(() => new Pool(0), RangeError);
  const started = newChildren();
  const pool = new Pool(3);
  assert.equal(started().length, 3);
  await closeSoundly(pool);
});

test('_TestPool.test_terminate', async () => {
  const pool = new Pool(2);
  const results = pool.mapAsync(sleep, Array(10_000).fill(100), { chunksize: 1, errorCallback: () => {} });
  pool.terminate();
  await within(pool.join(), 'join()');
  assert.equal(results.successful(), false);
});

test('_TestPool.test_empty_iterable', async () => {
  const pool = poolOfAll();
  assert.deepEqual(await pool.map(square, []), []);
  assert.deepEqual(await drain(pool.imap(square, [])), []);
  assert.deepEqual(await drain(pool.imapUnordered(square, [])), []);
  assert.deepEqual(await pool.mapAsync(square, []).get(), []);
});

test('_TestPool.test_context', async () => {
  const left = await (async () => {
    await using pool = new Pool(2);
    assert.deepEqual(await pool.mapAsync(square, range(10)).get(), range(10).map(square));
    return pool;
  })();
  assert.throws(() => left.mapAsync(square, range(10)), /terminated/);
});

test('_TestPool.test_enter', async () => {
  // JavaScript does not ask when a scope is entered: the first use in it is the error, and leaving it is fine.
  const pool = new Pool(1);
  {
    await using entered = pool;
    assert.equal(await entered.apply(square, [4]), 16);
  }
  await using again = pool;
  assert.throws(() => again.apply(square, [4]), /terminated/);
});

test('_TestPool.test_resource_warning', async () => {
  // It does what was submitted, and its workers end.
  const { code, stdout, stderr } = await program('dropped', [], ['--expose-gc']).ended;
  assert.deepEqual([code, stdout], [0, '25\ngone\n']);
  assert.match(
    stderr,
    /^\(node:\d+\) \[MULTIPROC_POOL_DROPPED\] ResourceWarning: a Pool was dropped while it was running: .*close\(\)/,
  );
});

test('_TestPool.test_traceback', async () => {
  const pool = poolOfAll();
  const error = await failure(pool.apply(refuse, [123]));
  assert.ok(error instanceof Refusal);
  assert.equal(error.code, 123);
  assert.match(error.stack!, /at refuse/);
  const ofInput = await failure(pool.map(square, failingInput(1)));
  assert.match(ofInput.stack!, /at failingInput/);
});

test('_TestPool.test_wrapped_exception', async () => {
  // What a worker adds to an error is its stack: the cause that the task gave stays.
  const pool = poolOfAll();
  assert.ok((await failure(pool.apply(refuse, [1]))).cause instanceof RangeError);
});

test('_TestPool.test_map_no_failfast', async () => {
  const pool = poolOfAll();
  const started = performance.now();
  const results = failure(pool.map(failOrSleep, [0, 500], { chunksize: 1 }));
  assert.equal((await results).message.length, 1024 * 1024);
  assert.ok(performance.now() - started >= 499);
});

test('_TestPool.test_release_task_refs', async () => {
  const pool = poolOfAll();
  const send = async (chunksize: number): Promise<WeakRef<object>[]> => {
    const items = range(10).map((x) => ({ x }));
    const results = await pool.map(identity, items, { chunksize });
    assert.deepEqual(results, items);
    return [...items, ...results].map((one) => new WeakRef(one));
  };
  const references = [...(await send(1)), ...(await send(5))];
  await collected(() => references.every((reference) => reference.deref() === undefined), 'the end of items and results');
});

test('_TestPoolWorkerErrors.test_async_error_callback', async () => {
  const pool = poolOfAll();
  const errors: unknown[] = [];
  const result = pool.applyAsync(refuse, [1], { errorCallback: (error) => errors.push(error) });
  assert.ok((await failure(result.get())) instanceof Refusal);
  assert.equal(errors.length, 1);
  assert.ok(errors[0] instanceof Refusal);
});

test('_TestPoolWorkerErrors.test_unpickleable_result', async () => {
  const pool = poolOfAll();
  for (let i = 0; i < 20; i++) {
    const errors: unknown[] = [];
    const result = pool.applyAsync(unsendableResult, [1], { errorCallback: (error) => errors.push(error) });
    const error = await failure(result.get());
    assert.ok(error instanceof MaybeEncodingError);
    assert.equal(errors[0], error);
    assert.match(error.message, /deep/);
  }
});

test('_TestPoolWorkerLifetime.test_pool_worker_lifetime', async () => {
  const started = newChildren();
  const pool = new Pool({ processes: 3, maxTasksPerChild: 10 });
  const before = started();
  assert.equal(before.length, 3);
  const results = range(60).map((x) => pool.applyAsync(square, [x]));
  for (const [x, result] of results.entries()) assert.equal(await within(result.get(), `result ${x}`), x * x);
  await until(() => started().length === 3 && !started().some((child) => before.includes(child)), 'three other workers');
  await closeSoundly(pool);
});

test('_TestPoolWorkerLifetime.test_pool_worker_lifetime_early_close', async () => {
  const pool = new Pool({ processes: 3, maxTasksPerChild: 1 });
  const results = range(4).map((x) => pool.applyAsync(square, [x]));
  await closeSoundly(pool);
  assert.deepEqual(await Promise.all(results), range(4).map(square));
});

test('_TestPoolWorkerLifetime.test_pool_maxtasksperchild_invalid', () => {
  for (const wrong of [0, -1, 0.5]) assert.throws(() => new Pool({ processes: 3, maxTasksPerChild: wrong }), RangeError);
  assert.throws(() => new Pool({ processes: 3, maxTasksPerChild: '12' as never }), TypeError);
});

test('_TestPoolWorkerLifetime.test_worker_finalization_via_atexit_handler_of_multiprocessing', async () => {
  const { code, stderr } = await program('idle').ended;
  assert.deepEqual([code, stderr], [0, '']);
});

test('TestInitializers.test_pool_initializer', async () => {
  assert.throws(() => new Pool({ initializer: 1 as never }), TypeError);
  const pool = new Pool({ processes: 1, initializer: initialise, initargs: [1, 'two'] });
  assert.deepEqual(await pool.apply(initialised), [1, 'two']);
  await closeSoundly(pool);
});

test('TestPoolNotLeakOnFailure.test_release_unused_processes', async () => {
  const { code, stdout, stderr } = await program('failing-start').ended;
  assert.deepEqual([code, stdout, stderr], [0, 'SharedMemoryError 0\n', '']);
});

test('MiscTestCase.test_large_pool', async () => {
  // Each takes a tenth of a second of processor time to start: here they come after more slots than a word has bits, in large.soak.test.ts there are two hundred.
  const { code, stdout, stderr } = await program('large', ['6', '31']).ended;
  assert.deepEqual([code, stdout, stderr], [0, 'right true\n', '']);
});

test('TestStdinBadfiledescriptor.test_pool_in_process', async () => {
  const { code, stdout, stderr } = await program('pool-in-process').ended;
  assert.deepEqual([code, stdout, stderr], [0, '0 1 4 9\n', '']);
});
