/** Every type: what it holds, and what it refuses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SharedArray, Value } from 'multiproc';
import { array, char, RawArray, RawValue, struct, wchar } from 'multiproc/sharedctypes';

const bits = (n: number, signed: boolean): fc.Arbitrary<number> =>
  signed ? fc.integer({ min: -(2 ** (n - 1)), max: 2 ** (n - 1) - 1 }) : fc.maxSafeNat().map((x) => x % 2 ** n);
const s64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const float32 = fc.float();
const byte = fc.nat({ max: 255 }).map((code) => String.fromCharCode(code));
const character = fc.string({ unit: 'binary', minLength: 1, maxLength: 1 });

/** Names of a type, what it holds, its typed array, its limits. */
const types: [names: any[], values: fc.Arbitrary<any>, native: any, min?: number | bigint, max?: number | bigint][] = [
  [['b', 'int8', Int8Array], bits(8, true), Int8Array, -128, 127],
  [['B', 'uint8', Uint8Array], bits(8, false), Uint8Array, 0, 255],
  [[Uint8ClampedArray], bits(8, false), Uint8ClampedArray, 0, 255],
  [['h', 'int16', Int16Array], bits(16, true), Int16Array, -32768, 32767],
  [['H', 'uint16', Uint16Array], bits(16, false), Uint16Array, 0, 65535],
  [['i', 'int32', Int32Array], bits(32, true), Int32Array, -(2 ** 31), 2 ** 31 - 1],
  [['I', 'uint32', Uint32Array], bits(32, false), Uint32Array, 0, 2 ** 32 - 1],
  [['l', 'q', 'int64', BigInt64Array], s64, BigInt64Array, -(2n ** 63n), 2n ** 63n - 1n],
  [['L', 'Q', 'uint64', BigUint64Array], u64, BigUint64Array, 0n, 2n ** 64n - 1n],
  [['f', 'float32', Float32Array], float32, Float32Array],
  [['d', 'float64', Float64Array], fc.double(), Float64Array],
  [['c', 'char'], byte, Buffer],
  [['u', 'wchar'], character, undefined],
  [['?', 'bool'], fc.boolean(), undefined],
];

for (const [names, values, native, min, max] of types) {
  for (const name of names) {
    const shown = typeof name === 'string' ? `'${name}'` : name.name;

    test(`${shown} holds its values in every form`, () => {
      const value = new Value(name);
      const rawValue: any = RawValue(name);
      const shared = new SharedArray<any>(name, 3);
      const Struct = struct({ pad: 'b', field: name });
      const point: any = new Value(Struct);
      const zero = new Value(name).value;
      assert.equal(shared.get(1), zero, 'memory is zeroed');
      fc.assert(
        fc.property(values, (x: any) => {
          value.value = x;
          assert.equal(value.value, x);
          rawValue.value = x;
          assert.equal(rawValue.value, x);
          shared.set(1, x);
          assert.deepEqual(shared.slice(), [zero, x, zero]);
          assert.equal(shared.get(-2), x);
          point.field = x;
          assert.equal(point.field, x);
          assert.equal(point.pad, 0);
        }),
        { numRuns: 60 },
      );
    });

    test(`${shown} is made from its values`, () => {
      fc.assert(
        fc.property(fc.array(values, { maxLength: 20 }), (list: any[]) => {
          assert.deepEqual([...new SharedArray<any>(name, list)], list);
          assert.deepEqual(new SharedArray<any>(name, new Set(list)).slice(), [...new Set(list)]);
          const raw: any = RawArray(name, list);
          assert.equal(raw.length, list.length);
          if (native && native !== Buffer) assert.deepEqual(raw, new native(list), 'a real typed array');
          else if (native) assert.equal(Buffer.compare(raw, Buffer.from(list.join(''), 'latin1')), 0);
          else assert.deepEqual([...raw], list);
          for (const x of list) assert.equal(new Value<any>(name, x).value, x);
        }),
        { numRuns: 30 },
      );
    });

    if (min !== undefined && max !== undefined) {
      test(`${shown} takes its limits and nothing beyond`, () => {
        const one = typeof min === 'bigint' ? 1n : 1;
        const value = new Value<any>(name, max);
        const range = { name: 'RangeError', code: 'ERR_MULTIPROC_ARGUMENT', message: new RegExp(`${min} to ${max}`) };
        for (const bad of [(min as number) - (one as number), (max as number) + (one as number)]) {
          assert.throws(() => (value.value = bad), range);
          assert.throws(() => new Value<any>(name, bad), range);
          assert.throws(() => new SharedArray<any>(name, [bad]), range);
          assert.throws(() => RawArray(name, [bad]), range);
          assert.throws(() => new SharedArray<any>(name, 1).set(0, bad), range);
        }
        assert.equal(value.value, max);
        value.value = min;
        assert.equal(value.value, min);
        const wrong = { name: 'TypeError', code: 'ERR_MULTIPROC_ARGUMENT', message: /takes a (number|bigint), not/ };
        for (const bad of ['1', null, {}, true, typeof min === 'bigint' ? 1 : 1n])
          assert.throws(() => (value.value = bad), wrong);
        if (typeof min === 'number')
          for (const bad of [0.5, Number.NaN, Infinity])
            assert.throws(() => (value.value = bad), { ...range, message: /whole number/ });
        assert.equal(value.value, min);
      });
    }
  }
}

test('fixed text takes what fits, fills up with NUL, and reads up to the first', () => {
  const text = RawValue(struct({ before: 'b', tag: char(5), wide: wchar(3), after: 'b' }), { before: 1, after: 2 });
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 6 }), (x) => {
      if (Buffer.byteLength(x) > 5) assert.throws(() => (text.tag = x), { name: 'RangeError', message: /tag: .*5 bytes/ });
      else {
        text.tag = x;
        assert.equal(text.tag, x.split('\0')[0]);
      }
      if ([...x].length > 3) assert.throws(() => (text.wide = x), { name: 'RangeError', message: /wide: .*3 characters/ });
      else {
        text.wide = x;
        assert.equal(text.wide, x.split('\0')[0]);
      }
      assert.deepEqual([text.before, text.after], [1, 2]);
    }),
  );
});

test('bool, char, wchar and floats refuse what is of another type', () => {
  const wrong: [any, any, string][] = [
    ['?', 1, 'TypeError'],
    ['?', undefined, 'ok'],
    ['c', 1, 'TypeError'],
    ['c', 'ab', 'RangeError'],
    ['c', '€', 'RangeError'],
    ['c', '', 'RangeError'],
    ['c', Buffer.from('x'), 'ok'],
    ['c', Buffer.from('xy'), 'RangeError'],
    ['u', 1, 'TypeError'],
    ['u', 'ab', 'RangeError'],
    ['u', '', 'RangeError'],
    ['d', '1', 'TypeError'],
    ['f', 1n, 'TypeError'],
  ];
  for (const [type, value, name] of wrong) {
    if (name === 'ok') new Value(type, value);
    else assert.throws(() => new Value(type, value), { name, code: 'ERR_MULTIPROC_ARGUMENT' });
  }
});

test('what is no type is an error that lists the types', () => {
  for (const bad of ['z', '', 'int', 'uint8clamped2', 5, null, undefined, {}, String, class {}, []])
    for (const make of [
      () => new Value(bad as any),
      () => RawArray(bad as any, 3),
      () => array(bad as any, 3),
      () => struct({ x: bad as any }),
    ])
      assert.throws(make, {
        name: 'TypeError',
        code: 'ERR_MULTIPROC_ARGUMENT',
        message: /unknown type .*'b' 'B'.*'float64'.*struct\(\)/,
      });
  assert.throws(() => new Value('z' as any), { message: /'z'/ });
});
