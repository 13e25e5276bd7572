/** Much at once: large arguments and results, rings full in both directions, deep queues. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { repetitions } from '../support/repetitions.js';
import { drain, sharedPool, within } from './support.js';
import { bytes, checksum, echo, identity, many, square } from './tasks.js';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

test('16 MB in and 16 MB out, several at a time', async () => {
  const pool = sharedPool(2);
  const size = 16 * 2 ** 20;
  const data = new Uint8Array(size).fill(7);
  assert.deepEqual(await within(pool.apply(checksum, [data]), 'a large argument'), [size, 7, 7]);
  const results = await within(pool.map(echo, Array(4).fill(data), { chunksize: 1 }), 'large results');
  assert.ok(results.every((result) => result.length === size && result[size - 1] === 7));
});

test('rings that are full in both directions', async () => {
  const pool = sharedPool(2);
  // A quarter of a ring is the largest that goes inline: four fill it.
  for (const size of [15_000, 16_300, 16_400, 40_000, 200_000]) {
    const data = new Uint8Array(size).fill(3);
    const results = await within(pool.map(echo, Array(200).fill(data), { chunksize: 1 }), `results of ${size} bytes`);
    assert.ok(results.every((result) => result.length === size && result[size - 1] === 3));
  }
  const chunks = await within(
    pool.map(bytes, Array(400).fill(10_000), { chunksize: 50 }),
    'results that fill the ring within a chunk',
  );
  assert.ok(chunks.every((result) => result.length === 10_000));
});

test('results around the sizes at which they travel in another way', async () => {
  const pool = sharedPool(2);
  const sizes = [0, 1, 127, 128, 1000, 1023, 1024, 1025, 8000, 8192, 8193, 16_384, 65_536, 65_537];
  for (const chunksize of [1, 5, 100]) {
    const results = await pool.map(bytes, sizes, { chunksize });
    assert.deepEqual(
      results.map((result) => result.length),
      sizes,
    );
    assert.deepEqual(
      (await pool.map(many, sizes.slice(0, 9), { chunksize })).map((result) => result.length),
      sizes.slice(0, 9),
    );
    const texts = sizes.map((size) => 'é'.repeat(size));
    assert.deepEqual(await pool.map(identity, texts, { chunksize }), texts);
  }
});

test('thousands of tasks, one by one and in chunks, beside iterators', async () => {
  const pool = sharedPool(2);
  const numbers = range(repetitions(5000, 20_000));
  const squares = numbers.map(square);
  const all = await within(
    Promise.all([
      Promise.all(numbers.map((x) => pool.apply(square, [x]))),
      pool.map(square, numbers, { chunksize: 1 }),
      pool.map(square, numbers),
      drain(pool.imap(square, numbers)),
      drain(pool.imap(square, numbers, { chunksize: 100 })),
    ]),
    'thousands of tasks',
    60_000,
  );
  for (const results of all) assert.deepEqual(results, squares);
});

test('timers and I/O get their turn while results pour in', async () => {
  const pool = sharedPool(2);
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const results = pool.imapUnordered(square, range(20_000));
  let count = 0;
  for await (const _ of results) count++;
  clearInterval(timer);
  assert.equal(count, 20_000);
  assert.ok(ticks >= 5, `${ticks} runs of a timer`);
});
