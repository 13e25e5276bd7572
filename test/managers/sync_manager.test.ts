/** The types of a SyncManager through their proxies: one step for several clients, functions that run in the server, cancelling, scopes, and blocking calls. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { byValue, getContext, Lock, Manager, Process, Queue } from 'multiproc';
import { type JoinableQueueProxy, type LockLike, type QueueLike, type QueueProxy, SyncManager } from 'multiproc/managers';
import { sweepCollected } from '#dist/memory/collected.js';
import { within } from '../support/within.js';
import { Counter, count, descending, double, getAndGiveUp, plus, plusSoon, startMethodHere } from './holders.js';

const m = await Manager();
after(() => m.shutdown());
const reason = new RangeError('enough');

test('several processes count in one step each, and none is lost', async () => {
  const [dict, names] = [await m.dict<string, number>(), await m.Namespace<{ n: number }>()];
  const children = [1, 2].map(() => new Process({ target: count, args: [dict, names, 50] }).start());
  await count(dict, names, 50);
  for (const child of children) assert.equal(await within(child.join(), 'a child that counts'), 0);
  assert.deepEqual(await dict.getValue(), new Map(['increment', 'update', 'swap'].map((key) => [key, 150])));
  assert.deepEqual(await names.getValue(), { n: 150 });
});

test('functions run in the server: exported ones, or their source', async () => {
  const list = await m.list([3, 1, 2]);
  assert.equal(await list.sort(descending), list);
  assert.equal(await list.update(0, plus, 4), 7);
  const by = 10;
  assert.equal(
    await list.update(
      -1,
      byValue((x: number) => x * by, { scope: { by } }),
    ),
    10,
  );
  assert.deepEqual(await list.getValue(), [7, 2, 10]);
  await assert.rejects(list.update(0, plusSoon as never), { name: 'TypeError', message: /async/ });
  await assert.rejects(
    list.update(0, (x) => x),
    { name: 'SerializationError', message: /args\[1\].*byValue/s },
  );
  assert.equal(
    await (await m.dict<string, number>()).getOrInsertComputed(
      'abc',
      byValue((key: string) => key.length),
    ),
    3,
  );
});

test('an abort ends a wait, which has taken nothing', async () => {
  const [lock, queue, event, barrier, condition] = [
    await m.Lock(),
    await m.Queue<number>(1),
    await m.Event(),
    await m.Barrier(2),
    await m.Condition(),
  ];
  await lock.acquire();
  await condition.acquire();
  await queue.put(1);
  const waits = [
    (signal: AbortSignal) => lock.acquire({ signal }),
    (signal: AbortSignal) => lock.hold({ signal, timeout: 60_000 }),
    (signal: AbortSignal) => lock.runExclusive(() => assert.fail(), { signal }),
    (signal: AbortSignal) => queue.put(2, { signal }),
    (signal: AbortSignal) => event.wait({ signal }),
    (signal: AbortSignal) => barrier.wait({ signal }),
    (signal: AbortSignal) => condition.wait({ signal }),
  ];
  for (const wait of waits) {
    const controller = new AbortController();
    const waiting = assert.rejects(wait(controller.signal), reason);
    // The server has heard of the call when it has answered a later one.
    await event.isSet();
    controller.abort(reason);
    await within(waiting, String(wait));
    await assert.rejects(wait(AbortSignal.abort(reason)), reason);
  }
  assert.equal(await condition.locked(), true);
  await lock.release();
  assert.deepEqual(
    [await lock.locked(), await barrier.broken, await barrier.nWaiting, await queue.getMany(5)],
    [false, false, 0, [1]],
  );
  const controller = new AbortController();
  const get = assert.rejects(queue.get({ signal: controller.signal }), reason);
  controller.abort(reason);
  await get;
  await queue.put(3);
  assert.equal(await queue.get(), 3);
});

test('what a call takes that is aborted at once is neither lost nor there twice', async () => {
  for (const queue of [await m.Queue<number>(), await m.JoinableQueue<number>()]) {
    for (let round = 0; round < 50; round++) {
      await queue.putMany([1, 2, 3]);
      const controller = new AbortController();
      const gets = [
        queue.getMany(2, { signal: controller.signal }),
        queue.get({ signal: controller.signal }).then((item) => [item]),
      ];
      controller.abort(reason);
      const got = (await Promise.all(gets.map((get) => get.catch(() => [])))).flat();
      while (!(await queue.empty())) got.push(await queue.get());
      assert.deepEqual(got.sort(), [1, 2, 3]);
    }
  }
});

test('a proxy of a queue is given up while it gets: the item comes, once, also where only a dict has the queue by then', async () => {
  for (const form of ['get', 'getMany', 'getTask'] as const) {
    const [dict, lock, tell] = [await m.dict<string, JoinableQueueProxy<number>>(), await m.Lock(), await m.Queue<string>()];
    const queue = form === 'getTask' ? await m.JoinableQueue<number>() : await m.Queue<number>();
    await dict.set('queue', queue as JoinableQueueProxy<number>);
    queue[Symbol.dispose]();
    const child = new Process({ target: getAndGiveUp, args: [dict, form, lock, tell] }).start();
    assert.equal(await within(tell.get(), 'a child that gets'), 'waits');
    // What nobody holds is let go of here.
    await m.numberOfObjects();
    const same = (await dict.get('queue'))!;
    await same.put(7);
    assert.equal(await within(tell.get(), 'the item'), 'got 7');
    assert.equal(await within(child.join(), 'the end of the child'), 0);
    // With the lock comes back what it had.
    await within(lock.acquire(), 'its lock');
    assert.equal(await same.empty(), true);
    if (form === 'getTask') assert.equal(await same.tryJoin(), true);
  }
});

test('who holds a lock or a permit gives it back, also when its proxy was given up', async () => {
  for (const [lock, dict] of [
    [await m.Lock(), await m.dict()],
    [await m.RLock(), await m.dict()],
    [await m.Semaphore(), await m.dict()],
    [await m.Condition(), await m.dict()],
  ] as const) {
    await dict.set('lock', lock);
    const begun = lock.hold();
    const inside = lock.runExclusive(() => 'ran');
    lock[Symbol.dispose]();
    const hold = await begun;
    await m.numberOfObjects();
    await hold.release();
    await hold.release();
    assert.equal(await within(inside, 'its turn'), 'ran');
    const same = (await dict.get('lock')) as typeof lock;
    assert.equal(await same.locked(), false);
    // The proxy that was given up keeps nothing.
    const objects = await m.numberOfObjects();
    await dict.clear();
    same[Symbol.dispose]();
    assert.equal(await m.numberOfObjects(), objects - 1);
    await assert.rejects(lock.acquire(), { name: 'ProcessError', message: /disposed of/ });
  }
});

test('a queue of which a client has an item that it has not confirmed stays for it, without a proxy', async () => {
  const [queue, dict] = [await m.Queue<number>(), await m.dict<string, QueueProxy<number>>()];
  await dict.set('queue', queue);
  await queue.put(1);
  const [ticket] = await (queue as any).callMethod('getDelivery');
  queue[Symbol.dispose]();
  sweepCollected();
  const objects = await m.numberOfObjects();
  const again = (await dict.get('queue'))!;
  assert.equal(await m.numberOfObjects(), objects);
  const stay = (again as any).stay();
  stay.confirm(ticket);
  stay.release();
  again[Symbol.dispose]();
  assert.equal(await m.numberOfObjects(), objects - 1);
});

test('items that are got together are confirmed together', async () => {
  const queue = await m.Queue<number>();
  await queue.putMany([1, 2, 3]);
  const objects = await m.numberOfObjects();
  assert.deepEqual(await queue.getMany(3), [1, 2, 3]);
  queue[Symbol.dispose]();
  // One that is not confirmed would keep it.
  assert.equal(await m.numberOfObjects(), objects - 1);
});

test('tasks of one process exclude each other by runExclusive of an RLock, which nests; a condition of it belongs to the same call', async () => {
  const lock = await m.RLock();
  const condition = await m.Condition(lock);
  const order: string[] = [];
  const task = (name: string): Promise<void> =>
    lock.runExclusive(async () => {
      order.push(`${name} in`);
      await lock.runExclusive(() => lock.acquire());
      await lock.release();
      await condition.notify();
      await using _hold = await condition.hold();
      order.push(`${name} out`);
    });
  await within(Promise.all([task('a'), task('b')]), 'both');
  assert.deepEqual(order, ['a in', 'a out', 'b in', 'b out']);
  assert.equal(await lock.locked(), false);
  await assert.rejects(condition.notify(), { code: 'ERR_MULTIPROC_NOT_HELD' });
});

test('scopes and errors of locks', async () => {
  const semaphore = await m.Semaphore(1);
  {
    using _hold = await semaphore.hold();
    await assert.rejects(semaphore.hold({ timeout: 0 }), { name: 'TimeoutError' });
  }
  // It was sent before this is asked.
  assert.equal(await semaphore.getValue(), 1);
  const hold = await semaphore.hold();
  await hold.release();
  await hold.release();
  assert.equal(await semaphore.getValue(), 1);
  const lock = await m.Lock();
  const failing = lock.runExclusive(async () => {
    await lock.release();
    throw reason;
  });
  await assert.rejects(failing, reason);
  await assert.rejects(
    lock.runExclusive(() => lock.release()),
    { code: 'ERR_MULTIPROC_NOT_HELD' },
  );
  await assert.rejects(lock.acquire({ timeout: NaN }), { name: 'RangeError', code: 'ERR_MULTIPROC_ARGUMENT' });
  await assert.rejects(lock.runExclusive(1 as never), TypeError);
});

test('an error of a queue arrives as its own class; a closed queue ends the loops over it', async () => {
  const queue = await m.Queue<unknown>(1);
  await assert.rejects(queue.get({ timeout: 1 }), (error: Error) => error.name === 'QueueEmpty' && error.cause instanceof Error);
  await assert.rejects(
    queue.put(() => {}),
    { name: 'SerializationError', path: /args\[0\]/ },
  );
  assert.deepEqual(
    [await queue.tryPut(1), await queue.tryPut(2), await queue.tryGet(), await queue.tryGet()],
    [true, false, 1, undefined],
  );
  await queue.put('last');
  await queue.close();
  const items: unknown[] = [];
  for await (const item of queue) items.push(item);
  assert.deepEqual(items, ['last']);
  await assert.rejects(queue.put(1), { name: 'QueueShutDown' });
});

/** Written against what both kinds have. */
async function exchange(lock: LockLike, queue: QueueLike<number>): Promise<number[]> {
  await lock.runExclusive(() => queue.putMany([1, 2, 3]));
  await using _hold = await lock.hold();
  return [await queue.get(), ...(await queue.getMany(5))];
}

test('one function takes the objects of a manager and those in shared memory', async () => {
  assert.deepEqual(await exchange(await m.Lock(), await m.Queue<number>()), [1, 2, 3]);
  assert.deepEqual(await exchange(new Lock(), new Queue<number>()), [1, 2, 3]);
});

test('blocking calls', async () => {
  const [list, dict, queue, lock] = [await m.list([1]), await m.dict({ a: 1 }), await m.Queue<number>(), await m.RLock()];
  assert.deepEqual([list.sync.push(2, 3), list.sync.getValue(), [...list.sync.iterate()]], [3, [1, 2, 3], [1, 2, 3]]);
  assert.deepEqual([dict.sync.increment('a'), dict.sync.get('a')], [2, 2]);
  assert.deepEqual([[...list.sync], [...dict.sync]], [[1, 2, 3], [['a', 2]]]);
  queue.sync.put(5);
  assert.equal(queue.sync.get(), 5);
  const tasks = await m.JoinableQueue<string>();
  assert.equal(tasks.sync.tryGetTask(), undefined);
  tasks.sync.putMany(['a', 'b']);
  const [a, b] = [tasks.sync.getTask(), tasks.sync.tryGetTask()];
  a.doneSync();
  await b.done();
  assert.throws(() => a.doneSync(), { name: 'NotHeldError', message: /done already/ });
  assert.deepEqual([a.value, b.value, b.redelivered, tasks.sync.tryJoin()], ['a', 'b', false, true]);
  assert.throws(() => queue.sync.get({ timeout: 5 }), { name: 'QueueEmpty' });
  queue.sync.putMany([6, 7]);
  queue.sync.close();
  assert.deepEqual([...queue.sync], [6, 7]);
  assert.throws(() => [...lock.sync], { name: 'TypeError' });
  assert.equal(lock.sync.acquire(), true);
  lock.sync.release();
});

test('a manager of the usual types and of others, with another start method', async () => {
  class MyManager extends SyncManager.define({ Counter }) {}
  await using mine = new MyManager();
  await mine.start();
  const [counter, list] = [await mine.Counter(), await mine.list([1])];
  assert.deepEqual([await counter.next(), await list.length()], [1, 1]);
  await using spawned = await getContext('spawn').Manager();
  const pool = await spawned.Pool(1);
  const doubled: number[] = [];
  for await (const result of pool.imap(double, [1, 2, 3])) doubled.push(result);
  assert.deepEqual(doubled, [2, 4, 6]);
  // An object of one manager inside one of another.
  const far = await spawned.list([list]);
  assert.equal(await (await far.get(0))!.push(5), 2);
  assert.deepEqual(await list.getValue(), [1, 5]);
});

test('the server is started by the method of the context', async () => {
  for (const method of ['spawn', 'warm'] as const) {
    const context = getContext(method);
    class Mine extends SyncManager.define({ Counter }) {}
    await using given = new Mine({ context });
    await given.start();
    await using made = await context.Manager();
    for (const manager of [given, made]) {
      const dict = await manager.dict<string, string>();
      assert.equal(await dict.update('method', startMethodHere), method);
    }
  }
  assert.throws(() => new SyncManager({ context: 'spawn' as never }), { name: 'TypeError', message: /context must be/ });
});
