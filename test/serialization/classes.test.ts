import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { FunctionReferenceError, SerializationError } from '#dist/base/errors.js';
import type { AnyFunction } from '#dist/references/any_function.js';
import { ModuleNotLoaded } from '#dist/references/module_not_loaded.js';
import { decode, encode } from '#dist/serialization/codec.js';
import { setBufferCodec, setFunctionCodec } from '#dist/serialization/hooks.js';
import { registerObjectKind, registerReducer } from '#dist/serialization/registry.js';
import { roundTrip, thrown, useFunctions } from './support.ts';

afterEach(() => {
  setFunctionCodec(undefined);
  setBufferCodec(undefined);
});

let constructed = 0;
class Point {
  x: number;
  y: number;
  #secret = 1;
  constructor(x: number, y: number) {
    constructed++;
    this.x = x;
    this.y = y;
  }
  get secret(): number {
    return this.#secret;
  }
}
class Shadowing {
  set value(_: number) {
    throw new Error('the setter must not run');
  }
}
class Link {
  next: Link | null = null;
  label = 'link';
}

describe('functions', () => {
  it('travel by reference and keep their identity', () => {
    useFunctions({ add: Math.max });
    const copy = roundTrip({ a: Math.max, b: [Math.max] });
    assert.equal(copy.a, Math.max);
    assert.equal(copy.b[0], Math.max);
  });
  it('are described once a message', () => {
    let calls = 0;
    setFunctionCodec({ describe: () => ({ n: ++calls }), resolve: () => Math.max });
    roundTrip([Math.max, Math.max, new Array(30).fill(Math.max)]);
    assert.equal(calls, 1);
  });
  it('need a codec', () => {
    const error = thrown(() => encode({ f: Math.max }));
    assert.ok(error instanceof SerializationError);
    assert.equal(error.path, 'value.f');
  });
  it('name their place when they cannot be referenced', () => {
    useFunctions({});
    const error = thrown(() => encode([{ cb: () => 1 }], undefined, 'args'));
    assert.ok(error instanceof SerializationError);
    assert.equal(error.path, 'args[0].cb');
    assert.ok(error.cause instanceof FunctionReferenceError);
    assert.match(error.message, /^Cannot send args\[0\]\.cb: cb is not exported$/);
  });
  it("let the receiver's failure through", () => {
    useFunctions({ f: Math.max });
    const bytes = encode(Math.max).slice();
    useFunctions({});
    assert.ok(thrown(() => decode(bytes)) instanceof FunctionReferenceError);
    setFunctionCodec({
      describe: () => 0,
      resolve: () => {
        throw new ModuleNotLoaded('file:///m.js', { form: 'member', url: 'file:///m.js', path: 'f' }, 'the test says so');
      },
    });
    const error = thrown(() => decode(bytes));
    assert.ok(error instanceof ModuleNotLoaded);
    assert.equal(error.url, 'file:///m.js');
  });
});

describe('instances', () => {
  it('are rebuilt without their constructor', () => {
    useFunctions({ Point });
    const points = [new Point(1, 2), new Point(3, 4)];
    const before = constructed;
    const copy = roundTrip(points);
    assert.equal(constructed, before);
    assert.ok(copy.every((point) => Object.getPrototypeOf(point) === Point.prototype));
    assert.deepEqual({ ...copy[1] }, { x: 3, y: 4 });
    assert.throws(() => copy[0].secret, TypeError);
  });
  it('do not run setters of their class', () => {
    useFunctions({ Shadowing });
    const object = Object.defineProperty(new Shadowing(), 'value', { value: 5, enumerable: true });
    assert.equal(Object.getOwnPropertyDescriptor(roundTrip(object), 'value')!.value, 5);
  });
  it('of a class that cannot be referenced are refused, with the place of the instance', () => {
    useFunctions({});
    const error = thrown(() => encode({ items: [new Point(1, 2)] }));
    assert.equal(error.path, 'value.items[0]');
    assert.ok(error.cause instanceof FunctionReferenceError);
    assert.match(error.message, /class Point cannot be referenced.*registerReducer/);
  });
  it('may form a list of 20,000', () => {
    useFunctions({ Link });
    const head = new Link();
    for (let i = 0, link = head; i < 20_000; i++) {
      link.next = new Link();
      link = link.next;
    }
    let copy: Link | null = roundTrip(head);
    let count = 0;
    for (; copy !== null; copy = copy.next) {
      assert.ok(copy instanceof Link);
      assert.equal(copy.label, 'link');
      count++;
    }
    assert.equal(count, 20_001);
  });
});

describe('subclasses of built-in classes', () => {
  class Registry extends Map<string, unknown> {
    owner = 'me';
    override set(key: string, value: unknown): this {
      return super.set(`${key}`, value);
    }
    override forEach(): void {
      throw new Error('must not be used');
    }
  }
  class Tags extends Set<string> {
    kind = 'tags';
  }
  class Stack extends Array<number> {
    limit = 10;
  }
  class Day extends Date {
    zone = 'UTC';
  }
  class Bytes extends Uint8Array {
    unit = 'B';
  }
  class Text extends String {
    lang = 'en';
  }
  const classes = { Registry, Tags, Stack, Day, Bytes, Text };

  it('keep content, fields and prototype', () => {
    useFunctions(classes);
    const registry = new Registry([['a', 1]]);
    registry.set('self', registry);
    const copy = roundTrip({
      registry,
      tags: new Tags(['x']),
      stack: Stack.from([1, 2]),
      day: new Day(7),
      bytes: Bytes.from([9]),
      text: new Text('hi'),
    });
    assert.ok(copy.registry instanceof Registry);
    assert.deepEqual([copy.registry.get('a'), copy.registry.owner], [1, 'me']);
    assert.equal(copy.registry.get('self'), copy.registry);
    assert.ok(copy.tags instanceof Tags && copy.tags.has('x') && copy.tags.kind === 'tags');
    assert.ok(copy.stack instanceof Stack && Array.isArray(copy.stack) && copy.stack.limit === 10);
    assert.deepEqual([...copy.stack], [1, 2]);
    assert.ok(copy.day instanceof Day && copy.day.getTime() === 7 && copy.day.zone === 'UTC');
    assert.ok(copy.bytes instanceof Bytes && copy.bytes[0] === 9 && copy.bytes.unit === 'B');
    assert.ok(copy.text instanceof Text && copy.text.valueOf() === 'hi' && copy.text.lang === 'en');
  });
  it('are told from objects that only have the prototype', () => {
    useFunctions(classes);
    const fake = Object.assign(Object.create(Registry.prototype), { a: 1 });
    for (const order of [
      [fake, new Registry([['k', 1]])],
      [new Registry([['k', 1]]), fake],
    ]) {
      const copy = roundTrip(order);
      const copyOfFake = copy[order.indexOf(fake)];
      assert.deepEqual(Object.keys(copyOfFake), ['a']);
      assert.ok(copyOfFake instanceof Registry);
      assert.equal(copy[1 - order.indexOf(fake)].get('k'), 1);
    }
  });
});

describe('reducers', () => {
  class Money {
    readonly #cents: number;
    constructor(cents: number) {
      this.#cents = cents;
    }
    get cents(): number {
      return this.#cents;
    }
  }
  class Dollars extends Money {}
  class Unregistered {
    a = 1;
  }

  it('give a class its own form, and its subclasses', () => {
    registerReducer(
      Money,
      (money) => money.cents,
      (cents) => new Money(cents),
    );
    useFunctions({ Money, Dollars });
    const money = new Money(5);
    const copy = roundTrip([money, new Dollars(7), money]);
    assert.ok(copy[0] instanceof Money);
    assert.deepEqual(
      copy.map((m) => m.cents),
      [5, 7, 5],
    );
    assert.equal(copy[0], copy[2]);
  });
  it('are missing in a receiver that has none', () => {
    registerReducer(
      Money,
      (money) => money.cents,
      (cents) => new Money(cents),
    );
    useFunctions({ Money });
    const bytes = encode(new Money(1)).slice();
    setFunctionCodec({ describe: () => 0, resolve: () => Unregistered });
    const error = thrown(() => decode(bytes));
    assert.ok(error instanceof SerializationError);
    assert.match(error.message, /registerReducer in the module that exports Unregistered/);
  });
  it('may be for a class of the runtime', () => {
    registerReducer(
      WeakRef as new (
        target: object,
      ) => WeakRef<object>,
      (weak) => weak.deref(),
      (target) => new WeakRef(target!),
    );
    assert.deepEqual(roundTrip(new WeakRef({ a: 1 })).deref(), { a: 1 });
  });
  it('are complete before rebuild sees the value, however deep it stands', () => {
    class Deep {
      readonly list: unknown;
      constructor(list: unknown) {
        this.list = list;
      }
    }
    const depth = (list: any) => {
      let n = 0;
      for (let l = list; l !== null; l = l.next) n++;
      return n;
    };
    let seen = 0;
    registerReducer(
      Deep,
      (deep) => ({ list: deep.list }),
      (value: any) => {
        seen = depth(value.list);
        return new Deep(value.list);
      },
    );
    useFunctions({ Deep });
    let inner: unknown = null;
    for (let i = 0; i < 1000; i++) inner = { next: inner };
    for (const above of [0, 90, 98, 99, 100, 101, 250, 5000]) {
      let value: unknown = new Deep(inner);
      for (let i = 0; i < above; i++) value = [value];
      let copy: any = roundTrip(value);
      assert.equal(seen, 1000);
      for (let i = 0; i < above; i++) copy = copy[0];
      assert.ok(copy instanceof Deep);
    }
  });
  it('cannot contain their own object', () => {
    class Loop {
      me = this;
    }
    registerReducer(
      Loop,
      (loop) => ({ loop }),
      () => new Loop(),
    );
    useFunctions({ Loop });
    const error = thrown(() => encode({ a: new Loop() }));
    assert.ok(error instanceof SerializationError);
    assert.match(error.message, /contains itself by way of its reducer/);
  });
  it("let a reducer's own error through", () => {
    class Angry {}
    registerReducer(
      Angry,
      () => {
        throw new RangeError('mine');
      },
      () => new Angry(),
    );
    assert.equal(thrown(() => encode([new Angry()])).message, 'mine');
  });
  it('check their arguments', () => {
    const anything = undefined as any;
    assert.throws(() => registerReducer(anything, anything, anything), { code: 'ERR_MULTIPROC_ARGUMENT' });
    assert.throws(() => registerReducer(Point, anything, anything), { code: 'ERR_MULTIPROC_ARGUMENT' });
    assert.throws(() => registerReducer(Object, String, Object), { code: 'ERR_MULTIPROC_ARGUMENT' });
  });
});

describe("this library's objects", () => {
  class Thing {
    readonly id: number;
    constructor(id: number) {
      this.id = id;
    }
  }
  const contexts: unknown[] = [];
  registerObjectKind({
    tag: 200,
    class: Thing,
    encode: (thing, context) => {
      contexts.push(context);
      return thing.id;
    },
    decode: (id, context) => {
      contexts.push(context);
      return new Thing(Number(id));
    },
  });

  it('travel as their kind, once, with the contexts of the calls', () => {
    const thing = new Thing(9);
    const [a, b] = decode(encode([thing, thing], 'sending').slice(), 'receiving') as Thing[];
    assert.ok(a instanceof Thing);
    assert.equal(a, b);
    assert.equal(a.id, 9);
    assert.deepEqual(contexts, ['sending', 'receiving']);
  });
  it('have tags of their own', () => {
    const kind = { class: Point, encode: () => 0, decode: () => ({}) };
    assert.throws(() => registerObjectKind({ tag: 200, ...kind }), RangeError);
    assert.throws(() => registerObjectKind({ tag: 0, ...kind }), RangeError);
    assert.throws(() => registerObjectKind({ tag: 256, ...kind }), RangeError);
  });
});

describe('shared memory', () => {
  it('arrives as views of the same memory', () => {
    const buffers = [new ArrayBuffer(64)];
    setBufferCodec({
      isShared: (buffer) => buffers.includes(buffer as ArrayBuffer),
      describe: (buffer) =>
        buffers.includes(buffer as ArrayBuffer) ? { segment: buffers.indexOf(buffer as ArrayBuffer) } : undefined,
      resolve: (description) => buffers[(description as { segment: number }).segment],
    });
    const words = new Int32Array(buffers[0], 8, 4);
    const buffer = Buffer.from(buffers[0], 4, 6);
    const copy = roundTrip({ words, buffer, own: new Uint8Array([1]), bytes: Buffer.from('own') });
    assert.equal(copy.words.buffer, buffers[0]);
    assert.deepEqual([copy.words.byteOffset, copy.words.length], [8, 4]);
    assert.ok(Buffer.isBuffer(copy.buffer));
    assert.equal(copy.buffer.buffer, buffers[0]);
    assert.deepEqual([copy.buffer.byteOffset, copy.buffer.length], [4, 6]);
    assert.equal(copy.bytes.toString(), 'own');
  });
});

describe('re-entrancy', () => {
  it('a getter, a reducer and a rebuild may encode and decode', () => {
    class Nested {
      readonly inner: unknown;
      constructor(inner: unknown) {
        this.inner = inner;
      }
    }
    registerReducer(
      Nested,
      (nested) => encode(nested.inner).slice(),
      (bytes) => new Nested(decode(bytes)),
    );
    useFunctions({ Nested });
    const value = {
      before: 'x'.repeat(1000),
      get during() {
        return roundTrip({ a: [1, 'y'.repeat(100_000)] }).a[0];
      },
      nested: new Nested({ deep: new Nested([1, 2]) }),
      after: { b: 2 },
    };
    const copy = roundTrip(value) as any;
    assert.equal(copy.before, value.before);
    assert.equal(copy.during, 1);
    assert.deepEqual(copy.nested.inner.deep.inner, [1, 2]);
    assert.deepEqual(copy.after, { b: 2 });
  });
  it('a failed encode leaves nothing behind', () => {
    const once: AnyFunction = () => encode({ a: [{ b: Symbol('s') }], c: {} });
    for (let i = 0; i < 3; i++) assert.equal(thrown(() => once()).path, 'value.a[0].b');
    assert.deepEqual(roundTrip({ a: [{ b: 1 }] }), { a: [{ b: 1 }] });
  });
});
