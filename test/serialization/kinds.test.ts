import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runInNewContext } from 'node:vm';
import { roundTrip } from './support.ts';

/** One of every kind of value, compared with structuredClone (or with itself where ours is the better copy). */

const HOLE = Symbol('hole');
const V_FLAG = ['v'].join('');

function withHoles(...items: unknown[]): unknown[] {
  const array: unknown[] = new Array(items.length);
  for (const [i, item] of items.entries()) if (item !== HOLE) array[i] = item;
  return array;
}

const cyclic: Record<string, unknown> = { a: 1 };
cyclic.self = cyclic;
const cyclicArray: unknown[] = [1];
cyclicArray.push(cyclicArray);
const cyclicMap = new Map<unknown, unknown>();
cyclicMap.set('self', cyclicMap).set(cyclicMap, 1);
const cyclicSet = new Set<unknown>();
cyclicSet.add(cyclicSet);
const shared = { x: 1 };
const sparse: unknown[] = [];
sparse[5] = 'five';
sparse[700] = 'seven hundred';
const huge: unknown[] = [];
huge.length = 4e9;
huge[3_999_999_999] = 'last';
huge[7] = 'seven';
const withExtra = Object.assign([1, 2], { extra: 'x', '-1': 'minus', '1.5': 'half' });
const deleting = {
  get a() {
    delete (this as { b?: number }).b;
    return 1;
  },
  b: 2,
  c: 3,
};

const sameAsClone: Record<string, () => unknown> = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  false: () => false,
  zero: () => 0,
  'minus zero': () => -0,
  NaN: () => NaN,
  Infinity: () => Infinity,
  '-Infinity': () => -Infinity,
  'largest double': () => Number.MAX_VALUE,
  'smallest double': () => Number.MIN_VALUE,
  'max safe integer': () => Number.MAX_SAFE_INTEGER,
  'min safe integer': () => Number.MIN_SAFE_INTEGER,
  ...Object.fromEntries(
    [
      1,
      -1,
      127,
      128,
      -128,
      -129,
      255,
      256,
      32767,
      32768,
      -32768,
      -32769,
      65535,
      65536,
      2 ** 31 - 1,
      2 ** 31,
      -(2 ** 31),
      2 ** 32,
      2 ** 53,
      0.5,
    ].map((n) => [`number ${n}`, () => n]),
  ),
  ...Object.fromEntries(
    [
      0n,
      1n,
      -1n,
      2n ** 63n - 1n,
      2n ** 63n,
      -(2n ** 63n),
      -(2n ** 63n) - 1n,
      2n ** 64n,
      -(2n ** 64n),
      2n ** 1000n,
      -(3n ** 2000n),
    ].map((n, i) => [`bigint ${i}`, () => n]),
  ),
  'empty string': () => '',
  ...Object.fromEntries(
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 19, 20, 21, 63, 64, 65, 127, 128, 1000, 70000].flatMap((n) => [
      [`${n} ASCII characters`, () => 'abcdefghij'.repeat(n).slice(0, n)],
      [`${n} Latin-1 characters`, () => 'ÿé\0a'.repeat(n).slice(0, n)],
      [`${n} other characters`, () => 'ж𝒳漢a'.repeat(n).slice(0, n)],
    ]),
  ),
  'a two-byte string of Latin-1 characters': () => `ж${'a'.repeat(50)}`.slice(1),
  'a rope': () => ['a', 'b'].reduce((rope, part) => rope + part.repeat(100), ''),
  'lone surrogates': () => '\ud800 a \udc00\ud83d',
  'a long lone surrogate': () => `${'x'.repeat(100)}\ud800`,
  'empty object': () => ({}),
  'plain object': () => ({ a: 1, b: 'two', c: null, d: undefined, e: { f: [] } }),
  'null prototype': () => Object.assign(Object.create(null), { a: 1 }),
  'prototype without class': () => Object.assign(Object.create({ inherited: 1 }), { own: 2 }),
  'odd keys': () => ({
    '': 1,
    ' ': 2,
    ключ: 3,
    [`k${'x'.repeat(100)}`]: 4,
    '0': 5,
    '10': 6,
    '-1': 7,
    constructor: 8,
    toString: 9,
  }),
  'own __proto__': () => JSON.parse('{"__proto__": {"polluted": true}, "a": 1}'),
  'own __proto__ twice': () => [JSON.parse('{"__proto__": 1}'), JSON.parse('{"__proto__": 2}')],
  'hidden properties': () => Object.defineProperty({ a: 1 }, 'b', { value: 2, enumerable: false }),
  'symbol properties': () => ({ a: 1, [Symbol('s')]: 2 }),
  getters: () => ({
    get a() {
      return 5;
    },
  }),
  'a getter that deletes': () => Object.create(null, Object.getOwnPropertyDescriptors(deleting)),
  '300 keys': () => Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, i])),
  'records of one shape': () => Array.from({ length: 40 }, (_, i) => ({ id: i, name: `n${i}`, at: { x: i, y: -i } })),
  'records of alternating shapes': () => [{ a: 1 }, { b: 1 }, { a: 2 }, { b: 2, c: 3 }, { b: 2 }, { c: 1, b: 2 }],
  'a frozen object': () => Object.freeze({ a: 1 }),
  'empty array': () => [],
  'array of all': () => [1, 'a', null, undefined, true, 2n, -0, 1.5],
  'one hole': () => withHoles(1, HOLE, 3),
  'holes at both ends': () => withHoles(HOLE, 1, HOLE, HOLE),
  'only holes': () => new Array(5),
  '100 holes': () => new Array(100),
  'undefined and hole': () => withHoles(undefined, HOLE, undefined),
  'sparse array': () => sparse,
  'array with properties': () => withExtra,
  'long array with properties': () => Object.assign(new Array(200).fill(7), { extra: 'x' }),
  'long array with a hole and properties': () => Object.assign(withHoles(...new Array(200).fill(7), HOLE, 8), { extra: 'x' }),
  'hole count equal to property count': () => Object.assign(withHoles(1, HOLE, 3), { x: 1 }),
  'match result': () => /b(?<n>c)/.exec('abcd'),
  '1000 ints': () => Array.from({ length: 1000 }, (_, i) => i * 1000 - 500_000),
  '1000 doubles': () => Array.from({ length: 1000 }, (_, i) => i / 3),
  '1000 strings': () => Array.from({ length: 1000 }, (_, i) => `s${i}`),
  'nested arrays': () => [[[[[]]]], [[1], [2]]],
  cycle: () => cyclic,
  'array cycle': () => cyclicArray,
  'Map cycle': () => cyclicMap,
  'Set cycle': () => cyclicSet,
  'shared reference': () => ({ a: shared, b: shared, c: [shared] }),
  'many objects, shared': () => {
    const many = Array.from({ length: 50 }, (_, i) => ({ i }));
    return [...many, ...many];
  },
  Map: () =>
    new Map<unknown, unknown>([
      [1, 'a'],
      ['b', { c: 1 }],
      [null, undefined],
      [NaN, 0],
      [{ k: 1 }, new Map()],
    ]),
  Set: () => new Set<unknown>([1, 'a', NaN, null, undefined, { a: 1 }, new Set([1])]),
  'empty Map and Set': () => [new Map(), new Set()],
  'Map with own property': () => Object.assign(new Map([[1, 2]]), { lost: 1 }),
  Date: () => new Date('2024-02-29T12:34:56.789Z'),
  'Date before 1970': () => new Date(-1e15),
  RegExp: () => /a\/[b"]+/gimsuy,
  'RegExp with indices and sets': () => [/a/d, new RegExp('[\\p{L}--[a-z]]', V_FLAG)],
  'RegExp, empty': () => /(?:)/,
  'RegExp, lastIndex': () => Object.assign(/a/g, { lastIndex: 5 }),
  'boxed primitives': () => [
    Object(1),
    Object(-0),
    Object('abc'),
    Object(''),
    Object(true),
    Object(false),
    Object(10n),
    Object(2n ** 100n),
  ],
  ArrayBuffer: () => new Uint8Array([1, 2, 3]).buffer,
  'empty ArrayBuffer': () => new ArrayBuffer(0),
  ...Object.fromEntries(
    [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array].map(
      (c) => [c.name, () => c.from([1, 2, 250])],
    ),
  ),
  BigInt64Array: () => BigInt64Array.from([1n, -5n, 2n ** 60n]),
  BigUint64Array: () => BigUint64Array.from([1n, 2n ** 63n]),
  'empty typed array': () => new Float64Array(0),
  DataView: () => new DataView(new Uint8Array([1, 2, 3, 4]).buffer),
  'DataView at an offset': () => new DataView(new Uint8Array([1, 2, 3, 4, 5]).buffer, 1, 3),
  'typed array at an offset': () => new Int32Array(Int32Array.from([1, 2, 3, 4]).buffer, 4, 2),
  'Object.create(Map.prototype)': () => Object.create(Map.prototype),
  'Object.create(Array.prototype)': () => Object.assign(Object.create(Array.prototype), { 0: 1 }),
  'Object.create(Error.prototype)-free Math': () => Math,
};

describe('kinds that structuredClone has', () => {
  for (const [name, make] of Object.entries(sameAsClone))
    it(name, () => {
      const copy = roundTrip(make());
      const clone = structuredClone(make());
      assert.deepStrictEqual(copy, clone);
      assert.ok(Object.is(Object.getPrototypeOf(Object(copy)), Object.getPrototypeOf(Object(clone))));
      if (typeof copy !== 'object' || copy === null) assert.ok(Object.is(copy, clone));
    });
});

describe('identity', () => {
  it('keeps shared references shared', () => {
    const { a, b, c } = roundTrip({ a: shared, b: shared, c: [shared] });
    assert.equal(a, b);
    assert.equal(a, c[0]);
  });
  it('keeps many shared references shared', () => {
    const many = Array.from({ length: 50 }, (_, i) => ({ i }));
    const copy = roundTrip([...many, ...many]);
    for (let i = 0; i < 50; i++) assert.equal(copy[i], copy[i + 50]);
  });
  it('keeps cycles through every container', () => {
    const map = roundTrip(cyclicMap);
    assert.equal(map.get('self'), map);
    assert.ok(roundTrip(cyclicSet).has([...roundTrip(cyclicSet)][0]) === false);
    const set = roundTrip(cyclicSet);
    assert.ok(set.has(set));
    const error: Error & { self?: unknown } = new Error('x');
    error.self = error;
    error.cause = [error];
    const copy = roundTrip(error);
    assert.equal(copy.self, copy);
    assert.equal((copy.cause as unknown[])[0], copy);
  });
  it('keeps dates, expressions and boxes shared', () => {
    const date = new Date(0);
    const expression = /x/;
    const box = Object('b');
    const copy = roundTrip([date, expression, box, date, expression, box]);
    for (let i = 0; i < 3; i++) assert.equal(copy[i], copy[i + 3]);
  });
  it('keeps two views on one buffer', () => {
    const buffer = new ArrayBuffer(16);
    const [bytes, words, view, whole] = roundTrip([
      new Uint8Array(buffer, 4, 8),
      new Uint32Array(buffer),
      new DataView(buffer, 2),
      buffer,
    ] as const);
    assert.equal(bytes.buffer, whole);
    assert.equal(words.buffer, whole);
    assert.equal(view.buffer, whole);
    words[1] = 0x01020304;
    assert.equal(bytes[0] + bytes[3], 5);
    assert.deepEqual([bytes.byteOffset, bytes.length, view.byteOffset, view.byteLength], [4, 8, 2, 14]);
  });
});

describe('arrays of great length', () => {
  it('costs what it has, not what it could have', () => {
    const before = process.memoryUsage().rss;
    // By way of a greater length, so that V8 makes a dictionary.
    const empty = (length: number) => Object.assign(Object.assign([], { length: 4e9 }), { length });
    const copy = roundTrip([huge, ...Array.from({ length: 20 }, () => empty(30_000_000))]) as any[];
    assert.equal(copy[0].length, 4e9);
    assert.deepEqual(Object.keys(copy[0]), ['7', '3999999999']);
    assert.equal(copy[0][3_999_999_999], 'last');
    assert.equal(copy[1].length, 30_000_000);
    assert.ok(process.memoryUsage().rss - before < 100e6);
  });
  it('keeps dense arrays packed and usable', () => {
    const copy = roundTrip([1, 2, 3]);
    copy.push(4);
    assert.deepEqual(copy, [1, 2, 3, 4]);
  });
});

describe('buffers', () => {
  it('Buffer stays Buffer and leaves its pool', () => {
    const copy = roundTrip({ a: Buffer.from('hello'), b: Buffer.alloc(0), c: Buffer.alloc(100_000, 'x') });
    assert.ok(Buffer.isBuffer(copy.a));
    assert.equal(copy.a.toString(), 'hello');
    assert.equal(copy.b.length, 0);
    assert.ok(copy.c.equals(Buffer.alloc(100_000, 'x')));
  });
  it('a Buffer is not a view of the message', () => {
    const big = roundTrip(Buffer.alloc(1 << 20, 7));
    roundTrip(Buffer.alloc(1 << 20, 8));
    assert.ok(big.every((byte) => byte === 7));
  });
  it('resizable buffers stay resizable', () => {
    const buffer = new ArrayBuffer(8, { maxByteLength: 64 });
    new Uint8Array(buffer).set([1, 2, 3, 4, 5, 6, 7, 8]);
    const [copy, tracking, fixed, odd] = roundTrip([
      buffer,
      new Uint8Array(buffer),
      new Uint8Array(buffer, 0, 8),
      new Uint32Array(buffer, 4),
    ] as const);
    assert.ok(copy.resizable);
    assert.equal(copy.maxByteLength, 64);
    copy.resize(16);
    assert.deepEqual([tracking.length, fixed.length, odd.length], [16, 8, 3]);
    assert.deepEqual([...fixed], [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.deepEqual([...new Uint8Array(buffer)], [1, 2, 3, 4, 5, 6, 7, 8]);
  });
  it('resizable buffers at their maximum keep content and kinds of views', () => {
    const buffer = new ArrayBuffer(8, { maxByteLength: 8 });
    new Uint8Array(buffer).set([1, 2, 3, 4, 5, 6, 7, 8]);
    const [copy, tracking, fixed, view] = roundTrip([
      buffer,
      new Uint8Array(buffer, 2),
      new Uint8Array(buffer, 2, 6),
      new DataView(buffer),
    ] as const);
    assert.deepEqual([...new Uint8Array(buffer)], [1, 2, 3, 4, 5, 6, 7, 8]);
    copy.resize(4);
    assert.deepEqual([tracking.length, fixed.length, view.byteLength], [2, 0, 4]);
  });
  it('Float16Array where there is one', { skip: !('Float16Array' in globalThis) && 'this Node has no Float16Array' }, () => {
    const Half = (globalThis as any).Float16Array;
    assert.deepEqual(roundTrip(Half.from([1, 2.5])), Half.from([1, 2.5]));
  });
});

describe('values of another realm', () => {
  it('arrive as values of this one', () => {
    const foreign = runInNewContext(
      '({ object: { a: 1 }, array: [1, 2], map: new Map([[1, 2]]), set: new Set([1]), date: new Date(5), expression: /x/g, error: new RangeError("r"), bytes: new Uint8Array([1]), box: Object(1) })',
    );
    const copy = roundTrip(foreign);
    assert.equal(Object.getPrototypeOf(copy), Object.prototype);
    assert.deepStrictEqual(copy.object, { a: 1 });
    assert.deepStrictEqual(copy.array, [1, 2]);
    assert.deepStrictEqual(copy.map, new Map([[1, 2]]));
    assert.deepStrictEqual(copy.set, new Set([1]));
    assert.deepStrictEqual(copy.date, new Date(5));
    assert.deepStrictEqual(copy.expression, /x/g);
    assert.ok(copy.error instanceof RangeError);
    assert.deepStrictEqual(copy.bytes, new Uint8Array([1]));
    assert.deepStrictEqual(copy.box, Object(1));
  });
});

describe('other kinds', () => {
  it('an invalid Date', () => assert.ok(Number.isNaN(roundTrip(new Date(NaN)).getTime())));
  it('a URL', () => assert.equal(roundTrip(new URL('https://example.org/a?b#c')).href, 'https://example.org/a?b#c'));
  it('a transparent Proxy is read through', () => {
    assert.deepStrictEqual(roundTrip(new Proxy({ a: 1 }, {})), { a: 1 });
    assert.deepStrictEqual(roundTrip(new Proxy([1, 2], {})), [1, 2]);
    assert.deepStrictEqual(roundTrip(new Proxy(new Array(100).fill(1), {})), new Array(100).fill(1));
  });
  it('a string of 20 million characters', () => {
    const text = 'long ж'.repeat(2_000_000);
    assert.ok(roundTrip(text) === text);
    const latin = 'longer'.repeat(3_000_000);
    assert.ok(roundTrip(latin) === latin);
  });
});
