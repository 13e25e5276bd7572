import assert from 'node:assert/strict';
import type { DictProxy, ListProxy, QueueProxy, SyncManager } from 'multiproc/managers';
import { within } from '../support/within.js';
import type { Context } from './context.js';
import {
  acquireAndStay,
  acquireTwice,
  clearEvent,
  enterPool,
  seeBarrier,
  useArray,
  useCondition,
  useDict,
  useList,
  useNamespace,
  useQueue,
  useSet,
  useValue,
} from './manager_workers.js';
import { check, type Run, range } from './suite.js';

const notHeld = { name: 'NotHeldError', code: 'ERR_MULTIPROC_NOT_HELD' };

/** CPython's `_TestContainers`. */
export function containersSuite(context: Context, m: SyncManager): void {
  check(context, '_TestContainers.test_list', async () => {
    const a = await m.list(range(10));
    assert.deepEqual(await a.slice(), range(10));
    const b = await m.list<number>();
    await b.push(...range(5));
    assert.deepEqual([await b.get(2), await b.slice(2, 10), await b.at(-1)], [2, [2, 3, 4], 4]);
    // Python's b *= 2.
    await b.push(...(await b.getValue()));
    assert.deepEqual(await b.getValue(), [...range(5), ...range(5)]);
    assert.deepEqual(await b.concat([5, 6]), [...range(5), ...range(5), 5, 6]);
    assert.deepEqual(await a.concat(b, 7), [...range(10), ...range(5), ...range(5), 7]);
    const e = await m.list<ListProxy<number>>([a, b]);
    assert.match(String(e).replace(/\s+/g, ' '), /^\[ \[ 0, 1, 2, .* 9 \], \[ 0, 1, .* \] \]$/);
    const f = await m.list([a]);
    await a.push(99);
    assert.deepEqual(await (await f.get(0))!.getValue(), [...range(10), 99]);
    assert.deepEqual(await (await e.get(-1))!.slice(-2), [3, 4]);
    await a.set(-1, 10);
    assert.deepEqual(
      await a.splice(1, 9),
      range(9).map((i) => i + 1),
    );
    assert.deepEqual(await (await f.at(0))!.getValue(), [0, 10]);
    await assert.rejects(a.set(2, 1), RangeError);
  });

  check(context, '_TestContainers.test_list_iter', async () => {
    const list = await m.list(range(3));
    const iterator = list[Symbol.asyncIterator]();
    const seen: number[] = [];
    for await (const item of iterator) {
      seen.push(item);
      if (item === 1) await list.push(100);
    }
    assert.deepEqual(seen, [0, 1, 2, 100]);
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
  });

  check(context, '_TestContainers.test_list_proxy_in_list', async () => {
    const inner = await m.list<number>();
    const all = await m.list<ListProxy<number>>();
    for (const i of range(3)) await all.push(await m.list([i]));
    await all.set(1, inner);
    await inner.push(7);
    await (await all.get(0))!.push(8);
    const contents: number[][] = [];
    for (const list of await all.getValue()) contents.push(await (list as ListProxy<number>).getValue());
    assert.deepEqual(contents, [[0, 8], [7], [2]]);
    inner[Symbol.dispose]();
    assert.deepEqual(await (await all.get(1))!.getValue(), [7]);
    // It holds itself, and can be dropped.
    const loop = await m.list<unknown>([1]);
    await loop.push(loop);
    assert.deepEqual(await ((await loop.get(1)) as ListProxy<number>).get(0), 1);
    loop[Symbol.dispose]();
  });

  check(context, '_TestContainers.test_dict', async () => {
    const dict = await m.dict<number, string>();
    const letters = range(5).map((i) => [i, String.fromCharCode(65 + i)] as const);
    for (const [i, letter] of letters) await dict.set(i, letter);
    assert.deepEqual(await dict.getValue(), new Map(letters));
    assert.deepEqual(
      [await dict.keys(), await dict.values(), await dict.entries()],
      [range(5), letters.map(([, l]) => l), letters],
    );
  });

  check(context, '_TestContainers.test_dict_iter', async () => {
    const dict = await m.dict({ a: 1, b: 2, c: 3 });
    const keys: string[] = [];
    for await (const [key] of dict) keys.push(key);
    assert.deepEqual(keys, ['a', 'b', 'c']);
    const iterator = dict[Symbol.asyncIterator]();
    await iterator.next();
    await dict.delete('c');
    await assert.rejects(iterator.next(), { name: 'IterationError', code: 'ERR_MULTIPROC_ITERATION' });
  });

  check(context, '_TestContainers.test_dict_proxy_nested', async () => {
    type Pets = DictProxy<string, number>;
    const pets = await m.dict({ ferrets: 2, hamsters: 4 });
    const supplies = await m.dict({ water: 10, feed: 3 });
    const all = await m.dict<string, Pets>({ pets, supplies });
    assert.equal(await (await all.get('supplies'))!.get('water'), 10);
    await (await all.get('supplies'))!.set('blankets', 5);
    assert.equal(await supplies.get('blankets'), 5);
    await supplies.set('water', 7);
    for (const outer of [pets, supplies]) outer[Symbol.dispose]();
    assert.equal(await (await all.get('supplies'))!.get('water'), 7);
    const list = await m.list<DictProxy<string, Pets> | number[]>([all, [1]]);
    all[Symbol.dispose]();
    const again = (await list.get(0)) as DictProxy<string, Pets>;
    await (await again.get('pets'))!.set('marmots', 1);
    assert.equal(await (await ((await list.get(0)) as DictProxy<string, Pets>).get('pets'))!.get('marmots'), 1);
    // A plain list is a copy.
    ((await list.get(1)) as number[]).push(2);
    assert.deepEqual(await list.get(1), [1]);
  });

  check(context, '_TestContainers.test_nested_queue', async () => {
    const list = await m.list<QueueProxy<number>>();
    await list.push(await m.Queue<number>());
    await (await list.get(0))!.put(45);
    assert.equal(await (await list.get(0))!.get(), 45);
    const dict = await m.dict<string, QueueProxy<number>>({ queue: await m.Queue<number>() });
    await (await dict.get('queue'))!.put(44);
    assert.equal(await (await dict.get('queue'))!.get(), 44);
  });

  check(context, '_TestContainers.test_namespace', async () => {
    const names = await m.Namespace<{ name: string; job?: string }>({ name: 'Bob', job: 'Builder' });
    assert.deepEqual([await names.get('name'), await names.has('job')], ['Bob', true]);
    assert.equal(await names.delete('job'), true);
    assert.equal(String(names), "Namespace(name='Bob')");
    assert.deepEqual(await names.getValue(), { name: 'Bob' });
  });
}

/** CPython's `TestSyncManagerTypes`. */
export function managerTypesSuite(context: Context, m: SyncManager): void {
  check(context, 'TestSyncManagerTypes.test_event', async (run) => {
    const event = await m.Event();
    await event.set();
    run.start(clearEvent, event);
    await run.ended();
    assert.equal(await event.isSet(), false);
  });

  check(context, 'TestSyncManagerTypes.test_lock', async (run) => {
    const lock = await m.Lock();
    await takenElsewhere(m, run, lock, async () => {
      assert.equal(await lock.locked(), true);
      await lock.release();
      await assert.rejects(lock.release(), notHeld);
      assert.equal(await lock.locked(), false);
    });
  });

  check(context, 'TestSyncManagerTypes.test_rlock', async (run) => {
    const lock = await m.RLock();
    run.start(acquireTwice, lock);
    await run.ended();
    await assert.rejects(lock.release(), notHeld);
  });

  check(context, 'TestSyncManagerTypes.test_semaphore', async (run) => {
    const semaphore = await m.Semaphore();
    await takenElsewhere(m, run, semaphore, () => semaphore.release());
    assert.equal(await semaphore.getValue(), 1);
  });

  check(context, 'TestSyncManagerTypes.test_bounded_semaphore', async (run) => {
    const semaphore = await m.BoundedSemaphore();
    await takenElsewhere(m, run, semaphore, async () => {
      await semaphore.release();
      await assert.rejects(semaphore.release(), notHeld);
    });
    assert.equal(await semaphore.getValue(), 1);
  });

  check(context, 'TestSyncManagerTypes.test_condition', async (run) => {
    const condition = await m.Condition();
    run.start(useCondition, condition);
    await run.ended();
    await assert.rejects(condition.release(), notHeld);
    const lock = await m.Lock();
    const other = await m.Condition(lock);
    await other.runExclusive(async () => assert.equal(await lock.locked(), true));
  });

  check(context, 'TestSyncManagerTypes.test_barrier', async (run) => {
    run.start(seeBarrier, await m.Barrier(5));
    await run.ended();
  });

  check(context, 'TestSyncManagerTypes.test_pool', async (run) => {
    const pool = await m.Pool(1);
    assert.deepEqual(await pool.map(Math.sqrt, [1, 4, 9]), [1, 2, 3]);
    assert.equal(await pool.apply(Math.max, [1, 5]), 5);
    assert.deepEqual(
      await pool.starmap(Math.min, [
        [1, 2],
        [4, 3],
      ]),
      [1, 3],
    );
    const roots: number[] = [];
    for await (const root of pool.imap(Math.sqrt, [16, 25])) roots.push(root);
    assert.deepEqual(roots, [4, 5]);
    run.start(enterPool, pool);
    await run.ended();
    await assert.rejects(pool.apply(Math.max, [1]));
  });

  check(context, 'TestSyncManagerTypes.test_queue', async (run) => {
    const queue = await m.Queue<string>(2);
    await queue.putMany(['queen', 'king']);
    run.start(useQueue, queue);
    await run.ended();
    assert.equal(await queue.full(), false);
    assert.equal(await queue.get(), 'king');
  });

  check(context, 'TestSyncManagerTypes.test_joinable_queue', async (run) => {
    const queue = await m.JoinableQueue<string>(2);
    await queue.putMany(['queen', 'king']);
    run.start(useQueue, queue, queue);
    await run.ended();
    assert.equal(await queue.get(), 'king');
    await queue.taskDone();
    await within(queue.join(), 'all to be done');
    await assert.rejects(queue.taskDone(), notHeld);
  });

  check(context, 'TestSyncManagerTypes.test_list', (run) =>
    usedBy(run, useList, m.list<number>(), async (list) => assert.equal(await list.length(), 0)),
  );

  check(context, 'TestSyncManagerTypes.test_dict', (run) =>
    usedBy(run, useDict, m.dict<string, number>({ foo: 5 }), async (dict) => assert.equal(await dict.size(), 0)),
  );

  check(context, 'TestSyncManagerTypes.test_value', (run) =>
    usedBy(run, useValue, m.Value('i', 1), async (value) => assert.equal(await value.value, 2)),
  );

  check(context, 'TestSyncManagerTypes.test_array', (run) => usedBy(run, useArray, m.Array('i', [0, 1]), async () => {}));

  check(context, 'TestSyncManagerTypes.test_namespace', (run) =>
    usedBy(run, useNamespace, m.Namespace<{ x: number; y: number }>({ x: 1 }), async (names) => {
      assert.deepEqual(await names.getValue(), { x: 1, y: 2 });
    }),
  );

  check(context, 'TestSyncManagerTypes.test_set', (run) =>
    usedBy(run, useSet, m.set(['a', 'b', 'c']), async (set) => assert.equal(await set.size(), 0)),
  );

  check(context, 'TestSyncManagerTypes.test_set_init', async () => {
    for (const items of [['a', 'b'], new Set(['a', 'b']), await m.list(['a', 'b']), await m.set(['a', 'b'])]) {
      assert.deepEqual(await (await m.set<string>(items)).getValue(), new Set(['a', 'b']));
    }
    assert.deepEqual(await (await m.set(new Map([['a', 1]]))).values(), [['a', 1]]);
    await assert.rejects(m.set(1234 as never), TypeError);
  });
}

/** A worker takes it, stays, and `body` runs meanwhile. */
async function takenElsewhere(
  m: SyncManager,
  run: Run,
  lock: Parameters<typeof acquireAndStay>[0],
  body: () => Promise<unknown>,
): Promise<void> {
  const [taken, leave] = [await m.Event(), await m.Event()];
  run.start(acquireAndStay, lock, taken, leave);
  await within(taken.wait(), 'the worker to take it');
  await body();
  await leave.set();
  await run.ended();
}

/** A worker uses an object, which is then looked at. */
async function usedBy<T>(
  run: Run,
  target: (object: T) => Promise<void>,
  made: Promise<T>,
  look: (object: T) => Promise<void>,
): Promise<void> {
  const object = await made;
  run.start(target, object);
  await run.ended();
  await look(object);
}
