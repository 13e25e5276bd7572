import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SerializationError } from '#dist/base/errors.js';
import { decode, encode } from '#dist/serialization/codec.js';
import { REGEXP } from '#dist/serialization/format.js';
import { Reader } from '#dist/serialization/reader.js';
import { Writer } from '#dist/serialization/writer.js';
import { thrown } from './support.ts';

/** Several values in one message, and the scratch space behind encode. */

describe('Writer and Reader', () => {
  it('carry any number of values', () => {
    const shared = { a: 1 };
    const writer = new Writer(16);
    writer.begin();
    for (const value of [shared, [shared, shared], 'text', undefined]) writer.write(value);
    const reader = new Reader();
    reader.open(writer.finish().slice());
    const values: unknown[] = [];
    while (reader.more) values.push(reader.read());
    reader.close();
    assert.deepEqual(values, [shared, [shared, shared], 'text', undefined]);
    assert.notEqual(values[0], (values[1] as unknown[])[0]);
  });
  it('may carry none', () => {
    const writer = new Writer();
    writer.begin();
    const reader = new Reader();
    reader.open(writer.finish());
    assert.equal(reader.more, false);
  });
  it('leave out a value that failed', () => {
    const writer = new Writer();
    writer.begin(undefined, 'items');
    writer.write({ a: 1 });
    const error = thrown(() => writer.write({ a: 2, deep: [{}, Symbol('s')] }, 'items[1]'));
    assert.equal(error.path, 'items[1].deep[1]');
    writer.write({ a: 3 });
    const reader = new Reader();
    reader.open(writer.finish());
    assert.deepEqual([reader.read(), reader.read(), reader.more], [{ a: 1 }, { a: 3 }, false]);
  });
  it('carry arrays of which only the elements count', () => {
    const object = { a: 1 };
    const cyclic: unknown[] = [1];
    cyclic.push(cyclic);
    const arrays = [
      [],
      [1, -0, NaN, 1e300, -1],
      ['text', '', true, false, null, undefined],
      [1, 'a', null],
      [1, object, object],
      ['x'.repeat(1000)],
      Array.from({ length: 100 }, (_, i) => i),
      [Symbol.iterator.description, 2n, new Date(5)],
      cyclic,
    ];
    const writer = new Writer();
    writer.begin();
    for (const array of arrays) writer.writeElements(array);
    const reader = new Reader();
    reader.open(writer.finish().slice());
    const values = arrays.map(() => reader.read() as unknown[]);
    assert.deepEqual(values, arrays);
    assert.ok(Object.is(values[1][1], -0));
    assert.equal(values[4][1], values[4][2]);
    assert.equal(reader.more, false);
    assert.equal(values.at(-1)![1], values.at(-1));
  });
  it('carry such an array without what nobody counts', () => {
    const writer = new Writer();
    writer.begin();
    writer.writeElements(Object.assign([1, 'a'], { more: 2 }));
    const reader = new Reader();
    reader.open(writer.finish());
    assert.deepEqual([reader.read(), reader.more], [[1, 'a'], false]);
  });
  it('leave out such an array that failed, and say where', () => {
    const writer = new Writer();
    writer.begin();
    assert.equal(thrown(() => writer.writeElements([1, Symbol('s')], 'args')).path, 'args[1]');
    const failing = Object.defineProperty([1, 2], 1, {
      get() {
        throw new Error('no');
      },
    });
    assert.throws(() => writer.writeElements(failing), /^Error: no$/);
    const sending = Object.defineProperty([1, 2], 1, { get: () => writer.writeElements([3]) });
    assert.throws(() => writer.writeElements(sending), /A Writer was used by a getter/);
    writer.writeElements([4]);
    const reader = new Reader();
    reader.open(writer.finish());
    assert.deepEqual([reader.read(), reader.more], [[4], false]);
  });
  it('carry frames, and go on after one that cannot be read', () => {
    const writer = new Writer();
    writer.begin();
    writer.writeFrame({ a: 1 });
    assert.equal(thrown(() => writer.writeFrame([Symbol('s')], 'args')).path, 'args[0]');
    writer.writeFrame(/x/);
    writer.writeFrame(Buffer.alloc(70_000, 3));
    writer.write('plain');
    const bytes = writer.finish().slice();
    bytes[bytes.indexOf(REGEXP) + 1] = 0x3f;
    const reader = new Reader();
    reader.open(bytes);
    assert.deepEqual(reader.readFrame(), { a: 1 });
    assert.ok(thrown(() => reader.readFrame()) instanceof SerializationError);
    assert.deepEqual(reader.readFrame(), Buffer.alloc(70_000, 3));
    assert.equal(reader.read(), 'plain');
    assert.equal(reader.more, false);
  });
  it('can be used again and again', () => {
    const writer = new Writer(8);
    const reader = new Reader();
    for (let i = 0; i < 100; i++) {
      writer.begin();
      writer.write({ i, text: 'x'.repeat(i * 37) });
      reader.open(writer.finish());
      assert.deepEqual(reader.read(), { i, text: 'x'.repeat(i * 37) });
      reader.close();
    }
  });
  it('refuse to be used by the value they are busy with', () => {
    const writer = new Writer();
    writer.begin();
    const value = {
      get a() {
        writer.write(1);
        return 1;
      },
    };
    assert.match(thrown(() => writer.write(value)).message, /getter or reducer/);
  });
});

describe('scratch space', () => {
  it('gives views that hold until the next encode', () => {
    const first = encode('first');
    assert.equal(decode(first), 'first');
    const second = encode('other');
    assert.equal(first.buffer, second.buffer);
    assert.equal(decode(first), 'other');
  });
  it('grows for a large message and comes back', () => {
    const home = encode(1).buffer;
    const large = encode(Buffer.alloc(1 << 20, 1));
    assert.notEqual(large.buffer, home);
    assert.equal((decode(large) as Buffer).length, 1 << 20);
    for (let i = 0; i < 100; i++) encode(i);
    assert.equal(encode(1).buffer, home);
  });
  it('gives a huge scratch away with its message', () => {
    const home = encode(1).buffer;
    const huge = encode(Buffer.alloc(20 << 20, 1));
    assert.equal(encode(1).buffer, home);
    assert.equal((decode(huge) as Buffer)[20_000_000], 1);
  });
  it('grows at every position', () => {
    for (let size = 65_500; size < 65_560; size++)
      for (const tail of [1.5, 'é', 'ж', 'longer than the loop of short strings', 2n ** 70n, { key: 300 }, 123456]) {
        const value = ['x'.repeat(size), tail];
        assert.deepEqual(decode(encode(value)), value);
      }
  });
});

describe('decode', () => {
  it('reads from shared memory', () => {
    const value = {
      text: 'short',
      long: 'x'.repeat(100),
      wide: 'ж'.repeat(10),
      buffer: Buffer.from('bytes'),
      numbers: new Float64Array([1.5]),
      big: 2n ** 99n,
    };
    const message = encode(value).slice();
    const bytes = new Uint8Array(new SharedArrayBuffer(message.length + 3), 3);
    bytes.set(message);
    const copy = decode(bytes) as typeof value;
    bytes.fill(0xff);
    assert.deepStrictEqual(copy, value);
    assert.ok(copy.numbers.buffer instanceof ArrayBuffer);
  });
  it('leaves nothing of the message in what it returns', () => {
    const message = encode({ a: new Uint8Array([1, 2]), b: Buffer.from('b'), c: new Uint8Array([3]).buffer }).slice();
    const copy = decode(message) as any;
    message.fill(0);
    assert.deepEqual([copy.a[1], copy.b.toString(), new Uint8Array(copy.c)[0]], [2, 'b', 3]);
  });
  it('wants all the bytes to be the value', () => {
    assert.ok(thrown(() => decode(Buffer.concat([encode(1), Buffer.alloc(1)]))) instanceof SerializationError);
    assert.ok(thrown(() => decode(new Uint8Array(0))) instanceof SerializationError);
  });
});
