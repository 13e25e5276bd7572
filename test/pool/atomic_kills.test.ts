/** A worker that dies at the Nth atomic operation, for every N of a range: of publishing a result, of waiting, of reading what comes next. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pool } from 'multiproc';
import { check, operations, range, type Settled, settled } from './atomic_operations.js';
import { closeSoundly, linesOf, newFile } from './support.js';
import { noteAndSquare } from './tasks.js';
import { armAndFill, armAndNote, armAndSquare, armOnceAndSquare, noteAndFill } from './tasks_faults.js';

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
