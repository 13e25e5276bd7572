/** Wrong arguments, and memory that is not what it should be. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShareableList, SharedMemory } from 'multiproc/shared-memory';
import { testName } from './support.js';

const argumentError = (name: string, message: RegExp): object => ({ name, code: 'ERR_MULTIPROC_ARGUMENT', message });

test('names', () => {
  const uses: ((name: never) => unknown)[] = [
    (name) => SharedMemory.create({ name, size: 8 }),
    (name) => SharedMemory.attach(name),
    (name) => ShareableList.create([1], { name }),
    (name) => ShareableList.attach(name),
  ];
  for (const use of uses) {
    for (const name of ['', '.', '..', '/x', 'a/b', 'a\0', 'x'.repeat(256), 'é'.repeat(128), '\ud800'])
      assert.throws(
        () => use(name as never),
        argumentError('RangeError', /^SharedMemory\.(create|attach): "/),
        JSON.stringify(name),
      );
    for (const name of [null, 5, {}, Symbol('x')])
      assert.throws(() => use(name as never), argumentError('TypeError', /the name must be a string, not/));
  }
  assert.throws(() => SharedMemory.attach(undefined as never), argumentError('TypeError', /not undefined/));
});

test('names that are unusual, and fine', () => {
  for (const name of [
    'multiproc-test with space',
    `multiproc-test-${'x'.repeat(240)}`,
    'multiproc-test-é\n"\\',
    `multiproc-test-...`,
  ]) {
    const shm = SharedMemory.create({ name, size: 8 });
    shm.buf[0] = 5;
    assert.equal(SharedMemory.attach(name).buf[0], 5);
    shm.unlink();
    assert.throws(() => SharedMemory.attach(name), { name: 'SharedMemoryNotFoundError' });
  }
});

test('options and constructors', () => {
  for (const options of [undefined, null, 5, 'name'])
    assert.throws(
      () => SharedMemory.create(options as never),
      argumentError('TypeError', /write SharedMemory\.create\(\{ size: 1024 \}\)/),
    );
  for (const size of ['8', 8n, null, {}])
    assert.throws(() => SharedMemory.create({ size } as never), argumentError('TypeError', /size must be a number of bytes/));
  assert.throws(
    () => Reflect.construct(SharedMemory as never, []),
    argumentError('TypeError', /SharedMemory\.create\(\{ size \}\) or SharedMemory\.attach/),
  );
  assert.throws(
    () => Reflect.construct(ShareableList as never, []),
    argumentError('TypeError', /ShareableList\.create\(values\) or ShareableList\.attach/),
  );
  for (const values of [null, 5, {}, () => {}])
    assert.throws(() => ShareableList.create(values as never), argumentError('TypeError', /must be iterable/));
  for (const options of [null, 5, 'name'])
    assert.throws(
      () => ShareableList.create([1], options as never),
      argumentError('TypeError', /second argument must be an object/),
    );
});

test('values and indexes of a list', () => {
  const wrong: [unknown, string, RegExp][] = [
    [undefined, 'TypeError', /not undefined/],
    [{}, 'TypeError', /not Object/],
    [Object.create(null), 'TypeError', /not an object/],
    [[1], 'TypeError', /not Array/],
    [new Float64Array(2), 'TypeError', /not Float64Array/],
    [new ArrayBuffer(2), 'TypeError', /not ArrayBuffer/],
    [() => {}, 'TypeError', /not function/],
    [Symbol('x'), 'TypeError', /not symbol/],
    [2n ** 63n, 'RangeError', /9223372036854775808n does not fit 64 bits/],
    [-(2n ** 63n) - 1n, 'RangeError', /does not fit 64 bits/],
    ['\ud800', 'RangeError', /half of a surrogate pair/],
  ];
  const list = ShareableList.create(['12345678901', 5]);
  for (const [value, name, message] of wrong) {
    assert.throws(() => ShareableList.create([value as never]), argumentError(name, message));
    assert.throws(() => list.set(0, value as never), argumentError(name, message));
  }
  for (const index of [2, -3, 0.5, Number.NaN, Infinity, -Infinity])
    assert.throws(() => list.get(index), argumentError('RangeError', /in a list of 2/), String(index));
  for (const index of ['0', undefined, null, 0n])
    assert.throws(() => list.get(index as never), argumentError('TypeError', /the index must be a number/));
  assert.deepEqual(list.toArray(), ['12345678901', 5]);
  list.shm.unlink();
  assert.throws(
    () => ShareableList.create([Buffer.alloc(9_999_992)]),
    argumentError('RangeError', /item 0 has 9999992 bytes; 9999991 are allowed/),
  );
});

test('memory that holds no list', () => {
  const shm = SharedMemory.create({ name: testName(), size: 100 });
  const broken: [string, (buf: Buffer) => void][] = [
    ['a length below zero', (buf) => buf.writeBigInt64LE(-1n)],
    ['a length beyond the memory', (buf) => buf.writeBigInt64LE(5n)],
    ['a length beyond everything', (buf) => buf.writeBigInt64LE(2n ** 62n)],
    [
      'offsets that do not begin at zero',
      (buf) => (buf.writeBigInt64LE(1n), buf.writeBigInt64LE(8n, 8), buf.writeBigInt64LE(16n, 16)),
    ],
    ['offsets that go back', (buf) => (buf.writeBigInt64LE(1n), buf.writeBigInt64LE(-8n, 16))],
    ['a slot beyond the memory', (buf) => (buf.writeBigInt64LE(1n), buf.writeBigInt64LE(80n, 16))],
    ['a slot that is no multiple of 8', (buf) => (buf.writeBigInt64LE(1n), buf.writeBigInt64LE(12n, 16))],
    ['an enormous slot', (buf) => (buf.writeBigInt64LE(1n), buf.writeBigInt64LE(2n ** 61n, 16))],
  ];
  for (const [what, change] of broken) {
    shm.buf.fill(0);
    change(shm.buf);
    assert.throws(() => ShareableList.attach(shm.name), { name: 'SharedMemoryError', message: /is no ShareableList/ }, what);
  }
  shm.unlink();
  const tiny = SharedMemory.create({ size: 15 });
  assert.throws(() => ShareableList.attach(tiny.name), { name: 'SharedMemoryError' });
  tiny.unlink();
});

test('items that another program has damaged', () => {
  const list = ShareableList.create(['text', 1]);
  const { buf } = list.shm;
  const formats = 8 * 4 + 16;
  for (const format of ['16s', '9999999s', 'q', '', '-8s', '8x', '\xff\xff']) {
    buf.fill(0, formats, formats + 8);
    buf.write(format, formats, 'latin1');
    assert.throws(() => list.get(0), { name: 'SharedMemoryError', message: /damaged: item 0 has format/ }, format);
  }
  list.set(0, 'again');
  assert.deepEqual(list.toArray(), ['again', 1]);
  buf[formats + 16] = 9;
  assert.throws(() => list.get(0), { name: 'SharedMemoryError', message: /code 9/ });
  list.shm.unlink();
});
