import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Pool } from 'multiproc';
import { encodeImmediate, IMMEDIATE_BYTES, Immediates, immediate } from '#dist/pool/immediates.js';
import { identity, strangeNaN } from './tasks.ts';

const immediates = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(undefined, null, true, false, -0, Number.NaN));
const anything = fc.oneof(immediates, fc.string(), fc.constant({ a: [1] }), fc.bigInt());

function encoded(values: readonly unknown[]): Uint8Array {
  const words = new Int32Array(values.length * 2);
  values.forEach((value, i) => {
    assert.ok(encodeImmediate(value));
    words.set([immediate.first, immediate.second], 2 * i);
  });
  return new Uint8Array(words.buffer);
}

test('what is encoded in 8 bytes comes back as it was', () => {
  const read = new Immediates();
  fc.assert(
    fc.property(fc.array(immediates, { maxLength: 300, size: 'max' }), (values) => {
      read.read(encoded(values));
      const list: unknown[] = ['before'];
      read.copyTo(list, 1, 0, values.length);
      assert.equal(read.length, values.length);
      for (const [i, value] of values.entries()) assert.ok(Object.is(list[i + 1], value) && Object.is(read.at(i), value));
    }),
  );
});

test('what its writer died in the middle of is not there', () => {
  const bytes = encoded([1, 2, 3]);
  assert.equal(new Immediates().read(bytes.subarray(0, 3 * IMMEDIATE_BYTES - 1)).length, 2);
});

test('everything else is refused', () => {
  for (const value of ['', 'text', 1n, {}, [], Symbol.iterator, () => 1]) assert.equal(encodeImmediate(value), false);
});

test('results of all kinds, one after the other, come back in their places', async (t) => {
  await using pool = new Pool(2);
  await fc.assert(
    fc.asyncProperty(
      fc.array(anything, { maxLength: 300, size: 'max' }),
      fc.integer({ min: 1, max: 40 }),
      async (values, chunksize) => {
        const results = await pool.map(identity, values, { chunksize });
        assert.equal(results.length, values.length);
        assert.deepEqual(results, values);
      },
    ),
    { numRuns: 40 },
  );
  await t.test('as does a NaN whose bits are those of another value', async () => {
    const results = await pool.map(strangeNaN, [0, 1, 2, 3, 4, 5], { chunksize: 6 });
    assert.deepEqual(results, new Array(6).fill(Number.NaN));
  });
  await t.test('and many of them over many records', async () => {
    const values = Array.from({ length: 20_000 }, (_, i) => (i % 3000 === 2999 ? `${i}` : i % 7 === 0 ? undefined : i / 3));
    assert.deepEqual(await pool.map(identity, values), values);
    const streamed: unknown[] = [];
    for await (const value of pool.imap(identity, values, { chunksize: 500 })) streamed.push(value);
    assert.deepEqual(streamed, values);
  });
});
