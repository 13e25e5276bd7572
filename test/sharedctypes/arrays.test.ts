import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { Lock, SharedArray } from 'multiproc';
import { array, char, copy, RawArray, RawValue, raw, struct, synchronized } from 'multiproc/sharedctypes';
import { session } from '#dist/memory/session.js';
import { forgetSharedBuffer, referenceOfBuffer } from '#dist/memory/shared_buffer.js';

const used = (): number => session().heap.stats().reserved - session().heap.stats().free;
const ARGUMENT = 'ERR_MULTIPROC_ARGUMENT';
const Point = struct({ x: 'd', tag: char(4), flags: array('?', 3), grid: array(array('h', 2), 2) });

test('RawArray is a typed array that Atomics take', () => {
  const words = RawArray('i', 9);
  assert.ok(words instanceof Int32Array && words.length === 9 && words.every((word) => word === 0));
  assert.equal(words.buffer.byteLength, 36);
  assert.equal(Atomics.add(words, 3, 5), 0);
  assert.equal(Atomics.add(RawArray('q', [1n]), 0, 5n), 1n);
  assert.deepEqual(RawArray(Float32Array, [1, 2]), Float32Array.of(1, 2));
  assert.deepEqual(RawArray('d', Float64Array.of(1, 2)), Float64Array.of(1, 2));
  assert.deepEqual(RawArray('d', Int8Array.of(1, 2)), Float64Array.of(1, 2));
  assert.deepEqual(RawArray('h', { length: 2, 0: 5, 1: 6 }), Int16Array.of(5, 6));
  assert.equal(RawArray('i', 0).length, 0);
  assert.equal(RawArray('i', []).length, 0);
});

test('get, set, slice, fill and iteration are those of an array', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer(), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: -10, max: 10 }),
      fc.integer({ min: -10, max: 10 }),
      (list, i, j) => {
        const shared = new SharedArray('i', list);
        assert.deepEqual([...shared], list);
        assert.deepEqual(shared.slice(i, j), list.slice(i, j));
        assert.deepEqual(shared.slice(i), list.slice(i));
        if (list.at(i) === undefined) {
          const text = new RegExp(`index ${i} is out of range.*it has ${list.length}`);
          assert.throws(() => shared.get(i), { name: 'RangeError', code: ARGUMENT, message: text });
          assert.throws(() => shared.set(i, 1), { name: 'RangeError', code: ARGUMENT, message: text });
        } else assert.equal(shared.get(i), list.at(i));
        shared.fill(7, i, j);
        assert.deepEqual(shared.slice(), list.slice().fill(7, i, j));
      },
    ),
  );
  const shared = new SharedArray('i', 2);
  for (const bad of [0.5, Number.NaN, Infinity]) assert.throws(() => shared.get(bad), { name: 'RangeError', code: ARGUMENT });
  for (const bad of ['0', null, undefined, 0n])
    assert.throws(() => shared.get(bad as never), { name: 'TypeError', code: ARGUMENT });
  assert.throws(() => new SharedArray('i', 0).get(0), { name: 'RangeError', message: /no elements/ });
});

test('several elements are set at once, all or none', () => {
  const shared = new SharedArray('i', [1, 2, 3, 4, 5]);
  shared.set([8, 9], 1);
  shared.set(new SharedArray('i', [7]));
  assert.deepEqual(shared.slice(), [7, 8, 9, 4, 5]);
  shared.set(shared.getObj().subarray(0, 4), 1);
  assert.deepEqual(shared.slice(), [7, 7, 8, 9, 4]);
  assert.throws(() => shared.set([1, 2], 4), { name: 'RangeError', code: ARGUMENT, message: /2 elements from index 4/ });
  assert.throws(() => shared.set([1], -1), { name: 'RangeError' });
  assert.throws(() => shared.set([1, 2 ** 40]), { name: 'RangeError', message: /^\[1\]: / });
  assert.throws(() => shared.set('12' as never), {
    name: 'TypeError',
    code: ARGUMENT,
    message: /\.set takes an index and a value/,
  });
  assert.deepEqual(shared.slice(), [7, 7, 8, 9, 4]);
  const bytes = new SharedArray('c', 4);
  bytes.set('ab');
  bytes.set(Buffer.from('z'), 1);
  assert.equal(bytes.value, 'az');
});

test('sizes and initial elements that make no array are refused', () => {
  for (const make of [(init: any) => new SharedArray('i', init), (init: any) => RawArray('i', init)]) {
    for (const size of [-1, 0.5, Number.NaN, Infinity, 2 ** 53])
      assert.throws(() => make(size), { name: 'RangeError', code: ARGUMENT, message: /whole number of elements/ });
    for (const init of [3n, null, undefined, '123', true, {}, new DataView(new ArrayBuffer(4))])
      assert.throws(() => make(init), { name: 'TypeError', code: ARGUMENT, message: /size or the initial elements/ });
    assert.throws(() => make([1, 'x']), { name: 'TypeError', code: ARGUMENT, message: /^\[1\]: / });
  }
  assert.throws(() => RawArray('d', 2 ** 40), { name: 'SharedMemoryError' });
});

test('bytes have a value and raw bytes', () => {
  for (const text of [new SharedArray('c', 'hello'), RawArray('c', 'hello')]) {
    assert.equal(text.value, 'hello');
    text.value = 'hé';
    assert.equal(text.value, 'hé');
    assert.deepEqual(text.raw, Buffer.from('hé\0\0'));
    text.raw = Buffer.from([0xff, 0]);
    assert.equal(text.raw[0], 0xff);
    text.raw[1] = 0x41;
    assert.equal(text.raw.toString('latin1', 0, 2), 'ÿA');
    assert.throws(() => (text.value = 'too long'), { name: 'RangeError', code: ARGUMENT });
    assert.throws(() => (text.raw = Buffer.alloc(6)), { name: 'RangeError', code: ARGUMENT });
    assert.throws(() => (text.raw = 'x' as never), { name: 'TypeError', code: ARGUMENT });
  }
  const buffer = RawArray('c', Buffer.from([1, 2, 3]));
  assert.ok(Buffer.isBuffer(buffer));
  assert.deepEqual(buffer.subarray(1), Buffer.from([2, 3]));
  assert.deepEqual([...buffer.map((byte) => byte * 2)], [2, 4, 6]);
  assert.equal(new SharedArray('c', ['é']).raw[0], 0xe9);
  for (const member of ['value', 'raw'] as const)
    assert.throws(() => new SharedArray('i', 3)[member], { name: 'TypeError', code: ARGUMENT, message: /only arrays of 'c'/ });
});

test('wide characters are elements and a text', () => {
  const wide = RawArray('u', 'a€😀');
  assert.deepEqual([wide.length, wide[1], wide.get(2), wide.value], [3, '€', '😀', 'a€😀']);
  wide[1] = 'b';
  assert.equal(wide.value, 'ab😀');
  wide.value = 'x';
  assert.deepEqual([...wide], ['x', '\0', '\0']);
  const shared = new SharedArray('u', 'abc');
  shared.value = 'z';
  assert.deepEqual([shared.value, shared.get(1)], ['z', '\0']);
  assert.throws(() => (wide.value = 'four'), { name: 'RangeError', code: ARGUMENT });
  raw(wide).fill(0xff);
  assert.equal(wide[0], '\ufffd');
});

test('structures, texts and arrays as elements', () => {
  const points = RawArray(Point, 3);
  points[1].x = 5;
  points[1].flags[2] = true;
  points[1].grid[1][0] = 7;
  points[2] = { x: 9, tag: 'last', flags: [true], grid: [] } as never;
  assert.equal(points[1], points.get(1));
  assert.deepEqual(
    [points[1].x, points[1].flags[2], points[1].grid[1][0], points[2].tag, points[2].flags[0]],
    [5, true, 7, 'last', true],
  );
  assert.deepEqual([points[3], points[-1 as number], points.at(-1)?.x, points.get(-1).x], [undefined, undefined, 9, 9]);
  assert.deepEqual(
    points.slice(1).map(({ x }) => x),
    [5, 9],
  );
  assert.throws(() => (points[3] = points[0]), { name: 'RangeError', code: ARGUMENT, message: /index 3/ });
  assert.throws(() => (points[-1] = points[0]), { name: 'RangeError', code: ARGUMENT });
  assert.throws(() => points.get('0' as never), { name: 'TypeError', code: ARGUMENT });
  const shared = new SharedArray(Point, [{ x: 1 }, { tag: 'b' }]);
  shared.get(0).x += 1;
  shared.set(1, { x: 4 });
  assert.deepEqual([shared.get(0).x, shared.get(1).x, shared.get(1).tag], [2, 4, '']);
  assert.equal(shared.getObj()[0], shared.get(0));
  const rows = RawArray(array('i', 3), [[1, 2, 3], [4]]);
  assert.deepEqual([...rows], [Int32Array.of(1, 2, 3), Int32Array.of(4, 0, 0)]);
  const names = RawArray(char(4), ['ab', 'cd']);
  names[0] = 'xy';
  assert.deepEqual(names.slice(), ['xy', 'cd']);
  const flags = RawArray('?', [true, false]).fill(true);
  assert.deepEqual([...flags], [true, true]);
  assert.equal(RawValue(array(array('b', 2), 2))[1].length, 2);
});

test('copies and locks', () => {
  const shared = new SharedArray('d', [1, 2]);
  const twin = copy(shared);
  twin.set(0, 5);
  assert.deepEqual([shared.get(0), twin.get(0), twin.get(1)], [1, 5, 2]);
  assert.notEqual(shared.getLock(), twin.getLock());
  const native = RawArray('h', [1, 2, 3, 4]);
  const half = synchronized(native.subarray(2), new Lock());
  half.set(0, 9);
  assert.deepEqual([...native, half.length], [1, 2, 9, 4, 2]);
  assert.deepEqual(copy(native.subarray(1, 3)), Int16Array.of(2, 9));
  assert.ok(referenceOfBuffer(copy(Int32Array.of(1, 2)).buffer), 'copies are shared memory, whatever is copied');
  assert.equal(copy(RawArray('c', 'abc')).value, 'abc');
  assert.equal(copy(RawArray('u', 'abc')).value, 'abc');
  assert.equal(synchronized(RawArray('u', 'abc')).value, 'abc');
  assert.equal(synchronized(RawArray(Point, [{ x: 3 }])).get(0).x, 3);
  const lock = new Lock();
  assert.equal(new SharedArray('i', 3, { lock }).getLock(), lock);
  assert.throws(() => new SharedArray('i', 3, { lock: false }).getLock(), TypeError);
});

test('memory is zeroed also when it was used before', () => {
  for (let round = 0; round < 20; round++) {
    const words = RawArray('i', 1000);
    assert.ok(words.every((word) => word === 0));
    words.fill(-1);
    forgetSharedBuffer(words.buffer as ArrayBuffer);
  }
  const before = used();
  assert.throws(() => RawArray('i', Array.from({ length: 1000 }, (_, i) => (i === 999 ? 'x' : i)) as never), TypeError);
  assert.equal(used(), before, 'what was refused holds no memory');
});

test('text forms', () => {
  assert.equal(String(new SharedArray('i', 3)), '<SynchronizedArray wrapper for c_int_Array_3>');
  assert.equal(inspect(new SharedArray('i', [1, 2])), '<SynchronizedArray wrapper for c_int_Array_2 [ 1, 2 ]>');
  assert.equal(inspect(RawArray('?', 2)), 'c_bool_Array_2 [ false, false ]');
  assert.equal(JSON.stringify(new SharedArray('i', [1, 2])), '[1,2]');
  assert.match(inspect(RawArray('c', 'ab')), /^<Buffer 61 62/);
});
