/** `retries` and `backoff`: a task that cost its worker is tried again in another, and nothing else is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pool, PoolTerminatedError, TimeoutError, WorkerLostError } from 'multiproc';
import { closeSoundly, drain, failure, linesOf, newFile, sharedPool, until, within } from './support.js';
import { noteAndSquare, square } from './tasks.js';
import { dieTimes, dieTimesAt, LethalTimes, linesNoted, spin, throwNoting } from './tasks_terms.js';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

test('a task is tried as often as was said, each time in another worker', async () => {
  const pool = sharedPool(2);
  const file = newFile();
  assert.equal(await within(pool.apply(dieTimes, [file, 3], { retries: 3 }), 'the fourth try'), 4);
  assert.equal(new Set(linesOf(file)).size, 4);
  const second = newFile();
  const error = await within(failure(pool.apply(dieTimes, [second, 9], { retries: 2 })), 'the last try');
  assert.ok(error instanceof WorkerLostError);
  assert.match(error.message, /while it ran this task, as did the 2 before it/);
  assert.equal(linesOf(second).length, 3);
  const third = newFile();
  const lost = await within(failure(pool.apply(dieTimes, [third, 1])), 'the only try');
  assert.match(lost.message, /while it ran this task\. The pool/);
  assert.equal(linesOf(third).length, 1);
});

test('the retries of the pool hold where a call does not say', async () => {
  const pool = new Pool({ processes: 1, retries: 1 });
  assert.equal(await pool.apply(dieTimes, [newFile(), 1]), 2);
  assert.equal(await pool.apply(dieTimes, [newFile(), 1], { priority: 2 }), 2);
  assert.deepEqual(await pool.map(dieTimesAt, [[newFile(), 1]]), [2]);
  assert.equal(await pool.apply(dieTimes, [newFile(), 2], { retries: 2 }), 3);
  assert.ok((await failure(pool.apply(dieTimes, [newFile(), 1], { retries: 0 }))) instanceof WorkerLostError);
  await closeSoundly(pool);
});

test('in a chunk the task that cost the worker is tried again, alone', async () => {
  const pool = sharedPool(2);
  for (const method of ['imap', 'imapUnordered', 'map'] as const)
    for (const chunksize of method === 'map' ? [4] : [1, 12]) {
      const files = range(12).map(() => newFile());
      const items = files.map((file, x) => [file, x === 2 || x === 11 ? 1 : 0] as const);
      const options = { chunksize, retries: 1 };
      const results = await within<unknown[]>(
        method === 'map' ? pool.map(dieTimesAt, items, options) : drain(pool[method](dieTimesAt, items, options)),
        'the results',
      );
      const expected = items.map(([, times]) => times + 1);
      assert.deepEqual(
        method === 'imapUnordered' ? results.sort() : results,
        method === 'imapUnordered' ? expected.sort() : expected,
      );
      assert.deepEqual(
        files.map((file) => linesOf(file).length),
        items.map(([, times]) => times + 1),
      );
    }
});

test('arguments that kill who rebuilds them', async () => {
  const pool = sharedPool(1);
  assert.equal(await within(pool.apply(linesNoted, [new LethalTimes(newFile(), 2)], { retries: 2 }), 'the third try'), 3);
  const file = newFile();
  const error = await within(failure(pool.apply(linesNoted, [new LethalTimes(file, 5)], { retries: 1 })), 'the last try');
  assert.ok(error instanceof WorkerLostError);
  assert.equal(linesOf(file).length, 2);
});

test('backoff: the pause before the next try, of which others see nothing', async () => {
  const pool = sharedPool(1);
  const start = performance.now();
  const failed: number[] = [];
  const backoff = (n: number): number => {
    failed.push(n);
    return 50 * n;
  };
  const slow = pool.apply(dieTimes, [newFile(), 3], { retries: 3, backoff });
  const late = pool.apply(dieTimes, [newFile(), 1], { retries: 1, backoff: 200 });
  assert.equal(await within(pool.apply(square, [3]), 'another task'), 9);
  assert.equal(await within(late, 'the second try'), 2);
  assert.ok(performance.now() - start >= 200);
  assert.equal(await within(slow, 'the fourth try'), 4);
  assert.ok(performance.now() - start >= 300);
  assert.deepEqual(failed, [1, 2, 3]);
});

test('a backoff that throws, or gives no milliseconds, fails the task', async () => {
  const pool = sharedPool(1);
  const reason = new Error('no idea');
  const throwing = (): never => {
    throw reason;
  };
  assert.equal(await failure(pool.apply(dieTimes, [newFile(), 1], { retries: 1, backoff: throwing })), reason);
  for (const [value, name] of [
    [Number.NaN, 'RangeError'],
    [-1, 'RangeError'],
    ['5', 'TypeError'],
  ] as const) {
    const error = await failure(pool.apply(dieTimes, [newFile(), 1], { retries: 1, backoff: () => value as never }));
    assert.equal(error.name, name);
    assert.match(error.message, /^backoff must be/);
  }
});

test('what a task throws is final, and so is a time-out', async () => {
  const pool = sharedPool(1);
  const files = [newFile(), newFile()];
  assert.equal((await failure(pool.apply(throwNoting, [files[0]], { retries: 5 }))).message, 'thrown by the task');
  assert.ok((await failure(pool.apply(spin, [files[1]], { retries: 5, timeout: 50 }))) instanceof TimeoutError);
  const file = newFile();
  assert.equal(await pool.apply(noteAndSquare, [[file, 3]], { retries: 5 }), 9);
  assert.deepEqual(
    [...files, file].map((name) => linesOf(name).length),
    [1, 1, 1],
  );
});

test('close() waits for the tries that are to come, terminate() does not', async () => {
  const pool = new Pool(1);
  const late = pool.apply(dieTimes, [newFile(), 2], { retries: 2, backoff: 20 });
  pool.close();
  await within(pool.join(), 'join()');
  assert.equal(await late, 3);
  const ended = new Pool(1);
  const file = newFile();
  const waiting = failure(ended.apply(dieTimes, [file, 2], { retries: 2, backoff: 1e6 }));
  await until(() => linesOf(file).length > 0, 'the first try');
  assert.equal(await within(ended.apply(square, [3]), 'another task'), 9);
  ended.terminate();
  await within(ended.join(), 'join()');
  assert.ok((await waiting) instanceof PoolTerminatedError);
  assert.equal(linesOf(file).length, 1);
});
