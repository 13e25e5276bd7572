/** What a pool does when nothing goes wrong. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AsyncResult, Barrier, Pool, PoolTerminatedError, TimeoutError } from 'multiproc';
import { assertWorks, closeSoundly, drain, failure, program, sharedPool, until, within } from './support.js';
import {
  add,
  count,
  identity,
  initialise,
  initialised,
  keepTimer,
  meet,
  nestedAbandoned,
  nestedSum,
  never,
  pid,
  sleep,
  square,
  squareLater,
} from './tasks.js';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

async function* later<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    await new Promise(setImmediate);
    yield item;
  }
}

function* endless(): Generator<number> {
  for (let i = 0; ; i++) yield i;
}

test('apply, map, starmap, imap and imapUnordered', async () => {
  const pool = sharedPool(2);
  assert.equal(await pool.apply(square, [7]), 49);
  assert.equal(await pool.apply(squareLater, [7]), 49);
  assert.equal(await pool.apply(count), 0);
  assert.equal(await pool.apply(count, [1, 2, 3]), 3);
  assert.equal(await pool.apply(identity, [undefined]), undefined);
  const squares = range(100).map(square);
  for (const f of [square, squareLater] as ((x: number) => number)[]) {
    for (const chunksize of [undefined, 1, 7, 100, 1000]) {
      assert.deepEqual(await pool.map(f, range(100), { chunksize }), squares);
      assert.deepEqual(await drain(pool.imap(f, range(100), { chunksize })), squares);
      const unordered = (await drain(pool.imapUnordered(f, range(100), { chunksize }))) as number[];
      assert.deepEqual(
        unordered.sort((a, b) => a - b),
        squares,
      );
    }
  }
  assert.deepEqual(
    await pool.starmap(add, [
      [1, 2],
      [3, 4],
    ] as const),
    [3, 7],
  );
  assert.deepEqual(await pool.starmap(count, [[], [1], [1, 2]], { chunksize: 1 }), [0, 1, 2]);
});

test('input of every kind: iterables, async iterables, a text, a Set, a generator', async () => {
  const pool = sharedPool(2);
  for (const make of [() => new Set([1, 2, 3]), () => new Set([1, 2, 3]).values(), () => later([1, 2, 3])]) {
    assert.deepEqual(await pool.map(square, make()), [1, 4, 9]);
    assert.deepEqual(await drain(pool.imap(square, make())), [1, 4, 9]);
    assert.deepEqual(((await drain(pool.imapUnordered(square, make()))) as number[]).sort(), [1, 4, 9]);
  }
  assert.deepEqual(await pool.map(identity, 'abc'), ['a', 'b', 'c']);
  assert.deepEqual(await drain(pool.imap(identity<string>, 'abc')), ['a', 'b', 'c']);
  assert.deepEqual(
    await pool.starmap(
      add,
      later([
        [1, 2],
        [3, 4],
      ] as const),
    ),
    [3, 7],
  );
});

test('the function gets the item alone', async () => {
  const pool = sharedPool(2);
  assert.deepEqual(await pool.map(count, [1, 2, 3]), [1, 1, 1]);
  assert.deepEqual(await drain(pool.imap(count, [1, 2, 3])), [1, 1, 1]);
  assert.deepEqual(await pool.map(parseInt, ['10', '10', '10']), [10, 10, 10]);
});

test('nothing in, nothing out, and join() does not wait for it', async () => {
  const pool = new Pool(2);
  assert.deepEqual(await pool.map(square, []), []);
  assert.deepEqual(await pool.map(square, later([])), []);
  assert.deepEqual(await pool.starmap(add, [], { chunksize: 3 }), []);
  assert.deepEqual(await drain(pool.imap(square, [])), []);
  assert.deepEqual(await drain(pool.imapUnordered(square, later([]))), []);
  pool.imap(square, []);
  pool.imapUnordered(square, later([]));
  await closeSoundly(pool);
});

test('callbacks get the outcome, may submit tasks, and look at a failure only with errorCallback', async () => {
  const pool = sharedPool(2);
  const seen: unknown[] = [];
  const callback = (value: unknown): unknown => seen.push(value);
  const errorCallback = (error: unknown): unknown => seen.push((error as Error).message);
  await pool.applyAsync(square, [3], { callback, errorCallback });
  await pool.mapAsync(square, [1, 2], { callback, errorCallback });
  await pool.starmapAsync(add, [[1, 2]], { callback, errorCallback });
  assert.deepEqual(seen, [9, [1, 4], [3]]);
  seen.length = 0;
  const failed = pool.applyAsync(identity, [Symbol('s')], { callback, errorCallback });
  await until(() => seen.length === 1, 'the errorCallback');
  assert.match(String(seen[0]), /args\[0\]/);
  assert.equal(failed.successful(), false);
  // From one callback to the next.
  const chained = new Promise<number>((resolve) => {
    pool.applyAsync(square, [2], {
      callback: (four) =>
        pool.applyAsync(square, [four], { callback: (sixteen) => pool.applyAsync(square, [sixteen], { callback: resolve }) }),
    });
  });
  assert.equal(await within(chained, 'the chain of callbacks'), 256);
});

test('a failure is unhandled when there is a callback for success only, unless somebody awaits it', async () => {
  const { stdout, stderr, code } = await program('unhandled').ended;
  assert.deepEqual([stdout, stderr, code], ['caught\nunhandled SerializationError\n', '', 0]);
});

test('a result can be asked: get, wait, ready, successful', async () => {
  await using pool = new Pool(1);
  const slow = pool.apply(never);
  slow.catch(() => {});
  assert.equal(slow.ready(), false);
  assert.throws(() => slow.successful(), { code: 'ERR_MULTIPROC' });
  assert.equal(await slow.wait({ timeout: 1 }), false);
  assert.equal(await slow.wait({ timeout: 0 }), false);
  assert.ok((await failure(slow.get({ timeout: 1 }))) instanceof TimeoutError);
  const reason = new Error('enough');
  assert.equal(await failure(slow.get({ signal: AbortSignal.abort(reason) })), reason);
  const controller = new AbortController();
  const waited = failure(slow.wait({ signal: controller.signal }));
  controller.abort(reason);
  assert.equal(await waited, reason);
  await assert.rejects(slow.get({ timeout: Number.NaN }), RangeError);
  const quick = sharedPool(2).apply(square, [3]);
  assert.equal(await quick.wait(), true);
  assert.equal(quick.successful(), true);
  assert.equal(await quick.get({ timeout: 0 }), 9);
});

test('imap reads an endless input only a window ahead of what is taken', async () => {
  const pool = sharedPool(2);
  let read = 0;
  function* counted(): Generator<number> {
    for (const i of endless()) {
      read = i + 1;
      yield i;
    }
  }
  const results = pool.imap(square, counted(), { chunksize: 10 });
  const first = read;
  assert.ok(first >= 10 && first <= 10_000, `${first} items were read`);
  for (let i = 0; i < 5000; i++) assert.deepEqual(await results.next(), { done: false, value: i * i });
  // The window is wider while input and tasks are quick.
  assert.ok(read <= 5000 + 8 * first, `${read} items were read`);
  await results.return!();
  const atReturn = read;
  assert.deepEqual(await results.next(), { done: true, value: undefined });
  await assertWorks(pool);
  assert.equal(read, atReturn);
});

test('leaving a for-await closes the input, and what is not sent is not run', async () => {
  const pool = sharedPool(2);
  for (const kind of ['imap', 'imapUnordered'] as const) {
    let isClosed = false;
    function* input(): Generator<number> {
      try {
        yield* endless();
      } finally {
        isClosed = true;
      }
    }
    for await (const value of pool[kind](square, input())) if (value >= 100) break;
    assert.ok(isClosed, kind);
    let isAsyncClosed = false;
    async function* asyncInput(): AsyncGenerator<number> {
      try {
        for (const i of endless()) yield i;
      } finally {
        isAsyncClosed = true;
      }
    }
    for await (const value of pool[kind](squareLater, asyncInput(), { chunksize: 3 })) if (value >= 100) break;
    await until(() => isAsyncClosed, 'the async input to be closed');
  }
});

test('an input that ended is not closed, one that is given up is closed once', async () => {
  const pool = new Pool(1);
  let returned = 0;
  const input = (length: number): Iterable<number> => ({
    [Symbol.iterator]() {
      let i = 0;
      return {
        next: () => (i < length ? { done: false, value: i++ } : { done: true, value: undefined }),
        return: () => {
          returned++;
          return { done: true, value: undefined };
        },
      };
    },
  });
  const short = pool.imap(square, input(3));
  assert.equal((await drain(short)).length, 3);
  await short.return!();
  assert.equal(returned, 0);
  const long = pool.imap(square, input(1e9));
  await long.next();
  await long.return!();
  await long.return!();
  assert.equal(returned, 1);
  const terminated = pool.imap(square, input(1e9));
  await terminated.next();
  pool.terminate();
  assert.equal(returned, 2);
  await pool.join();
});

test('next({ timeout }) and next({ signal }) lose nothing', async () => {
  const pool = sharedPool(2);
  const results = pool.imap(sleep, [50, 1, 2]);
  const reason = new Error('enough');
  await assert.rejects(results.next({ timeout: Number.NaN }), RangeError);
  assert.equal(await failure(results.next({ signal: AbortSignal.abort(reason) })), reason);
  assert.ok((await failure(results.next({ timeout: 0 }))) instanceof TimeoutError);
  assert.ok((await failure(results.next({ timeout: 1 }))) instanceof TimeoutError);
  const controller = new AbortController();
  const aborted = failure(results.next({ signal: controller.signal }));
  controller.abort(reason);
  assert.equal(await aborted, reason);
  assert.deepEqual(await results.next({ timeout: 60_000 }), { done: false, value: 50 });
  assert.deepEqual(await drain(results), [1, 2]);
});

test('several next() at once are served in order', async () => {
  const pool = sharedPool(2);
  const results = pool.imap(squareLater, [1, 2, 3]);
  const all = await Promise.all([results.next(), results.next(), results.next(), results.next()]);
  assert.deepEqual(
    all.map(({ value }) => value),
    [1, 4, 9, undefined],
  );
});

test('iterators whose results nobody takes do not hold up join(), and their tasks are done', async () => {
  const pool = new Pool(2);
  const kept = pool.imap(square, range(5000));
  await kept.next();
  pool.imapUnordered(square, later(range(300)));
  await closeSoundly(pool);
  assert.deepEqual(await drain(kept), range(5000).map(square).slice(1));
});

test('the initialiser runs once in each worker, before its tasks', async () => {
  await using pool = new Pool({ processes: 2, initializer: initialise, initargs: [1, { two: 2 }] });
  assert.deepEqual(await pool.map(initialised, range(10), { chunksize: 1 }), Array(10).fill([1, { two: 2 }]));
});

test('close() lets what was submitted end; join() waits for it', async () => {
  const pool = new Pool(2);
  const results = pool.map(squareLater, range(50), { chunksize: 1 });
  const one = pool.apply(sleep, [20]);
  await assert.rejects(pool.join(), { code: 'ERR_MULTIPROC' });
  pool.close();
  assert.throws(() => pool.apply(square, [1]), /was closed/);
  assert.throws(() => pool.map(square, [1]), /was closed/);
  assert.throws(() => pool.imap(square, [1]), /was closed/);
  pool.close();
  await within(pool.join(), 'join()');
  await pool.join();
  assert.equal(results.ready(), true);
  assert.equal(await one, 20);
});

test('terminate() fails what is not settled; close() and join() after it are fine', async () => {
  const pool = new Pool(2);
  const results: AsyncResult<unknown>[] = [
    pool.apply(never),
    pool.map(never, [1, 2, 3]),
    pool.apply(never),
    pool.map(square, later(endless())),
  ];
  const failures = results.map(failure);
  const iterator = pool.imap(never, endless());
  const next = failure(iterator.next());
  await pool.apply(square, [1]).wait({ timeout: 50 });
  pool.terminate();
  pool.terminate();
  pool.close();
  for (const error of await Promise.all([...failures, next])) assert.ok(error instanceof PoolTerminatedError, String(error));
  assert.ok(results.every((result) => result.ready() && !result.successful()));
  await within(pool.join(), 'join()');
  assert.throws(() => pool.apply(square, [1]), /was terminated/);
});

test('terminate() just after the start, and leaving an `await using` at once', async () => {
  for (let i = 0; i < 3; i++) {
    const pool = new Pool(2);
    const result = failure(pool.apply(square, [1]));
    pool.terminate();
    await within(pool.join(), 'join()');
    assert.ok((await result) instanceof PoolTerminatedError);
    await using _other = new Pool(2);
  }
});

test('what tasks leave open does not keep a closed pool', async () => {
  const pool = new Pool(2);
  await pool.map(keepTimer, [1, 2, 3, 4], { chunksize: 1 });
  await closeSoundly(pool);
});

test('a task that waits behind a long one is taken over by a worker with nothing to do', async () => {
  await using pool = new Pool(2);
  // Only two workers at work can meet. One that still starts gives what it was sent back, `never` too, to one that is ready.
  const barrier = new Barrier(2);
  await within(Promise.all([pool.apply(meet, [barrier]), pool.apply(meet, [barrier])]), 'both workers');
  await pool.map(square, range(2000), { chunksize: 1 });
  pool.apply(never).catch(() => {});
  const pids = await within(Promise.all(range(20).map(() => pool.apply(pid))), 'tasks beside one that never ends');
  assert.equal(new Set(pids).size, 1);
});

test('pools nest: a worker may start its own', async () => {
  await using pool = new Pool(2);
  assert.deepEqual(
    await within(
      pool.map(nestedSum, [
        [1, 2],
        [3, 4],
      ]),
      'nested pools',
    ),
    [5, 25],
  );
  assert.deepEqual(await within(pool.apply(nestedAbandoned, [[1, 2]]), 'a nested pool that nobody ends'), [1, 4]);
});

test('how it shows itself', async () => {
  const pool = new Pool(1);
  assert.equal(String(pool), '<Pool state=RUN pool_size=1>');
  pool.terminate();
  assert.equal(String(pool), '<Pool state=CLOSE pool_size=1>');
  await pool.join();
});
