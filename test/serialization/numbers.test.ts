/** Arrays of numbers, which stand in runs. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { decode, encode } from '#dist/serialization/codec.js';

const numbers = fc.oneof(
  fc.integer({ min: -128, max: 127 }),
  fc.integer({ min: -0x8000, max: 0x7fff }),
  fc.integer(),
  fc.double(),
  fc.constantFrom(-0, Number.NaN, 2 ** 31, -(2 ** 31), 127, 128, -128, -129, 32767, 32768, -32768, -32769),
);
const others = fc.oneof(fc.bigInt(), fc.string(), fc.constantFrom(undefined, null, '7', true, Symbol.iterator));
/** So many numbers of one kind, and then perhaps something else. */
const stretch = fc.tuple(
  fc.oneof(fc.integer({ min: 0, max: 60 }), fc.constantFrom(23, 24, 25, 4095, 4096, 4097, 8200)),
  fc.oneof(
    numbers.map((value) => [value]),
    fc.array(numbers, { minLength: 1, maxLength: 50 }),
  ),
  fc.option(others, { nil: 'no more' }),
);

function arrayOf(stretches: readonly [number, number[], unknown][]): unknown[] {
  return stretches.flatMap(([length, values, other]) => [
    ...Array.from({ length }, (_, i) => values[i % values.length]),
    ...(other === 'no more' || typeof other === 'symbol' ? [] : [other]),
  ]);
}

it('come back as they were, with anything between them', () => {
  fc.assert(
    fc.property(fc.array(stretch, { maxLength: 6, size: 'max' }), (stretches) => {
      const array = arrayOf(stretches);
      assert.deepEqual(decode(encode(array)), array);
    }),
    { numRuns: 300 },
  );
});

it('take no more bytes than they need', () => {
  const bytes = (value: number): number => encode(new Array(1000).fill(value)).length / 1000;
  assert.deepEqual(
    [7, -300, 70_000, 0.5].map((value) => Math.floor(bytes(value))),
    [1, 2, 4, 8],
  );
});

it('holes among them stay holes', () => {
  const array = Array.from({ length: 200 }, (_, i) => i * 1000);
  for (const i of [0, 30, 31, 199]) delete array[i];
  const copy = decode(encode(array)) as number[];
  assert.deepEqual(copy, array);
  assert.deepEqual(
    [0, 1, 30, 31, 32].map((i) => i in copy),
    [false, true, false, false, true],
  );
});

it('a getter among them may send something itself', () => {
  const array: unknown[] = Array.from({ length: 100 }, (_, i) => i);
  const inner = new Array(50).fill(0.25);
  let sent: unknown;
  const get = (): number => {
    sent = decode(encode(inner));
    return 77;
  };
  Object.defineProperty(array, 40, { get, enumerable: true, configurable: true });
  const expected = Array.from({ length: 100 }, (_, i) => (i === 40 ? 77 : i));
  assert.deepEqual(decode(encode(array)), expected);
  assert.deepEqual(sent, inner);
  const proxy = new Proxy(
    Array.from({ length: 100 }, (_, i) => i),
    {
      get: (target, key) => (key === '40' ? get() : Reflect.get(target, key)),
    },
  );
  assert.deepEqual(decode(encode(proxy)), expected);
});
