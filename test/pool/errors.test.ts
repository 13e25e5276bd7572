/** Errors of tasks, and results that cannot travel. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MaybeEncodingError, Pool, RemoteError, refs } from 'multiproc';
import { assertWorks, children, drain, failure, sharedPool } from './support.js';
import { identity, pid } from './tasks.js';
import {
  aggregate,
  brittle,
  deepInside,
  oddFails,
  oddFailsLater,
  Refusal,
  refuseLater,
  returnsFunction,
  throwBig,
  throwingGetter,
  throwUnsendable,
  throwUnsendableValue,
  throwValue,
  unsendableResult,
} from './tasks_errors.js';

const unimported = refs<typeof import('./unimported.js')>(new URL('./unimported.js', import.meta.url));

test('an error arrives as its own class, with its properties, its cause and the stack of the worker', async () => {
  const pool = sharedPool(2);
  const error = await failure(pool.apply(deepInside));
  assert.ok(error instanceof Refusal && error instanceof TypeError);
  assert.equal(error.code, 403);
  assert.equal(error.message, 'refused with 403');
  assert.ok(error.cause instanceof RangeError);
  assert.match(error.stack!, /at refuse .*tasks_errors[\s\S]*at deepInside/);
  assert.ok((await failure(pool.apply(refuseLater, [404]))) instanceof Refusal);
  const several = await failure(pool.apply(aggregate));
  assert.ok(several instanceof AggregateError);
  assert.ok(several.errors[0] instanceof SyntaxError);
  assert.equal(several.errors[1], 'two');
  assert.deepEqual((several as AggregateError & { own: unknown }).own, { x: 1 });
});

test('what is thrown need not be an Error', async () => {
  const pool = sharedPool(2);
  for (const value of [undefined, null, 0, 'text', { x: [1] }])
    assert.deepEqual(await failure(pool.apply(throwValue, [value])), value);
});

test('an error that cannot be sent arrives as a RemoteError that says what it was', async () => {
  const pool = sharedPool(2);
  const error = await failure(pool.apply(throwUnsendable));
  assert.ok(error instanceof RemoteError);
  assert.match(error.message, /RangeError: with a function/);
  assert.match(error.stack!, /throwUnsendable/);
  assert.ok((await failure(pool.apply(throwUnsendableValue))) instanceof RemoteError);
  await assertWorks(pool);
});

test('an error as large as several rings', async () => {
  const pool = sharedPool(2);
  const errors = await Promise.all(Array.from({ length: 20 }, () => failure(pool.apply(throwBig))));
  assert.ok(errors.every((error) => error.message.length === 1024 * 1024));
});

test('map waits for all and rejects with the first failure of the input; the iterators give each in its place', async () => {
  const pool = sharedPool(2);
  for (const f of [oddFails, oddFailsLater] as ((x: number) => number)[]) {
    for (const chunksize of [1, 3, 10]) {
      const options = { chunksize };
      assert.equal((await failure(pool.map(f, [0, 2, 4, 5, 6, 1], options))).message, 'odd: 5');
      const expected = [0, { error: new RangeError('odd: 1') }, 2, { error: new RangeError('odd: 3') }, 4];
      assert.deepEqual(await drain(pool.imap(f, [0, 1, 2, 3, 4], options)), expected);
      const unordered = await drain(pool.imapUnordered(f, [0, 1, 2, 3, 4], options));
      assert.deepEqual(unordered.filter((value) => typeof value === 'number').sort(), [0, 2, 4]);
      assert.equal(unordered.length, 5);
    }
  }
});

test('a result that cannot be sent is a MaybeEncodingError, twenty times over, and no worker is lost', async () => {
  const pool = sharedPool(2);
  const workers = children();
  for (let i = 0; i < 20; i++) {
    const error = await failure(pool.apply(unsendableResult, [1]));
    assert.ok(error instanceof MaybeEncodingError);
    assert.match(error.message, /Symbol\(nowhere\)|deep/);
    assert.match(error.message, /result\.deep\[0\]/);
  }
  assert.ok((await failure(pool.apply(returnsFunction))) instanceof MaybeEncodingError);
  assert.match((await failure(pool.apply(throwingGetter))).message, /EvalError: no x today/);
  for (const chunksize of [1, 2, 10]) {
    const results = await drain(pool.imap(unsendableResult, [0, 1, 2, 3, 4], { chunksize }));
    assert.deepEqual(
      results.map((value) => (typeof value === 'number' ? value : (value as { error: Error }).error.constructor)),
      [0, MaybeEncodingError, 2, MaybeEncodingError, 4],
    );
  }
  assert.deepEqual(children(), workers);
});

test('a result that cannot be rebuilt here costs itself alone, wherever it stands in a chunk', async () => {
  const pool = sharedPool(2);
  for (const chunksize of [1, 4, 100]) {
    const results = await drain(pool.imap(brittle, [0, 1, 2, 3, 4, 5, 6, 7], { chunksize }));
    const seen = results.map((value) => (typeof value === 'number' ? value : (value as { error: Error }).error.message));
    const broken = 'cannot rebuild broken';
    assert.deepEqual(seen, [0, broken, 2, 3, broken, 5, 6, broken]);
  }
});

test('classes of a module that was never imported here: of an error, of results in the midst of others', async () => {
  const pool = sharedPool(2);
  const error = await failure(pool.apply(unimported.throwForeign, [1]));
  assert.deepEqual(
    [error.constructor.name, error.message, error.detail, error.shout()],
    ['Foreign', 'odd 1', 'detail', 'odd 1!'],
  );
});

test('results of a class of a module that was never imported here', async () => {
  const other = refs<typeof import('./unimported_too.js')>(new URL('./unimported_too.js', import.meta.url));
  const pool = sharedPool(2);
  const results = await pool.map(other.point, [1, 2, 3, 4, 5, 6], { chunksize: 6 });
  assert.deepEqual(
    results.map((value) => (typeof value === 'number' ? value : `${value.constructor.name} ${value.length()}`)),
    [1, 2, 'Point 3', 4, 5, 'Point 6'],
  );
});

test('a result that is still being rebuilt when the pool is terminated does no harm', async () => {
  const other = refs<typeof import('./unimported_slow.js')>(new URL('./unimported_slow.js', import.meta.url));
  const pool = new Pool(1);
  const result = pool.apply(other.slow);
  const failed = failure(result);
  const { slowImport } = globalThis as { slowImport?: { begun: Promise<void>; go: () => void } };
  assert.equal(slowImport, undefined);
  const begun = new Promise<() => void>((resolve) => {
    Object.assign(globalThis, { slowImportBegins: resolve });
  });
  const go = await begun;
  pool.terminate();
  assert.equal((await failed).name, 'PoolTerminatedError');
  go();
  await pool.join();
  await new Promise(setImmediate);
  assert.equal(result.successful(), false);
});

test('shared state is not shared: a worker that failed keeps what its modules hold', async () => {
  await using pool = new Pool(1);
  const before = await pool.apply(pid);
  await failure(pool.apply(deepInside));
  assert.equal(await pool.apply(pid), before);
  assert.equal(await pool.apply(identity, [1]), 1);
});
