/** Bad input: a clear error at the right place, and the pool goes on working. */
import assert from 'node:assert/strict';
import { afterEach, before, test } from 'node:test';
import { FunctionReferenceError, type MapOptions, Pool, SerializationError } from 'multiproc';
import { assertWorks, drain, failure, sharedPool, within } from './support.js';
import { add, identity, initialise, square } from './tasks.js';
import { Brittle, valueOf } from './tasks_errors.js';

process.env.POOL_TEST_MAIN = String(process.pid);

let pool: Pool;
before(() => {
  pool = sharedPool(2);
});
afterEach(() => assertWorks(pool));

const unexported = (x: number): number => x;
const sendable = Array.from({ length: 9 }, (_, i) => i);

test('numbers of workers that are none', () => {
  for (const processes of [0, -1, 2.5, Number.NaN, Infinity]) {
    assert.throws(() => new Pool(processes), {
      name: 'RangeError',
      code: 'ERR_MULTIPROC_ARGUMENT',
      message: new RegExp(`${processes}`),
    });
    assert.throws(() => new Pool({ processes }), RangeError);
  }
  for (const processes of ['2', null, true, 2n, Symbol('2')])
    assert.throws(() => new Pool(processes as never), { name: 'TypeError', code: 'ERR_MULTIPROC_ARGUMENT' });
});

test('an initialiser that is none, or cannot travel', () => {
  assert.throws(() => new Pool({ processes: 2, initializer: unexported as never }), FunctionReferenceError);
  assert.throws(() => new Pool({ processes: 2, initializer: initialise, initargs: [1, { x: Symbol('s') }] }), {
    name: 'SerializationError',
    path: 'initargs[1].x',
  });
  assert.throws(() => new Pool({ processes: 2, initializer: 'x' as never }), TypeError);
  assert.throws(() => new Pool({ processes: 2, initargs: 5 as never }), TypeError);
});

test('arguments of the wrong kind', () => {
  for (const method of ['apply', 'applyAsync', 'map', 'mapAsync', 'starmap', 'starmapAsync', 'imap', 'imapUnordered'] as const) {
    const call = pool[method].bind(pool) as (...args: unknown[]) => unknown;
    for (const f of [undefined, null, 'square', 5, {}])
      assert.throws(() => call(f, []), { name: 'TypeError', code: 'ERR_MULTIPROC_ARGUMENT', message: /function/ }, method);
    assert.throws(() => call(unexported, [1]), { name: 'FunctionReferenceError', message: /unexported[\s\S]*bad_input/ });
    assert.throws(() => call((x: number) => x, [1]), FunctionReferenceError);
    assert.throws(() => call(square.bind(null), [1]), FunctionReferenceError);
    for (const items of [5, null, {}, () => 1])
      assert.throws(
        () => call(square, items),
        { name: 'TypeError', code: 'ERR_MULTIPROC_ARGUMENT' },
        `${method} ${String(items)}`,
      );
    if (method.startsWith('apply')) continue;
    assert.throws(() => call(square, undefined), TypeError);
    for (const chunksize of [0, -1, 1.5, Number.NaN]) assert.throws(() => call(square, [1], { chunksize }), RangeError, method);
    assert.throws(() => call(square, [1], { chunksize: '1' }), TypeError, method);
  }
});

test('an input that throws: map rejects, the iterators throw it in its place', async () => {
  const error = new Error('the input fails');
  function* sync(): Generator<number> {
    yield* [1, 2, 3];
    throw error;
  }
  async function* async(): AsyncGenerator<number> {
    yield* [1, 2, 3];
    throw error;
  }
  const getter = (): Iterable<number> => ({
    [Symbol.iterator]: () => ({
      next: () =>
        Object.defineProperty({} as IteratorResult<number>, 'done', {
          get: () => {
            throw error;
          },
        }),
    }),
  });
  for (const input of [sync, async]) {
    for (const options of [undefined, { chunksize: 2 }, { chunksize: 10 }] as MapOptions[]) {
      assert.equal(await failure(pool.map(square, input(), options)), error);
      assert.equal(await failure(pool.starmap(add, input() as never, options)), error);
      assert.deepEqual(await drain(pool.imap(square, input(), options)), [1, 4, 9, { error }]);
      const unordered = await drain(pool.imapUnordered(square, input(), options));
      assert.deepEqual(unordered.pop(), { error });
      assert.deepEqual((unordered as number[]).sort(), [1, 4, 9]);
    }
  }
  assert.equal(await failure(pool.map(square, getter())), error);
  assert.deepEqual(await drain(pool.imap(square, getter())), [{ error }]);
  const broken = { [Symbol.iterator]: () => ({ next: () => undefined }) } as never;
  assert.ok((await failure(pool.map(square, broken))) instanceof TypeError);
  assert.ok((await failure(pool.imap(square, broken).next())) instanceof TypeError);
  // Nobody looks at it: join() must not wait for it.
  pool.imap(square, sync());
  pool.imap(square, async());
});

test('an argument that cannot be sent fails its own task, and its path names it', async () => {
  for (const chunksize of [1, 3, 4, 9, 20]) {
    for (const culprit of [0, 4, 8]) {
      const items: unknown[] = [...sendable];
      items[culprit] = { deep: [() => 1] };
      const path = `items[${culprit}].deep[0]`;
      const results = await drain(pool.imap(identity, items, { chunksize }));
      const error = (results[culprit] as { error: SerializationError }).error;
      assert.ok(error instanceof SerializationError);
      assert.equal(error.path, path);
      assert.ok(error.message.includes(path), error.message);
      assert.deepEqual(
        results.filter((_, i) => i !== culprit),
        sendable.filter((_, i) => i !== culprit),
      );
      assert.equal((await failure(pool.map(identity, items, { chunksize }))).path, path);
    }
  }
  const error = await failure(pool.apply(identity, [{ callback: Symbol('s') }]));
  assert.deepEqual([error.constructor, error.path], [SerializationError, 'args[0].callback']);
  const spread = await failure(
    pool.starmap(
      add,
      [
        [1, 2],
        [1, () => 2],
      ] as never,
      { chunksize: 2 },
    ),
  );
  assert.equal(spread.path, 'items[1][1]');
});

test('nothing can be sent: each fails, quickly', async () => {
  const results = await within(drain(pool.imap(identity, Array(500).fill(Symbol('s')), { chunksize: 100 })), 'the failures');
  assert.equal(results.length, 500);
  assert.ok(results.every((result) => (result as { error: unknown }).error instanceof SerializationError));
  const large: unknown[] = new Array(200_000).fill(1);
  large[150_000] = Symbol('s');
  assert.equal((await failure(pool.map(identity, large, { chunksize: 200_000 }))).path, 'items[150000]');
});

test('a getter that throws, an endless input of which nothing can be sent', async () => {
  const thrown = new EvalError('no value');
  const item = {
    get value() {
      throw thrown;
    },
  };
  assert.equal(await failure(pool.apply(identity, [item])), thrown);
  assert.deepEqual(await drain(pool.imap(identity, [1, item, 3], { chunksize: 3 })), [1, { error: thrown }, 3]);
  function* endless(): Generator<unknown> {
    for (;;) yield Symbol('s');
  }
  const results = pool.imap(identity, endless());
  for (let i = 0; i < 1000; i++) assert.equal((await failure(results.next())).path, `items[${i}]`);
  await results.return!();
});

test('an argument that the worker cannot rebuild fails its own task', async () => {
  for (const chunksize of [1, 2, 5, 9]) {
    const items = [...sendable.slice(0, 4), new Brittle('broken in a worker'), ...sendable.slice(5)];
    const results = await drain(pool.imap(valueOf, items, { chunksize }));
    assert.deepEqual((results[4] as { error: Error }).error, new EvalError('cannot rebuild broken in a worker'));
    assert.deepEqual(
      results.filter((_, i) => i !== 4),
      sendable.filter((_, i) => i !== 4),
    );
  }
  // Large ones: what was refused is given back.
  for (let i = 0; i < 5; i++)
    await failure(pool.apply(identity, [[new Uint8Array(5_000_000), new Brittle('broken in a worker')]]));
});

test('items of starmap that are no arguments fail their own task', async () => {
  const results = await failure(pool.starmap(add, [[1, 2], 5] as never));
  assert.ok(results instanceof TypeError);
});
