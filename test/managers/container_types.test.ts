/** list, dict, set, Namespace, Value and Array of a manager, in the server: against JavaScript's own, and what they have besides. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ManagedArray } from '#dist/managers/types/array.js';
import { ManagedDict } from '#dist/managers/types/dict.js';
import { ManagedList } from '#dist/managers/types/list.js';
import { ManagedNamespace } from '#dist/managers/types/namespace.js';
import { ManagedSet } from '#dist/managers/types/set.js';
import { ManagedValue } from '#dist/managers/types/value.js';

const badArgument = { code: 'ERR_MULTIPROC_ARGUMENT' };
const key = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom('a', '', NaN, -0, null, undefined));
const index = fc.option(fc.integer({ min: -6, max: 6 }), { nil: undefined });

/** Method, arguments, and what the same is called on JavaScript's own. */
type Step = readonly [name: string, args: readonly unknown[]];
const step = (name: string, ...args: fc.Arbitrary<unknown>[]): fc.Arbitrary<Step> =>
  fc.tuple(...args).map((values) => [name, values] as const);

function outcome(run: () => unknown): unknown {
  try {
    return { value: run() };
  } catch (error) {
    return { error: (error as Error).name };
  }
}

test('a list does what an Array does', () => {
  const steps = [
    ...['pop', 'shift', 'reverse', 'length'].map((name) => step(name)),
    ...['push', 'unshift'].flatMap((name) => [step(name, key), step(name, key, key, key)]),
    ...['slice', 'at'].flatMap((name) => [step(name, index), step(name, index, index)]),
    ...['indexOf', 'includes'].flatMap((name) => [step(name, key), step(name, key, index)]),
    step('lastIndexOf', key),
    step('lastIndexOf', key, fc.integer({ min: -6, max: 6 })),
    step('splice', index),
    step('splice', index, fc.integer({ min: -1, max: 3 }), key, key),
    step('fill', key, index, index),
    step('copyWithin', fc.integer({ min: -6, max: 6 }), fc.integer({ min: -6, max: 6 }), index),
    step('concat', key, fc.array(key)),
    step('join', fc.constantFrom('-', undefined)),
    step('sort'),
  ];
  fc.assert(
    fc.property(fc.array(key), fc.array(fc.oneof(...steps)), (items, all) => {
      const [list, array] = [new ManagedList<any>(items) as any, [...items] as any];
      for (const [name, args] of all) {
        const expected = outcome(() => (name === 'length' ? array.length : array[name](...args)));
        const got = outcome(() => list[name](...args));
        if (!['reverse', 'fill', 'sort', 'copyWithin'].includes(name)) assert.deepEqual(got, expected, name);
        assert.deepEqual(list.getValue(), array, name);
      }
      assert.deepEqual([...list.iterate()], array);
    }),
  );
});

test('a dict does what a Map does', () => {
  const steps = [
    ...['get', 'has', 'delete'].map((name) => step(name, key)),
    step('set', key, fc.nat()),
    ...['clear', 'size', 'keys', 'values', 'entries'].map((name) => step(name)),
  ];
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.nat())), fc.array(fc.oneof(...steps)), (entries, all) => {
      const [dict, map] = [new ManagedDict<any, any>(entries) as any, new Map<any, any>(entries) as any];
      for (const [name, args] of all) {
        const expected = name === 'size' ? map.size : map[name](...args);
        const got = dict[name](...args);
        if (name === 'set') assert.equal(got, undefined);
        else assert.deepEqual(got, typeof expected?.next === 'function' ? [...expected] : expected, name);
        assert.deepEqual([...dict.iterate()], [...map]);
      }
    }),
  );
});

test('a set does what a Set does', () => {
  const other = fc.oneof(
    fc.uniqueArray(key).map((items) => new Set(items)),
    fc.array(key),
  );
  const steps = [
    ...['has', 'delete', 'add'].map((name) => step(name, key)),
    ...['clear', 'size', 'values'].map((name) => step(name)),
    ...['union', 'intersection', 'difference', 'symmetricDifference', 'isSubsetOf', 'isSupersetOf', 'isDisjointFrom'].map(
      (name) => step(name, other),
    ),
  ];
  fc.assert(
    fc.property(fc.array(key), fc.array(fc.oneof(...steps)), (items, all) => {
      const [managed, set] = [new ManagedSet<any>(items) as any, new Set<any>(items)];
      for (const [name, [arg]] of all) {
        const got = managed[name](arg);
        assert.deepEqual(got, expectedOfSet(set, name, arg), name);
        assert.deepEqual(managed.values(), [...set], name);
      }
    }),
  );
});

/** By the definitions: Node 20 has no such methods. */
function expectedOfSet(set: Set<unknown>, name: string, arg: any): unknown {
  const [own, their] = [[...set], new Set<unknown>(arg instanceof Set || Array.isArray(arg) ? arg : [])];
  switch (name) {
    case 'add':
      return void set.add(arg);
    case 'has':
    case 'delete':
      return set[name](arg);
    case 'clear':
      return set.clear();
    case 'size':
      return set.size;
    case 'values':
      return own;
    case 'union':
      return new Set([...own, ...their]);
    case 'intersection':
      return new Set(own.filter((item) => their.has(item)));
    case 'difference':
      return new Set(own.filter((item) => !their.has(item)));
    case 'symmetricDifference':
      return new Set([...own.filter((item) => !their.has(item)), ...[...their].filter((item) => !set.has(item))]);
    case 'isSubsetOf':
      return own.every((item) => their.has(item));
    case 'isSupersetOf':
      return [...their].every((item) => set.has(item));
    default:
      return !own.some((item) => their.has(item));
  }
}

test('Python: in-place forms of a set, and pop', () => {
  const set = new ManagedSet([1, 2, 3]);
  set.update([3, 4], new ManagedSet([5]));
  assert.deepEqual(set.values(), [1, 2, 3, 4, 5]);
  set.intersectionUpdate([2, 3, 4, 9], new Set([2, 4]));
  assert.deepEqual(set.values(), [2, 4]);
  set.symmetricDifferenceUpdate([4, 7]);
  assert.equal(set.equals([7, 2]), true);
  set.differenceUpdate([2], [8]);
  assert.deepEqual([set.pop(), set.pop(), set.size()], [7, undefined, 0]);
  assert.throws(() => set.union(5 as any), badArgument);
  assert.throws(() => new ManagedSet(5 as any), badArgument);
});

test('read-modify-write in one step', () => {
  const double = (value: number | undefined, more = 0): number => (value ?? 0) * 2 + more;
  const [list, dict, names] = [new ManagedList([1, 2]), new ManagedDict<string, any>({ a: 1 }), new ManagedNamespace({ x: 1 })];
  assert.deepEqual([list.update(-1, double, 1), dict.update('a', double), names.update('x', double)], [5, 2, 2]);
  assert.deepEqual([list.increment(0), dict.increment('new', 2n), names.increment('x', -3)], [2, 2n, -1]);
  assert.equal(dict.compareAndSet('a', 3, 9), false);
  assert.equal(dict.compareAndSet('none', undefined, { deep: [1] }), true);
  assert.equal(dict.compareAndSet('none', { deep: [1] }, 'same'), true);
  assert.deepEqual([list.getValue(), dict.getValue().get('none'), names.getValue()], [[2, 5], 'same', { x: -1 }]);
  for (const bad of [
    () => list.update(2, double),
    () => list.update(0, 'double' as any),
    () => list.update(0, (async () => 1) as any),
    () => list.increment(0, 1n),
    () => dict.increment('none'),
    () => list.set(9, 1),
    () => list.set(0.5, 1),
    () => names.set(1 as any, 1),
    () => new ManagedDict([1] as any),
    () => new ManagedDict('ab' as any),
    () => list.sort('up' as any),
  ])
    assert.throws(bad, badArgument);
  assert.deepEqual(list.getValue(), [2, 5]);
});

test("Python's dict: setdefault, update, pop, popitem", () => {
  const dict = new ManagedDict<string, number>(new Map([['a', 1]]));
  assert.deepEqual([dict.getOrInsert('a', 5), dict.getOrInsert('b', 5)], [1, 5]);
  assert.equal(
    dict.getOrInsertComputed('c', (key, n: number) => key.length + n, 2),
    3,
  );
  dict.assign({ d: 4, a: 0 });
  dict.assign(new Map([['e', 5]]));
  assert.deepEqual([dict.pop('b'), dict.pop('b'), dict.pop('b', 7), dict.get('b', 8)], [5, undefined, 7, 8]);
  assert.deepEqual(
    [dict.popEntry(), dict.entries()],
    [
      ['e', 5],
      [
        ['a', 0],
        ['c', 3],
        ['d', 4],
      ],
    ],
  );
  dict.clear();
  assert.equal(dict.popEntry(), undefined);
});

test('an iteration sees changes of a list and of a set; a dict that changes its size ends it', () => {
  const list = new ManagedList([1, 2]);
  const seen: number[] = [];
  for (const item of list.iterate()) {
    seen.push(item);
    if (item < 4) list.push(item + 2);
  }
  assert.deepEqual(seen, [1, 2, 3, 4, 5]);
  const dict = new ManagedDict<number, number>([
    [1, 1],
    [2, 2],
  ]);
  const iterator = dict.iterate();
  iterator.next();
  dict.set(1, 9);
  assert.deepEqual(iterator.next().value, [2, 2]);
  dict.set(3, 3);
  assert.throws(() => iterator.next(), { code: 'ERR_MULTIPROC_ITERATION', message: /from 2 to 3/ });
});

test('values and arrays check what is written, as those in shared memory', () => {
  const value = new ManagedValue('i', 5);
  assert.deepEqual([value.add(3), value.get(), value.compareExchange(8, 1), value.get()], [5, 8, 8, 1]);
  value.set(-7);
  assert.throws(() => value.set(2 ** 40), RangeError);
  assert.throws(() => value.set('1' as any), TypeError);
  assert.throws(() => new ManagedValue('d').add(1), TypeError);
  assert.throws(() => new ManagedValue('nothing' as any), TypeError);
  assert.equal(
    value.update((x: number) => x + 1),
    -6,
  );
  assert.equal(String(value), 'Value(c_int(-6))');
  assert.deepEqual(
    [new ManagedValue('q', 2n).get(), new ManagedValue('?', true).get(), new ManagedValue('c', 'x').get()],
    [2n, true, 'x'],
  );

  const array = new ManagedArray('h', [1, 2, 3]);
  array.set(-1, 9);
  array.set([7, 8], 0);
  assert.throws(() => array.set([1, 2 ** 20], 1), RangeError);
  assert.throws(() => array.increment(0, 2 ** 20), RangeError);
  assert.deepEqual([array.increment(0), array.get(-1), array.length(), array.slice(1)], [8, 9, 3, [8, 9]]);
  array.fill(0, 1);
  assert.deepEqual([...array.iterate()], [8, 0, 0]);
  assert.deepEqual(new ManagedArray('d', 2).getValue(), [0, 0]);
  assert.equal(String(array), 'Array([ 8, 0, 0 ])');
});

test('texts', () => {
  const list = new ManagedList<unknown>([1, new ManagedDict<string, unknown>({ a: new ManagedSet([2]) })]);
  assert.equal(String(list), "[ 1, Map(1) { 'a' => Set(1) { 2 } } ]");
  assert.equal(String(new ManagedNamespace({ x: 10, y: 'hello' })), "Namespace(x=10, y='hello')");
});
