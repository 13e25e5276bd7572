import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { SerializationError } from '#dist/base/errors.js';
import { encode } from '#dist/serialization/codec.js';
import { thrown } from './support.ts';

/** What cannot be sent, where it stands, and what the message says to do. */

const bad = Symbol('bad');

const paths: Record<string, unknown> = {
  value: bad,
  'value.x': { x: bad },
  'value.a.b.c': { a: { b: { c: bad } } },
  'value[2]': [1, 2, bad],
  'value[0][1]': [[1, bad]],
  'value.items[3].x': { items: [0, 1, {}, { y: {}, x: bad }] },
  'value["two words"]': { 'two words': bad },
  'value["0x"]': { '0x': bad },
  'value["a\\"b"]': { 'a"b': bad },
  'value.ключ': { ключ: bad },
  'value.get("k")': new Map([['k', bad]]),
  'value.get(5).z': new Map([[5, { z: bad }]]),
  'value.get({ id: 1 })': new Map([[{ id: 1 }, bad]]),
  'value.keys()[1]': new Map<unknown, unknown>([
    ['k', 1],
    [bad, 2],
  ]),
  'value.keys()[0].x': new Map([[{ x: bad }, 2]]),
  'value.values()[1]': new Set([1, bad]),
  'value.values()[0].y': new Set([{ y: bad }]),
  'value.cause.x': new Error('e', { cause: { x: bad } }),
  'value.errors[1]': new AggregateError([1, bad]),
  'value.extra': Object.assign([1], { extra: bad }),
  'value[150].q': [...new Array(150).fill(0), { q: bad }],
  'value[70000]': Object.assign([], { 70000: bad }),
  'value.second.x': { first: { a: { b: 1 } }, second: { x: bad } },
};

describe('paths', () => {
  for (const [path, value] of Object.entries(paths))
    it(path, () => {
      const error = thrown(() => encode(value));
      assert.ok(error instanceof SerializationError);
      assert.equal(error.path, path);
      assert.ok(error.message.startsWith(`Cannot send ${path}: `), error.message);
    });
  it('start with the given root', () => {
    assert.equal(thrown(() => encode([{ cb: bad }], undefined, 'args')).path, 'args[0].cb');
    assert.equal(thrown(() => encode(bad, undefined, 'the result')).path, 'the result');
  });
  for (const depth of [50, 99, 100, 101, 102, 150, 199, 200, 201, 350, 5000])
    it(`are whole at depth ${depth}`, () => {
      let value: unknown = { end: bad, other: {} };
      for (let i = 0; i < depth; i++)
        value = i % 3 === 0 ? [0, value] : i % 3 === 1 ? { a: {}, n: value } : new Map([['m', value]]);
      let path = 'value';
      for (let i = depth - 1; i >= 0; i--) path += ['[1]', '.n', '.get("m")'][i % 3];
      assert.equal(thrown(() => encode(value)).path, `${path}.end`);
    });
});

describe('refusals', () => {
  const refused: [string, unknown, RegExp][] = [
    ['a symbol', Symbol('s'), /send a string/],
    ['a boxed symbol', Object(Symbol('s')), /send a string/],
    ['a Promise', Promise.resolve(1), /await it/],
    ['a WeakMap', new WeakMap(), /send a Map/],
    ['a WeakSet', new WeakSet(), /send a Set/],
    ['a FinalizationRegistry', new FinalizationRegistry(() => {}), /FinalizationRegistry/],
    ['a generator', (function* () {})(), /\[\.\.\.generator\]/],
    ['an async generator', (async function* () {})(), /generator/],
    ['a Map iterator', new Map().values(), /iterator/],
    ['an array iterator', [].values(), /iterator/],
    ['a SharedArrayBuffer', new SharedArrayBuffer(8), /SharedMemory/],
    ['a view of a SharedArrayBuffer', new Int32Array(new SharedArrayBuffer(8)), /SharedMemory/],
    ['a Blob', new Blob(['x']), /Blob/],
    ['a stream', new ReadableStream(), /ReadableStream/],
    ['a stream', new PassThrough(), /is a class of Node.js itself/],
    ['a socket outside a channel', new Socket(), /it goes through a Pipe or a Queue/],
    ['Intl', new Intl.NumberFormat('en'), /NumberFormat is a class of the runtime/],
    ['a function', () => 1, /cannot be sent to another process/],
    ['a class', class A {}, /cannot be sent to another process/],
    ['an instance', new (class A {})(), /cannot be sent to another process/],
  ];
  for (const [name, value, message] of refused)
    it(name, () => {
      const error = thrown(() => encode({ it: value }));
      assert.ok(error instanceof SerializationError, String(error));
      assert.match(error.path, /^value\.it(\.buffer)?$/);
      assert.match(error.message, message);
    });
  it('a module', async () => {
    const module = await import('node:path');
    assert.match(thrown(() => encode(module)).message, /a module is not a value/);
  });
  it('a detached buffer, and views of one', () => {
    const buffer = new ArrayBuffer(8);
    const views = [new Uint8Array(buffer), new DataView(buffer)];
    structuredClone(buffer, { transfer: [buffer] });
    for (const value of [buffer, ...views]) assert.match(thrown(() => encode({ value })).message, /detached/);
  });
  it('a Proxy with throwing traps', () => {
    const trap = () => {
      throw new TypeError('trap');
    };
    for (const handler of [{ ownKeys: trap }, { get: trap }, { getPrototypeOf: trap }, { getOwnPropertyDescriptor: trap }]) {
      const error = thrown(() => encode([{ p: new Proxy({ a: undefined, b: 1 }, handler) }]));
      assert.ok(error instanceof SerializationError, String(error));
      assert.match(error.path, /^value\[0\]\.p/);
      assert.equal((error.cause as Error).message, 'trap');
    }
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    assert.ok(thrown(() => encode({ proxy })) instanceof SerializationError);
    assert.ok(thrown(() => encode({ map: new Proxy(new Map(), {}) })) instanceof SerializationError);
  });
  it("a getter's exception goes on as it is", () => {
    const mine = new Error('mine');
    const value = {
      get a() {
        throw mine;
      },
    };
    assert.equal(
      thrown(() => encode([{ value }])),
      mine,
    );
  });
});
