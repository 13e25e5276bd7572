/** Values and arrays in other processes, and on their way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pipe, Pool, Process, Queue, SharedArray, Value } from 'multiproc';
import { array, char, RawArray, RawValue, struct, wchar } from 'multiproc/sharedctypes';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { decode, encode } from '#dist/serialization/codec.js';
import { startChild } from '../support/children.js';
import { answer, prefixSums } from './children/targets.js';

const Point = struct({ x: 'd', tag: char(16), pos: struct({ a: 'q', ok: '?' }) });

test('what a child doubles in place is seen here', async () => {
  const x = new Value('i', 7);
  const y = new Value('d', 1 / 3, { lock: x.getLock() });
  const point = new Value(Point, { x: 1.5, tag: 'ab', pos: { a: 2n ** 60n } });
  const doubles = new SharedArray('d', [1, 2, 3]);
  const text = new SharedArray('c', 20);
  text.value = 'hello';
  const words = RawArray('h', [5, 6]);
  x.acquireSync();
  const child = startChild('children/double-everything.js', import.meta, x, y, point, doubles, text, words);
  assert.deepEqual(await child.told(), { sameLock: true, held: false });
  x.release();
  assert.equal(await child.exit, 0);
  assert.deepEqual([x.value, y.value], [14, (1 / 3) * 2]);
  assert.deepEqual([point.x, point.tag, point.pos.a], [3, 'abab', 2n ** 61n]);
  assert.deepEqual([doubles.slice(), text.value, words], [[2, 4, 6], 'hellohello', Int16Array.of(10, 12)]);
});

test('atomic additions of three processes are all counted', async () => {
  const small = new Value('i');
  const big = new Value('q');
  const plain = new Value('d');
  const times = 20_000;
  const children = [1, 2, 3].map(() => startChild('children/add-often.js', import.meta, small, big, plain, times));
  for (const child of children) assert.equal(await child.exit, 0);
  assert.deepEqual([small.value, big.value, plain.value], [3 * times, BigInt(3 * times), (3 * times) / 10]);
  assert.deepEqual(fsck(session()), []);
});

test('as arguments of processes and tasks, in modules that import nothing of the library', async () => {
  const sums = new SharedArray('i', [1, 2, 3, 4]);
  const total = new Value('q');
  const words = RawArray('i', 5);
  const part = words.subarray(2);
  assert.equal(await new Process({ target: prefixSums, args: [sums, total, part] }).start().join(), 0);
  assert.deepEqual([sums.slice(), total.value, [...words]], [[1, 3, 6, 10], 10n, [0, 0, 3, 0, 0]]);
  const pool = new Pool(1);
  const value = new Value('i', 4);
  const back = await pool.apply(answer, [value]);
  back.add(1);
  assert.equal(value.value, 6);
  await pool.terminate();
  await pool.join();
});

test('everything arrives as a view of the same memory, and twice sent is once there', () => {
  const [r, w] = Pipe<any>(false);
  const value = new Value('i', 1);
  const point = new Value(Point, { x: 1 });
  const shared = new SharedArray('d', 3);
  const text = RawArray('c', 'text');
  const wide = RawArray('u', 'wide');
  const points = RawArray(Point, 2);
  const cell = RawValue('?', true);
  const rows = RawArray(array('h', 2), 2);
  const none = new Value('h', 3, { lock: false });
  w.sendSync({
    value,
    again: [value, new Map([[1, value]])],
    point,
    shared,
    text,
    wide,
    points,
    one: points[1],
    cell,
    rows,
    none,
    pos: point.pos,
  });
  const came = r.recvSync();
  assert.ok(came.value instanceof Value && came.shared instanceof SharedArray);
  assert.ok(came.value === came.again[0] && came.value === came.again[1].get(1));
  assert.equal(came.value.getLock(), value.getLock());
  came.value.value = 5;
  came.point.pos.a = 6n;
  came.point.tag = 'there';
  came.shared.set(1, 7);
  came.text.value = 'TEXT';
  came.wide.value = 'WIDE';
  came.points[0].x = 8;
  came.one.tag = 'one';
  came.cell.value = false;
  came.rows[1][0] = 9;
  assert.equal(came.pos.a, 6n);
  assert.deepEqual(
    [value.value, point.pos.a, point.tag, shared.get(1), text.value, wide.value],
    [5, 6n, 'there', 7, 'TEXT', 'WIDE'],
  );
  assert.deepEqual([points[0].x, points[1].tag, cell.value, rows[1][0]], [8, 'one', false, 9]);
  assert.throws(() => came.none.getLock(), TypeError);
  r.close();
  w.close();
});

test('types travel by what they say', () => {
  const [r, w] = Pipe<any>(false);
  const types = [Point, char(3), wchar(4), array('i', 2), array(array(Point, 2), 3), 'i', Int32Array];
  w.sendSync(types);
  const came = r.recvSync();
  assert.equal(came[0], Point);
  for (const [i, type] of came.entries()) {
    const [ours, theirs] = [RawArray(types[i] as any, 2), RawArray(type, 2)];
    assert.equal(String(theirs), String(ours));
  }
  r.close();
  w.close();
});

test('memory lives while an object is on its way, and comes back', () => {
  const queue = new Queue<Value<'i'>>();
  queue.putSync(new Value('i', 77));
  for (let i = 0; i < 100; i++) new Value('i');
  assert.equal(queue.getSync().value, 77);
  queue.close();
  assert.deepEqual(fsck(session()), []);
});

test('damaged descriptions are refused, and bytes alone carry no memory', () => {
  assert.throws(() => encode(new Value('i')), { name: 'SerializationError', message: /Pipe or a Queue/ });
  const context = { passengers: [] };
  const bytes = Buffer.from(encode(new Value(Point), context));
  let refused = 0;
  for (let i = 0; i < bytes.length; i++) {
    for (const flip of [1, 0x80, 0xff]) {
      const damaged = Buffer.from(bytes);
      damaged[i] ^= flip;
      try {
        decode(damaged);
      } catch (error) {
        assert.match((error as Error).name, /^(SerializationError|SharedMemoryError|FunctionReferenceError)$/);
        refused++;
      }
    }
  }
  assert.ok(refused > 20);
});
