/** A worker that dies at the Nth atomic operation, for every N of a range: of publishing a result, of waiting, of reading what comes next. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pool, WorkerLostError } from 'multiproc';
import { repetitions } from '../support/repetitions.js';
import { closeSoundly, linesOf, newFile, within } from './support.js';
import { noteAndSquare } from './tasks.js';
import { armAndFill, armAndNote, armAndSquare, armOnceAndSquare, noteAndFill } from './tasks_faults.js';

process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --import=${new URL('./die_at.js', import.meta.url)}`;

/**
 * All N take half a minute and more: POOL_KILL_STEP=1 and the soak test do them, by default every fifth from a random start, and the others until one `isEnough`: only some deaths cost a task,
 * and a test in which none does would show nothing.
 */
const step = Number(process.env.POOL_KILL_STEP ?? repetitions(5, 1));
function* operations(last: number, isEnough: () => boolean): Generator<number> {
  const start = Math.floor(Math.random() * step);
  for (let pass = 0; pass < step && !(pass > 0 && isEnough()); pass++)
    for (let n = 1 + ((start + pass) % step); n <= last; n += step) yield n;
}

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
type Settled = { value: unknown } | { error: unknown };
const settled = (promise: PromiseLike<unknown>): Promise<Settled> =>
  within(
    promise.then(
      (value) => ({ value }),
      (error) => ({ error }),
    ),
    'a task to settle',
  );

/** One of the tasks is lost, at the most; each of the others ran once. */
function check(results: readonly Settled[], expected: readonly unknown[], file: string, names: readonly unknown[]): number {
  const runs = linesOf(file);
  let losses = 0;
  results.forEach((result, i) => {
    const count = runs.filter((line) => line === String(names[i])).length;
    if ('value' in result) {
      assert.deepEqual(result.value, expected[i]);
      assert.equal(count, 1, `runs of ${names[i]}`);
      return;
    }
    assert.ok(result.error instanceof WorkerLostError, String(result.error));
    assert.ok(count <= 1, `runs of ${names[i]}, which was lost`);
    losses++;
  });
  assert.ok(losses <= 1, `${losses} tasks are lost`);
  return losses;
}

test('small results, and tasks that follow', async () => {
  const pool = new Pool(1);
  let losses = 0;
  for (const n of operations(60, () => losses > 0)) {
    const file = newFile();
    const tasks = [
      pool.apply(armAndSquare, [n, file, 3]),
      pool.apply(noteAndSquare, [[file, 4]]),
      pool.apply(noteAndSquare, [[file, 5]]),
    ];
    losses += check(await Promise.all(tasks.map(settled)), [9, 16, 25], file, [3, 4, 5]);
  }
  assert.ok(losses > 0, `${losses} losses`);
  await closeSoundly(pool);
});

test('large results and arguments, in heap blocks', async () => {
  const pool = new Pool(1);
  let losses = 0;
  for (const n of operations(120, () => losses > 0)) {
    const file = newFile();
    const [a, b] = [100_000 + n, 200_000 + n];
    const tasks = [pool.apply(armAndFill, [n, file, a]), pool.apply(noteAndFill, [[file, b]])];
    const results = await Promise.all(tasks.map(settled));
    losses += check(results, [new Uint8Array(a).fill(a & 0xff), new Uint8Array(b).fill(b & 0xff)], file, [a, b]);
  }
  assert.ok(losses > 0, `${losses} losses`);
  await closeSoundly(pool);
});

test('the results of a chunk', async () => {
  const pool = new Pool(1);
  let losses = 0;
  for (const n of operations(60, () => losses > 0)) {
    const file = newFile();
    const tasks = pool.imap(
      armAndNote,
      range(12).map((x) => [file, x, x === 4 ? n : 0] as const),
      { chunksize: 6 },
    );
    const results: Settled[] = [];
    for (const _ of range(12)) results.push(await settled(tasks.next().then(({ value }) => value)));
    losses += check(
      results,
      range(12).map((x) => x * x),
      file,
      range(12),
    );
  }
  assert.ok(losses > 0, `${losses} losses`);
  await closeSoundly(pool);
});

test('tasks that are tried again: none is lost, and the death costs one run more at the most', async () => {
  const pool = new Pool({ processes: 1, retries: 1 });
  let repeated = 0;
  for (const n of operations(60, () => repeated > 0)) {
    const file = newFile();
    const tasks = [
      pool.apply(armOnceAndSquare, [n, file, 3]),
      pool.apply(noteAndSquare, [[file, 4]], { timeout: 60_000 }),
      pool.apply(noteAndSquare, [[file, 5]]),
    ];
    const results = await Promise.all(tasks.map(settled));
    assert.deepEqual(results, [{ value: 9 }, { value: 16 }, { value: 25 }]);
    const runs = linesOf(file);
    assert.deepEqual([...new Set(runs)].sort(), ['3', '4', '5']);
    assert.ok(runs.length <= 4, `${runs} ran`);
    repeated += runs.length - 3;
  }
  assert.ok(repeated > 0, 'some task was tried again');
  await closeSoundly(pool);
});
