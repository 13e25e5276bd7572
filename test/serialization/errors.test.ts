import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, describe, it } from 'node:test';
import { types } from 'node:util';
import * as errors from '#dist/base/errors.js';
import { decode, encode } from '#dist/serialization/codec.js';
import { setFunctionCodec } from '#dist/serialization/hooks.js';
import { encodeThrown } from '#dist/serialization/thrown.js';
import { roundTrip, thrown, useFunctions } from './support.ts';

class Refused extends RangeError {
  readonly attempts: number;
  constructor(message: string, attempts: number) {
    super(message);
    if (attempts === undefined) throw new Error('the constructor must not run');
    this.attempts = attempts;
  }
  override get name(): string {
    return 'Refused!';
  }
}
class LocalError extends TypeError {
  override name = 'LocalError';
}
class QuietlyNamed extends TypeError {}
Object.defineProperty(QuietlyNamed.prototype, 'name', { value: 'QuietlyNamed' });

afterEach(() => setFunctionCodec(undefined));

describe('built-in errors', () => {
  for (const errorClass of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError])
    it(errorClass.name, () => {
      const error = new errorClass('why', { cause: { deep: [1] } });
      const copy = roundTrip(error);
      assert.equal(Object.getPrototypeOf(copy), errorClass.prototype);
      assert.ok(types.isNativeError(copy));
      assert.equal(copy.stack, error.stack);
      assert.deepEqual([copy.message, copy.cause, copy.name], ['why', { deep: [1] }, errorClass.name]);
      assert.deepEqual(Object.keys(copy), []);
      assert.deepStrictEqual(copy, error);
    });
  it('without message and cause has none of its own', () => {
    const copy = roundTrip(new Error());
    assert.ok(!Object.hasOwn(copy, 'message') && !Object.hasOwn(copy, 'cause'));
  });
  it('with an undefined cause has one', () => assert.ok(Object.hasOwn(roundTrip(new Error('x', { cause: undefined })), 'cause')));
  it('AggregateError', () => {
    const copy = roundTrip(new AggregateError([new TypeError('a'), 'b'], 'both'));
    assert.ok(copy instanceof AggregateError);
    assert.ok(copy.errors[0] instanceof TypeError);
    assert.equal(copy.errors[1], 'b');
    assert.ok(!Object.keys(copy).includes('errors'));
  });
  it('own properties', () => {
    const copy = roundTrip(Object.assign(new Error('x'), { code: 'E_X', detail: new Map([[1, 2]]) }));
    assert.equal(copy.code, 'E_X');
    assert.deepEqual(copy.detail, new Map([[1, 2]]));
  });
  it('own name, hidden or not', () => {
    const named = roundTrip(Object.assign(new Error('x'), { name: 'Mine' }));
    assert.deepEqual([named.name, Object.keys(named)], ['Mine', ['name']]);
    const hidden = roundTrip(Object.defineProperty(new Error('x'), 'name', { value: 'Hidden' }));
    assert.deepEqual([hidden.name, Object.keys(hidden)], ['Hidden', []]);
  });
  it('an error of node:fs', () => {
    const error = thrown(() => readFileSync('/nowhere/at all'));
    const copy = roundTrip(error);
    assert.deepEqual({ ...copy }, { ...error });
    assert.equal(copy.message, error.message);
    assert.equal(copy.code, 'ENOENT');
  });
  it('an error of the runtime with a code', () => {
    const error = thrown(() => Buffer.alloc('x' as never));
    const copy = roundTrip(error);
    assert.equal(Object.getPrototypeOf(copy), TypeError.prototype);
    assert.equal(copy.code, 'ERR_INVALID_ARG_TYPE');
    assert.equal(copy.message, error.message);
  });
  it('an AssertionError falls back to Error and keeps its name', () => {
    const copy: any = roundTrip(thrown(() => assert.equal(1, 2)));
    assert.equal(Object.getPrototypeOf(copy), Error.prototype);
    assert.deepEqual([copy.name, copy.code, copy.actual, copy.expected], ['AssertionError', 'ERR_ASSERTION', 1, 2]);
  });
  it('a DOMException', () => {
    const copy = roundTrip(AbortSignal.abort().reason);
    assert.ok(copy instanceof DOMException);
    assert.deepEqual([copy.name, copy.code], ['AbortError', 20]);
  });
  it('a chain of 300 causes', () => {
    let error = new Error('0');
    for (let i = 1; i < 300; i++) error = new Error(String(i), { cause: error });
    let copy: any = roundTrip(error);
    for (let i = 299; i > 0; i--) copy = copy.cause;
    assert.equal(copy.message, '0');
  });
  it('a chain of causes without end is refused', () => {
    let error = new Error('0');
    for (let i = 1; i < 10_000; i++) error = new Error(String(i), { cause: error });
    assert.match(thrown(() => roundTrip(error)).message, /nested more than 400 levels deep/);
  });
});

describe("this library's errors", () => {
  for (const [name, errorClass] of Object.entries(errors)) {
    if (!(errorClass.prototype instanceof Error)) continue;
    it(`${name} comes back as its own class`, () => {
      const error = new (errorClass as new (...args: any[]) => Error)('why', { pid: 1, exitCode: null, signal: 'SIGKILL' });
      const copy = roundTrip(error);
      assert.equal(Object.getPrototypeOf(copy), errorClass.prototype);
      assert.deepStrictEqual({ ...copy }, { ...error });
      assert.equal(copy.name, name);
      assert.equal(copy.message, 'why');
    });
  }
});

describe("an application's errors", () => {
  it('come back as their own class without running its constructor', () => {
    useFunctions({ Refused });
    const copy = roundTrip(new Refused('no', 3));
    assert.ok(copy instanceof Refused && types.isNativeError(copy));
    assert.deepEqual([copy.message, copy.attempts, copy.name], ['no', 3, 'Refused!']);
  });
  it('fall back to the nearest built-in class where the class cannot be referenced', () => {
    useFunctions({});
    const copy = roundTrip(new LocalError('local'));
    assert.equal(Object.getPrototypeOf(copy), TypeError.prototype);
    assert.equal(copy.name, 'LocalError');
    const quiet = roundTrip(new QuietlyNamed('q'));
    assert.deepEqual([quiet.name, Object.getPrototypeOf(quiet)], ['QuietlyNamed', TypeError.prototype]);
  });
  it('fall back without a codec for functions too', () => assert.ok(roundTrip(new LocalError('x')) instanceof TypeError));
  it('fall back where the receiver cannot resolve the class', () => {
    const error = new Refused('no', 3);
    useFunctions({ Refused });
    const bytes = encode([error, error]).slice();
    useFunctions({});
    const [copy, again] = decode(bytes) as Error[];
    assert.equal(copy, again);
    assert.equal(Object.getPrototypeOf(copy), RangeError.prototype);
    assert.equal(copy.name, 'Refused!');
  });
  it('subclasses of the library come back as their own, or as the class they extend', () => {
    class Mine extends errors.QueueFull {}
    const fallback = roundTrip(new Mine('full'));
    assert.equal(Object.getPrototypeOf(fallback), errors.QueueFull.prototype);
    useFunctions({ Mine });
    assert.ok(roundTrip(new Mine('full')) instanceof Mine);
  });
  it('of the old style are errors too', () => {
    function OldError(this: Error, message: string) {
      this.message = message;
    }
    OldError.prototype = Object.create(Error.prototype, { constructor: { value: OldError }, name: { value: 'OldError' } });
    const error = new (OldError as any)('old');
    const copy = roundTrip(error);
    assert.ok(copy instanceof Error);
    assert.deepEqual([copy.name, copy.message], ['OldError', 'old']);
  });
});

describe('what was thrown', () => {
  const arrive = (value: unknown): any => decode(encodeThrown(value).slice());

  it('goes as it is if it can', () => {
    const error = new TypeError('t', { cause: 1 });
    assert.deepStrictEqual(arrive(error), error);
    assert.equal(arrive(5), 5);
  });
  it('loses only what cannot be sent', () => {
    const inner = Object.assign(new RangeError('inner'), { socket: { on: () => 1 }, code: 'E_IN' });
    const error = Object.assign(new AggregateError([inner, () => 1], 'outer', { cause: inner }), {
      callback: () => 1,
      status: 500,
    });
    const copy = arrive(error);
    assert.ok(copy instanceof AggregateError && copy.cause instanceof RangeError && copy.errors[0] instanceof RangeError);
    assert.deepEqual([copy.message, copy.stack, (copy as any).status], ['outer', error.stack, 500]);
    assert.match((copy as any).callback, /Function/);
    assert.deepEqual([(copy.cause as any).code, typeof (copy.cause as any).socket], ['E_IN', 'string']);
    assert.match(copy.errors[1], /Function/);
  });
  it('becomes a RemoteError if it is no error and cannot be sent', () => {
    assert.ok(arrive(Symbol('why')) instanceof errors.RemoteError);
    assert.match(arrive(Symbol('why')).message, /Symbol\(why\)/);
  });
  it('survives getters that throw', () => {
    const error = Object.defineProperty(new Error('x'), 'bad', {
      enumerable: true,
      get() {
        throw new Error('getter');
      },
    });
    assert.match(arrive(error).bad, /could not be read.*getter/);
  });
});
