/** Large typed arrays and Buffers: what arrives, and that their memory comes back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pool, SerializationError, SharedArray, WorkerLostError } from 'multiproc';
import { SharedMemory } from 'multiproc/shared-memory';
import { RawArray } from 'multiproc/sharedctypes';
import { session } from '#dist/memory/session.js';
import { closeSoundly, drain, failure } from './support.js';
import { add, checksum, echo, identity } from './tasks.js';
import { dieWith, doubled, fillWith, setAt, sums } from './tasks_sync.js';

/** Around the size from which bytes are left where they are, and around that of a ring. */
const SIZES = [0, 1, 16_000, 16_384, 65_535, 65_536, 65_537, 300_000, 1_500_000];

function numbered(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i * 7);
}

test('they arrive as they were, as arguments, items and results of every size', async () => {
  const pool = new Pool(2);
  for (const size of SIZES) {
    const data = numbered(size);
    const one = await pool.apply(echo, [data]);
    assert.equal(one.constructor, Uint8Array);
    assert.equal(Buffer.compare(one, data), 0);
    for (const item of await pool.map(echo, [data, data, data], { chunksize: 2 })) assert.equal(Buffer.compare(item, data), 0);
  }
  const arrays = SIZES.map(numbered);
  const streamed = (await drain(pool.imap(echo, arrays))) as Uint8Array[];
  for (const [i, array] of streamed.entries()) assert.equal(Buffer.compare(array, arrays[i]), 0);
  await closeSoundly(pool);
});

test('several in one message, among other things, of several kinds', async () => {
  await using pool = new Pool(1);
  const doubles = Float64Array.from({ length: 20_000 }, (_, i) => i / 4);
  const all = [numbered(70_000), new Uint8Array(3), doubles, Buffer.from(numbered(100_000)), doubles.subarray(10, 15_000)];
  const result = await pool.apply(sums, [all as Uint8Array[]]);
  assert.deepEqual(result, sums(all as Uint8Array[]));
  const back = (await pool.apply(doubled, [{ data: doubles, name: 'x', again: doubles }])) as Record<string, unknown>;
  assert.deepEqual(back, {
    isSame: true,
    name: 'x',
    data: doubles.map((x) => 2 * x),
    tail: Buffer.from(doubles.buffer).subarray(0, 100_000),
  });
  // What arrives is the receiver's own.
  const copy = await pool.apply(identity, [doubles]);
  copy[0] = 5;
  assert.equal(doubles[0], 0);
  assert.equal(
    copy.buffer instanceof ArrayBuffer && structuredClone(copy.buffer, { transfer: [copy.buffer] }).byteLength,
    160_000,
  );
});

test('shared arrays and memory go by reference', async () => {
  await using pool = new Pool(1);
  const raw = RawArray('i', 100_000);
  assert.equal(await pool.apply(fillWith, [raw, 7]), 100_000);
  assert.equal(
    raw.every((x) => x === 7),
    true,
  );
  await pool.starmap(fillWith, [[raw.subarray(10, 20), 8] as const]);
  assert.deepEqual([raw[9], raw[10], raw[19], raw[20]], [7, 8, 8, 7]);
  const array = new SharedArray('d', 50_000);
  await pool.apply(setAt, [array, 2.5]);
  assert.equal(array.get(1), 2.5);
  const memory = SharedMemory.create({ size: 200_000 });
  await pool.apply(fillWith, [memory.buf, 9]);
  assert.equal(memory.buf[199_999], 9);
  const [same] = await pool.map(identity, [raw]);
  same[0] = -1;
  assert.equal(raw[0], -1);
  memory.close();
  memory.unlink();
});

test('one that cannot be sent, or changes while it is sent, costs its task alone', async () => {
  await using pool = new Pool(1);
  const data = numbered(200_000);
  const refused = await failure(pool.apply(identity, [[data, Symbol('s')]]));
  assert.ok(refused instanceof SerializationError);
  const vanishing = {
    data: numbered(200_000),
    get later() {
      structuredClone(this.data.buffer, { transfer: [this.data.buffer as ArrayBuffer] });
      return 1;
    },
  };
  assert.match((await failure(pool.apply(identity, [vanishing]))).message, /detached or made smaller/);
  assert.deepEqual(await pool.map(identity, [data, 1]), [data, 1]);
  assert.equal(await pool.apply(add, [1, 2]), 3);
});

test('their memory comes back, also from workers that are killed', async () => {
  const { heap } = session();
  const pool = new Pool(2);
  await pool.apply(add, [1, 2]);
  const inUse = (): number => heap.stats().reserved - heap.stats().free;
  const data = numbered(2 * 2 ** 20);
  const before = inUse();
  for (let i = 0; i < 20; i++) {
    assert.deepEqual(await pool.apply(checksum, [data]), [data.length, 0, data.at(-1)]);
    assert.equal((await pool.map(echo, [data, data], { chunksize: 1 })).length, 2);
    if (i % 5 === 0) assert.ok((await failure(pool.apply(dieWith, [data]))) instanceof WorkerLostError);
  }
  // Workers that came since have their channels, at most.
  await pool.map(add as never, [1, 2, 3, 4], { chunksize: 1 });
  assert.ok(inUse() - before < 2 ** 20, `${inUse() - before} bytes more are in use`);
  await closeSoundly(pool);
});
