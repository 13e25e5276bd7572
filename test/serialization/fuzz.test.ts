import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, before, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { SerializationError } from '#dist/base/errors.js';
import { decode, encode } from '#dist/serialization/codec.js';
import * as format from '#dist/serialization/format.js';
import { setFunctionCodec } from '#dist/serialization/hooks.js';
import { registerObjectKind } from '#dist/serialization/registry.js';
import { repetitions } from '../support/repetitions.ts';
import { thrown, useFunctions } from './support.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? repetitions(1700, 20_000));

/** Bytes from a hostile or broken sender: a value or a SerializationError, quickly and within bounds. */

class Known {
  a = 1;
}
class KnownKind {}
class KnownError extends Error {}

const sample = (): unknown => {
  const cyclic: any = { a: 1 };
  cyclic.self = cyclic;
  const buffer = new ArrayBuffer(16);
  return {
    numbers: [1, -1, 300, 70_000, 1.5, -0, 2n, -(2n ** 90n)],
    runs: [Array.from({ length: 30 }, (_, i) => i * i), Array.from({ length: 30 }, (_, i) => i / 7)],
    text: ['', 'short', 'a longer string of Latin-1', 'ж'.repeat(5)],
    holes: Object.assign(new Array(10), { 3: 'x', extra: 1 }),
    cyclic,
    map: new Map<unknown, unknown>([['k', new Set([1, cyclic])]]),
    others: [new Date(5), /a+/gi, Object('box'), new URL('http://a/'), new DOMException('m', 'AbortError')],
    binary: [
      buffer,
      new Int16Array(buffer, 2, 3),
      new DataView(buffer, 4),
      Buffer.from('buffer'),
      new ArrayBuffer(4, { maxByteLength: 8 }),
    ],
    error: Object.assign(new KnownError('m', { cause: new AggregateError([new TypeError('t')]) }), { code: 'X' }),
    known: [new Known(), Known, new KnownKind()],
    deep: Array.from({ length: 120 }).reduce<unknown>((inner) => [{ inner }], new Known()),
  };
};

before(() => {
  registerObjectKind({ tag: 201, class: KnownKind, encode: () => ({ id: 1 }), decode: () => new KnownKind() });
});
afterEach(() => {
  setFunctionCodec(undefined);
  assert.deepEqual(Object.keys(Object.prototype), []);
  assert.equal(({} as any).polluted, undefined);
});

/** A hostile function reference fails as the codec for functions wants; the test's codec throws FunctionReferenceError. */
function attempt(bytes: Uint8Array): void {
  try {
    decode(bytes);
  } catch (error) {
    if (error instanceof SerializationError || (error as Error).name === 'FunctionReferenceError') return;
    // Only now: text from the stack of each of them would cost more than all else here.
    assert.fail(`${Buffer.from(bytes).toString('hex')}: ${(error as Error).stack}`);
  }
}

function withVersion(bytes: Iterable<number>): Uint8Array {
  return Uint8Array.from([format.VERSION, ...bytes]);
}

describe('hostile bytes', () => {
  it('random', () => {
    useFunctions({ Known, KnownError });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200, size: 'max' }), (bytes) => attempt(withVersion(bytes))),
      { numRuns: RUNS },
    );
  });
  it('random tags with small numbers', () => {
    useFunctions({ Known, KnownError });
    const likely = fc.oneof(fc.nat({ max: 0x30 }), fc.nat({ max: 0x30 }), fc.constantFrom(0x40, 0x41, 0x80, 0x81, 0x82, 0xff));
    fc.assert(
      fc.property(fc.array(likely, { maxLength: 60, size: 'max' }), (bytes) => attempt(withVersion(bytes))),
      { numRuns: 4 * RUNS },
    );
  });
  it('truncated', () => {
    useFunctions({ Known, KnownError });
    const bytes = encode(sample()).slice();
    decode(bytes);
    for (let length = 0; length < bytes.length; length++)
      assert.ok(thrown(() => decode(bytes.subarray(0, length))) instanceof SerializationError);
  });
  it('with one byte changed', () => {
    useFunctions({ Known, KnownError });
    const bytes = encode(sample()).slice();
    const step = repetitions(4, 1);
    for (let i = Math.floor(Math.random() * step); i < bytes.length; i += step) {
      const original = bytes[i];
      for (const value of [
        0,
        1,
        0x7f,
        0x80,
        0xff,
        original ^ 1,
        original + 1,
        format.HOLE,
        format.NUMBERS,
        format.END,
        format.REFERENCE,
        format.DEFERRED,
      ]) {
        bytes[i] = value;
        attempt(bytes);
      }
      bytes[i] = original;
    }
  });
  it('with many bytes changed', () => {
    useFunctions({ Known, KnownError });
    const message = encode(sample()).slice();
    const changes = fc.array(
      fc.tuple(fc.nat({ max: message.length - 1 }), fc.oneof(fc.nat({ max: 0x40 }), fc.nat({ max: 255 }))),
      {
        minLength: 1,
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(changes, (list) => {
        const bytes = message.slice();
        for (const [at, value] of list) bytes[at] = value;
        attempt(bytes);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('single lies', () => {
  const huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];
  const lies: Record<string, number[]> = {
    'no value': [],
    'an unknown tag': [0x3f],
    'a string longer than the message': [format.LATIN1, ...huge],
    'UTF-16 longer than the message': [format.UTF16, ...huge],
    'a number without end': [format.LATIN1, ...new Array(20).fill(0xff)],
    'a bigint longer than the message': [format.BIGINT, 0, ...huge],
    'a bigint without digits': [format.BIGINT, 0, 0],
    'an ArrayBuffer longer than the message': [format.ARRAY_BUFFER, ...huge],
    'a resizable buffer larger than the address space': [format.RESIZABLE_BUFFER, 0, ...huge],
    'a resizable buffer longer than its maximum': [format.RESIZABLE_BUFFER, 2, 1, 7, 7],
    'a Buffer longer than the message': [format.BUFFER, ...huge],
    'an array longer than arrays can be': [format.ARRAY, ...huge],
    'an array without elements': [format.ARRAY, 0xff, 0xff, 0xff, 0x7f],
    'a hole larger than its array': [format.ARRAY, 2, format.HOLE, 3],
    'a hole of nothing': [format.ARRAY, 2, format.HOLE, 0],
    'a hole outside': [format.HOLE, 1],
    'numbers outside': [format.NUMBERS, 1, 1, 7],
    'no numbers': [format.ARRAY, 2, format.NUMBERS, 1, 0],
    'more numbers than elements': [format.ARRAY, 2, format.NUMBERS, 1, 3, 1, 2, 3],
    'more numbers than bytes': [format.ARRAY, 0xff, 0x7f, format.NUMBERS, 8, 0xff, 0x1f, 1, 2, 3],
    'numbers without end': [format.ARRAY, 0xff, 0x7f, format.NUMBERS, 8, ...huge],
    'numbers of three bytes': [format.ARRAY, 2, format.NUMBERS, 3, 2, 1, 2, 3, 4, 5, 6],
    'an end outside': [format.END],
    'more keys than bytes': [format.OBJECT, ...huge],
    'a key that is no string': [format.OBJECT, 1, 0x80, 0x80],
    'an unknown shape': [format.SHAPED, 3],
    'a shape slot that does not exist': [format.SHAPED, 200],
    'a reference to nothing': [format.REFERENCE, 0],
    'a reference far away': [format.ARRAY, 1, format.REFERENCE, ...huge],
    'a Map without end': [format.MAP, 0x81, 0x82],
    'a Map key without value': [format.MAP, 0x81, format.END],
    'a Set without end': [format.SET, 0x81],
    'an invalid expression': [format.REGEXP, 0x41, 0x28, 0x40],
    'invalid flags': [format.REGEXP, 0x41, 0x61, 0x42, 0x67, 0x67],
    'an expression that is no string': [format.REGEXP, 0x81, 0x81],
    'a box of nothing': [format.BOXED, format.UNDEFINED],
    'a box of an object': [format.BOXED, format.OBJECT, 0],
    'an invalid URL': [format.URL_OBJECT, 0x41, 0x61],
    'a view of no buffer': [format.VIEW, 2, 0, 1, 0x81],
    'a view of an unknown kind': [format.VIEW, 50, 0, 1, format.ARRAY_BUFFER, 0],
    'a view outside its buffer': [format.VIEW, 2, 1, 9, format.ARRAY_BUFFER, 2, 1, 1],
    'a misaligned view': [format.VIEW, 6, 1, 1, format.ARRAY_BUFFER, 8, 0, 0, 0, 0, 0, 0, 0, 0],
    'a view of itself': [format.VIEW, 2, 0, 1, format.REFERENCE, 0],
    'shared memory that is not there': [format.SHARED_BUFFER, 0x81],
    'a function without codec': [format.FUNCTION, 0x81],
    'an instance of a number': [format.INSTANCE, 0x81, 0],
    'an instance of an object': [format.ARRAY, 2, format.OBJECT, 0, format.INSTANCE, format.REFERENCE, 1, 0],
    'a reduced object that refers to itself': [format.REDUCED_NATIVE, 0x41, 0x61, format.REFERENCE, 0],
    'a reduced object without reducer': [format.REDUCED_NATIVE, 0x41, 0x61, 0x81],
    'an object kind that is not there': [format.LIBRARY_OBJECT, 77, 0x81],
    'the shared arguments of a pool that are no bytes': [format.LIBRARY_OBJECT, 19, 0x81],
    'deferred contents of a Date': [format.DEFERRED, format.DATE],
    'deferred contents that do not come': [format.DEFERRED, format.OBJECT],
    'deferred contents of another kind': [format.DEFERRED, format.OBJECT, format.ARRAY, 0],
    'deferred contents that defer': [format.DEFERRED, format.OBJECT, format.DEFERRED, format.OBJECT],
    'a length among the properties of an array': [format.ARRAY_EXTRA, 0, 1, 0x46, ...Buffer.from('length'), 0x85],
    'a million levels': new Array(1_000_000).fill([format.ARRAY, 1]).flat(),
    'a million references to classes': new Array(1_000_000).fill(format.FUNCTION),
    'a million causes': new Array(300_000).fill([format.ERROR, format.HAS_CAUSE, 0x40]).flat(),
    'a second value': [0x81, 0x82],
  };
  for (const [name, bytes] of Object.entries(lies))
    it(name, () => {
      const message = new Uint8Array(bytes.length + 1);
      message[0] = format.VERSION;
      message.set(bytes, 1);
      const rss = process.memoryUsage().rss;
      const error = thrown(() => decode(message));
      assert.ok(error instanceof SerializationError, String(error.stack));
      assert.match(error.message, /cannot be read|no codec|no reducer|has none|not ours/);
      assert.ok(process.memoryUsage().rss - rss < 300e6);
    });
  it('another version', () => assert.match(thrown(() => decode(Uint8Array.from([0x00, 0x81]))).message, /version/));
  it('arrays of nothing but holes', () => {
    const rss = process.memoryUsage().rss;
    const hole = [0x80, 0x80, 0x80, 0x08];
    const bytes = [format.ARRAY, 100, ...new Array(100).fill([format.ARRAY, ...hole, format.HOLE, ...hole]).flat()];
    const arrays = decode(withVersion(bytes)) as unknown[][];
    assert.equal(arrays[99].length, 1 << 24);
    assert.ok(process.memoryUsage().rss - rss < 100e6);
  });
  it('__proto__ is an own property of whatever it stands in', () => {
    const name = [0x49, ...Buffer.from('__proto__')];
    const evil = [format.OBJECT, 1, 0x48, ...Buffer.from('polluted'), format.TRUE];
    const object = decode(withVersion([format.OBJECT, 1, ...name, ...evil])) as any;
    assert.ok(Object.hasOwn(object, '__proto__'));
    assert.equal(Object.getPrototypeOf(object), Object.prototype);
    const array = decode(withVersion([format.ARRAY_EXTRA, 0, 1, ...name, ...evil])) as any;
    assert.equal(Object.getPrototypeOf(array), Array.prototype);
    const error = decode(withVersion([format.ERROR, 0, 0x45, ...Buffer.from('Error'), 1, ...name, ...evil])) as any;
    assert.equal(Object.getPrototypeOf(error), Error.prototype);
    assert.equal(error.polluted, undefined);
  });
});

describe('bytes that change while they are read', () => {
  it('give a value or an error', async () => {
    useFunctions({ Known, KnownError });
    const message = encode(sample()).slice();
    const bytes = new Uint8Array(new SharedArrayBuffer(message.length));
    const scribbler = new Worker(
      `const { bytes } = require('node:worker_threads').workerData;
       const random = (n) => Math.floor(Math.random() * n);
       require('node:worker_threads').parentPort.postMessage('started');
       for (;;) { const at = random(bytes.length), was = bytes[at]; bytes[at] = random(256); for (let i = random(300); i > 0; i--); bytes[at] = was; }`,
      { eval: true, workerData: { bytes } },
    );
    await once(scribbler, 'message');
    const outcomes = { values: 0, errors: 0 };
    for (const end = Date.now() + 1000; Date.now() < end; ) {
      bytes.set(message);
      try {
        decode(bytes);
        outcomes.values++;
      } catch (error) {
        assert.ok(
          error instanceof SerializationError || (error as Error).name === 'FunctionReferenceError',
          String((error as Error).stack),
        );
        outcomes.errors++;
      }
    }
    await scribbler.terminate();
    assert.ok(outcomes.errors > 0, JSON.stringify(outcomes));
  });
});
