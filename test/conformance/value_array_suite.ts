import assert from 'node:assert/strict';
import { copy } from 'multiproc/sharedctypes';
import type { SyncContext } from './context.js';
import { check, type Run, range } from './suite.js';
import { doubleAll, Foo, prefixSums, rawPrefixSums, setValues } from './workers.js';

const noLock = { name: 'TypeError', message: /lock/ };
/** What an engine may still refer to after it has collected. */
const LITTLE = 10_000;
const BIG = 2n ** 33n;

interface Kept {
  readonly bytes: Uint8Array;
  readonly mark: number;
}

export function valueArraySuite(context: SyncContext): void {
  const { Value, Array: SharedArray, RawValue, RawArray } = context;

  check(context, '_TestValue.test_value', (run) =>
    areSetByWorker(run, [
      new Value('i', 4343),
      new Value('d', 3.625),
      new Value('h', -232),
      new Value('q', BIG),
      new Value('c', 'x'),
    ]),
  );

  check(context, '_TestValue.test_rawvalue', (run) =>
    areSetByWorker(run, [RawValue('i', 4343), RawValue('d', 3.625), RawValue('h', -232), RawValue('q', BIG), RawValue('c', 'x')]),
  );

  check(context, '_TestValue.test_getobj_getlock', () => {
    for (const value of [new Value('i', 5), new Value('i', 5, { lock: undefined }), new Value('i', 5, { lock: true })]) {
      assert.match(String(value.getLock()), /^<RLock/);
      assert.equal(value.getObj().value, 5);
    }
    const lock = context.Lock();
    const third = new Value('i', 5, { lock });
    assert.equal(third.getLock(), lock);
    third.getObj().value = 6;
    assert.equal(third.value, 6);
    assert.throws(() => new Value('i', 5, { lock: false }).getLock(), noLock);
    assert.throws(() => new Value('i', 5, { lock: 'navalue' as never }), noLock);
    for (const name of ['getLock', 'getObj']) assert.equal(name in RawValue('i', 5), false);
  });

  const numbers = [680, 626, 934, 821, 150, 233, 548, 982, 714, 831];

  check(context, '_TestArray.test_array', async (run) => {
    const expected = [...numbers];
    const array = new SharedArray('i', expected);
    assert.equal(array.length, expected.length);
    assert.equal(array.get(3), expected[3]);
    assert.deepEqual(array.slice(2, 7), expected.slice(2, 7));
    expected.splice(4, 4, 1, 2, 3, 4);
    array.set(Int32Array.of(1, 2, 3, 4), 4);
    assert.deepEqual(array.slice(), expected);
    assert.deepEqual([...array], expected);
    rawPrefixSums(expected as never);
    run.start(prefixSums, array);
    await run.ended();
    assert.deepEqual(array.slice(), expected);
  });

  check(context, '_TestArray.test_rawarray', async (run) => {
    const expected = [...numbers];
    const array = RawArray('i', expected);
    assert.equal(array.length, expected.length);
    assert.equal(array[3], expected[3]);
    assert.deepEqual([...array.slice(2, 7)], expected.slice(2, 7));
    expected.splice(4, 4, 1, 2, 3, 4);
    array.set(Int32Array.of(1, 2, 3, 4), 4);
    assert.deepEqual([...array], expected);
    rawPrefixSums(expected as never);
    run.start(rawPrefixSums, array);
    await run.ended();
    assert.deepEqual([...array], expected);
  });

  check(context, '_TestArray.test_array_accepts_long', () => {
    for (const type of ['l', 'q'] as const) {
      assert.deepEqual(new SharedArray(type, [BIG, -BIG]).slice(), [BIG, -BIG]);
      assert.deepEqual([...RawArray(type, [BIG, -BIG])], [BIG, -BIG]);
    }
    // A size is a number, and nothing else.
    assert.throws(() => new SharedArray('i', 10n as never), { name: 'TypeError', message: /size/ });
    assert.throws(() => RawArray('i', 10n as never), { name: 'TypeError', message: /size/ });
  });

  check(context, '_TestArray.test_array_from_size', () => {
    for (const _ of range(3)) {
      for (const _ of range(100)) fillNew();
      givenBack();
    }

    function fillNew(): void {
      const array = new SharedArray('i', 10);
      const raw = RawArray('i', 10);
      assert.equal(array.length, 10);
      assert.deepEqual(array.slice(), Array(10).fill(0));
      assert.deepEqual([...raw], Array(10).fill(0));
      array.set(range(10));
      raw.set(range(10));
      assert.deepEqual(array.slice(), range(10));
    }
  });

  check(context, '_TestArray.test_getobj_getlock_obj', () => {
    for (const options of [undefined, { lock: undefined }, { lock: true }]) {
      const array = new SharedArray('i', range(10), options);
      assert.match(String(array.getLock()), /^<RLock/);
      assert.deepEqual(array.getObj(), Int32Array.from(range(10)));
    }
    const lock = context.Lock();
    const third = new SharedArray('i', range(10), { lock });
    assert.equal(third.getLock(), lock);
    third.getObj()[3] = 30;
    assert.equal(third.get(3), 30);
    assert.throws(() => new SharedArray('i', range(10), { lock: false }).getLock(), noLock);
    assert.throws(() => new SharedArray('i', range(10), { lock: 'notalock' as never }), noLock);
    for (const name of ['getLock', 'getObj']) assert.equal(name in RawArray('i', range(10)), false);
  });

  check(context, '_TestHeap.test_heap', () => {
    const before = givenBack();
    const most = keepSome();
    const after = givenBack();
    assert.ok(after < before + LITTLE && most > after + LITTLE, `in use: ${before} bytes before, ${most}, ${after} after`);

    /** A function of its own, so that nothing on the stack refers to what it made. Returns the bytes in use at its end. */
    function keepSome(): number {
      const kept: Kept[] = [];
      for (let i = 0; i < 2000; i++) {
        kept.push(newBlock(i));
        if (kept.length > 50) kept.splice(Math.floor(Math.random() * kept.length), 1).forEach(isIntact);
        if (i % 200 === 0) givenBack();
        if (i % 500 === 0) assert.deepEqual(context.problems(), []);
      }
      const inUse = givenBack();
      kept.forEach(isIntact);
      return inUse;
    }

    /** Mostly small, some large; each full of a mark of its own. */
    function newBlock(i: number): Kept {
      const size = Math.floor(1000 * Math.exp(normal()));
      const mark = i % 251;
      const bytes = RawArray('B', size);
      assert.ok(bytes.every((byte) => byte === 0));
      if (i % 3 === 0) new Value('i', i);
      return { bytes: bytes.fill(mark), mark };
    }

    function isIntact({ bytes, mark }: Kept): void {
      assert.ok(bytes.every((byte) => byte === mark));
    }
  });

  check(context, '_TestHeap.test_free_from_gc', () => {
    const before = givenBack();
    for (const _ of range(2500)) makeCycle();
    const after = givenBack();
    assert.ok(after < before + LITTLE, `in use: ${before} bytes before, ${after} after`);

    function makeCycle(): void {
      const [a, b]: { bytes: Uint8Array; buddy?: unknown }[] = [{ bytes: RawArray('B', 1) }, { bytes: RawArray('B', 1) }];
      a.buddy = b;
      b.buddy = a;
    }
  });

  check(context, '_TestSharedCTypes.test_sharedctypes', (run) => areDoubledByWorker(run, false));
  check(context, '_TestSharedCTypes.test_synchronize', (run) => areDoubledByWorker(run, true));

  check(context, '_TestSharedCTypes.test_copy', () => {
    const start = { x: 2, y: 5, z: BIG };
    const first = RawValue(Foo, start);
    const second = new Value(Foo, start);
    const copies = [copy(first), copy(second)];
    for (const foo of [first, second]) Object.assign(foo, { x: 0, y: 0, z: 0n });
    for (const { x, y, z } of copies) assert.deepEqual({ x, y, z }, start);
    for (const { x, y, z } of [first, second]) assert.deepEqual({ x, y, z }, { x: 0, y: 0, z: 0n });
  });

  /** What nobody refers to goes back; the bytes in use after that. */
  function givenBack(): number {
    context.collect();
    return context.bytesInUse();
  }

  async function areSetByWorker(run: Run, values: readonly { value: unknown }[]): Promise<void> {
    const news = [24234, -4.25, 234, 2n * BIG, 'y'];
    assert.deepEqual(
      values.map(({ value }) => value),
      [4343, 3.625, -232, BIG, 'x'],
    );
    run.start(setValues, values, news);
    await run.ended();
    assert.deepEqual(
      values.map(({ value }) => value),
      news,
    );
  }

  async function areDoubledByWorker(run: Run, lock: boolean): Promise<void> {
    const x = new Value('i', 7, { lock });
    const y = new Value('d', 1 / 3, { lock });
    const z = new Value('q', BIG, { lock });
    const foo = new Value(Foo, { x: 3, y: 2, z: 1n }, { lock });
    const array = new SharedArray('d', range(10), { lock });
    const text = new SharedArray('c', 20, { lock });
    text.value = 'hello';
    run.start(doubleAll, x, y, z, foo, array, text);
    await run.ended();
    assert.deepEqual([x.value, y.value, z.value], [14, 2 / 3, 2n * BIG]);
    assert.deepEqual([foo.x, foo.y, foo.z], [6, 4, 2n]);
    assert.deepEqual(
      array.slice(),
      range(10).map((n) => 2 * n),
    );
    assert.equal(text.value, 'hellohello');
  }
}

/** Of a normal distribution around 0. */
function normal(): number {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}
