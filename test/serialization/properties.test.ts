import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { roundTrip } from './support.ts';

/** Arbitrary graphs, compared with structuredClone, content and identity. */

const RUNS = 400;

const typedArray = fc.oneof(
  fc.int8Array(),
  fc.uint8Array(),
  fc.uint8ClampedArray(),
  fc.int16Array(),
  fc.uint16Array(),
  fc.int32Array(),
  fc.uint32Array(),
  fc.float32Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
  fc.bigUint64Array(),
);

const leaf = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary' }) },
  fc.string({ unit: fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 100 }),
  fc.string({ minLength: 15, maxLength: 200 }),
  { weight: 3, arbitrary: fc.integer() },
  fc.double(),
  fc.maxSafeInteger(),
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
  fc.boolean(),
  fc.constantFrom(undefined, null, -0, NaN, '', '\ud800'),
  fc.date(),
  fc.constantFrom(/a/g, /[\\/]/su, Object(1), Object('box'), Object(2n), Object(false)),
  typedArray,
  fc.uint8Array().map((bytes) => bytes.buffer),
  fc.uint8Array({ minLength: 4 }).map((bytes) => new DataView(bytes.buffer, 1, 2)),
);

const key = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('a', 'b', 'id', '__proto__', 'constructor', 'length', '0', '7', 'toString'),
);

const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { maxLength: 8 }),
    fc.sparseArray(tie('tree'), { maxLength: 40, maxNumElements: 6 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 8 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: false }),
    fc.array(fc.tuple(tie('tree'), tie('tree')), { maxLength: 5 }).map((entries) => new Map(entries)),
    fc.array(tie('tree'), { maxLength: 5 }).map((items) => new Set(items)),
    fc
      .tuple(
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(
          key.filter((k) => k !== 'length' && k !== '__proto__'),
          tie('tree'),
          { maxKeys: 3 },
        ),
      )
      .map(([items, extra]) => Object.assign(items, extra)),
  ),
}));

/** Objects with random edges among them, cycles and all. */
const graph = fc
  .tuple(fc.array(fc.constantFrom('object', 'array', 'map', 'set'), { minLength: 1, maxLength: 30 }), fc.infiniteStream(fc.nat()))
  .map(([kinds, choices]) => {
    const choose = (count: number) => (choices.next().value as number) % count;
    const nodes: any[] = kinds.map((kind) => ({ object: {}, array: [], map: new Map(), set: new Set() })[kind]);
    for (const node of nodes)
      for (let edges = choose(5); edges > 0; edges--) {
        const target = choose(4) === 0 ? choose(100) : nodes[choose(nodes.length)];
        if (Array.isArray(node)) node.push(target);
        else if (node instanceof Map) node.set(nodes[choose(nodes.length)], target);
        else if (node instanceof Set) node.add(target);
        else node[`k${choose(6)}`] = target;
      }
    return nodes;
  });

/** A text that two values share only if they have the same content, order and identities; assert does not compare the last. */
function fingerprint(root: unknown): string {
  const seen = new Map<object, number>();
  const visit = (value: unknown): string => {
    if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : `${typeof value}:${String(value)}`;
    const number = seen.get(value);
    if (number !== undefined) return `#${number}`;
    seen.set(value, seen.size);
    const fields = ArrayBuffer.isView(value)
      ? ''
      : Object.keys(value)
          .map((k) => `${k}=${visit((value as any)[k])}`)
          .join();
    const prototype = Object.getPrototypeOf(value)?.constructor.name;
    if (value instanceof Map) return `${prototype}(${[...value].map(([k, v]) => `${visit(k)}>${visit(v)}`).join()})`;
    if (value instanceof Set) return `${prototype}(${[...value].map(visit).join()})`;
    if (value instanceof ArrayBuffer) return `${prototype}(${Buffer.from(value).toString('hex')})`;
    if (ArrayBuffer.isView(value)) return `${prototype}(${value.byteOffset},${value.byteLength},${visit(value.buffer)})`;
    if (value instanceof Date) return `${prototype}(${value.getTime()})`;
    if (Array.isArray(value)) return `[${value.length};${fields}]`;
    return `${prototype}{${fields}|${Object.prototype.toString.call(value)}}`;
  };
  return visit(root);
}

describe('like structuredClone', () => {
  it('on trees', () => {
    fc.assert(
      fc.property(tree, (value) => {
        assert.equal(fingerprint(roundTrip(value)), fingerprint(structuredClone(value)));
      }),
      { numRuns: RUNS },
    );
  });
  it('on anything', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withBoxedValues: true,
      withNullPrototype: true,
      withSparseArray: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        const copy = roundTrip(value);
        const clone = structuredClone(value);
        assert.equal(fingerprint(copy), fingerprint(clone));
      }),
      { numRuns: RUNS },
    );
  });
  it('on graphs with cycles and shared references', () => {
    fc.assert(
      fc.property(graph, (value) => {
        assert.equal(fingerprint(roundTrip(value)), fingerprint(structuredClone(value)));
      }),
      { numRuns: RUNS },
    );
  });
  it('on what it made itself', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const once = roundTrip(value);
        assert.equal(fingerprint(roundTrip(once)), fingerprint(once));
      }),
      { numRuns: RUNS },
    );
  });
});

describe('beyond structuredClone', () => {
  it('copies what is 100,000 levels deep', () => {
    const makers: ((inner: unknown) => unknown)[] = [
      (inner) => ({ inner }),
      (inner) => [inner],
      (inner) => new Map([['k', inner]]),
      (inner) => new Map([[inner, 1]]),
      (inner) => new Set([inner]),
    ];
    for (const make of makers) {
      let value: unknown = 'end';
      for (let i = 0; i < 100_000; i++) value = make(value);
      let copy: any = roundTrip(value);
      let depth = 0;
      for (; copy !== 'end'; depth++)
        copy = Array.isArray(copy)
          ? copy[0]
          : copy instanceof Map
            ? [...copy].flat().find((v) => v !== 'k' && v !== 1)
            : copy instanceof Set
              ? [...copy][0]
              : copy.inner;
      assert.equal(depth, 100_000);
    }
  });
  it('copies a list whose links share and go back', () => {
    const common = { common: true };
    const head: any = { common };
    let tail = head;
    for (let i = 0; i < 5000; i++) {
      tail.next = { common, previous: tail, head };
      tail = tail.next;
    }
    tail.next = head;
    const copy = roundTrip(head);
    let link = copy;
    for (let i = 0; i < 5000; i++) {
      assert.equal(link.next.previous, link);
      assert.equal(link.next.head, copy);
      assert.equal(link.next.common, copy.common);
      link = link.next;
    }
    assert.equal(link.next, copy);
  });
  it('copies a wide tree below the depth where contents are deferred', () => {
    let value: unknown = Array.from({ length: 20_000 }, (_, i) => ({ i, tags: [i] }));
    for (let i = 0; i < 102; i++) value = { value };
    assert.equal(JSON.stringify(roundTrip(value)), JSON.stringify(value));
  });
  it('encodes near the end of the stack, or says so', () => {
    let value: unknown = {};
    for (let i = 0; i < 100; i++) value = { value };
    const dive = (): string => {
      try {
        return dive();
      } catch {
        try {
          roundTrip(value);
          return 'fine';
        } catch (error) {
          return (error as Error).name;
        }
      }
    };
    assert.match(dive(), /^(fine|SerializationError|RangeError)$/);
    assert.deepEqual(roundTrip({ a: { b: 1 } }), { a: { b: 1 } });
  });
});
