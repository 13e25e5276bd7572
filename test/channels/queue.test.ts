import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { Pipe } from '#dist/channels/pipe.js';
import { Queue } from '#dist/channels/queue.js';
import { SimpleQueue } from '#dist/channels/simple_queue.js';
import { fsck } from '#dist/memory/fsck.js';
import { forgetInstance } from '#dist/memory/instances.js';
import { session } from '#dist/memory/session.js';
import { startChild } from '../support/children.js';
import { repetitions } from '../support/repetitions.js';

test('items come out in the order in which they went in, by all forms', async () => {
  const queue = new Queue<number>();
  queue.putSync(1);
  await queue.put(2);
  assert.equal(queue.tryPut(3), true);
  assert.deepEqual([queue.qsize(), queue.empty(), queue.full()], [3, false, false]);
  assert.deepEqual([queue.getSync(), await queue.get(), queue.tryGet(), queue.tryGet()], [1, 2, 3, undefined]);
  assert.deepEqual([queue.qsize(), queue.empty()], [0, true]);
  const late = [queue.get(), queue.get()];
  await queue.putMany([4, 5, 6, 7]);
  assert.deepEqual(await Promise.all(late), [4, 5]);
  assert.deepEqual(await queue.getMany(10), [6, 7]);
  queue.putManySync(new Set([8, 9]));
  assert.deepEqual(queue.getManySync(1), [8]);
  assert.deepEqual(queue.tryGetMany(5), [9]);
  assert.deepEqual([queue.tryGetMany(5), await queue.getMany(0)], [[], []]);
  await queue.joinThread();
  queue.cancelJoinThread();
});

test('a bounded queue is full, and putters wait in order', async () => {
  const queue = new Queue<number>(2);
  assert.equal(queue.tryPutMany([1, 2, 3]), 2);
  assert.equal(queue.full(), true);
  assert.equal(queue.tryPut(3), false);
  assert.throws(() => queue.putSync(3, { timeout: 5 }), { name: 'QueueFull', code: 'ERR_MULTIPROC_QUEUE_FULL' });
  await assert.rejects(queue.put(3, { timeout: 0 }), { name: 'QueueFull' });
  const late = [queue.put(3), queue.put(4), queue.put(5)];
  const controller = new AbortController();
  const aborted = queue.put(99, { signal: controller.signal });
  controller.abort('no');
  await assert.rejects(aborted, (reason) => reason === 'no');
  const got: number[] = [];
  while (got.length < 5) got.push(await queue.get());
  await Promise.all(late);
  assert.deepEqual(got, [1, 2, 3, 4, 5]);
  await assert.rejects(queue.putMany([1, 2, 3, 4], { timeout: 5 }), {
    name: 'QueueFull',
    message: /2 items of this call are in/,
  });
  assert.throws(() => queue.putManySync([1], { timeout: 5 }), { message: /0 items/ });
  assert.equal(inspect(queue), '<Queue(qsize=2, maxsize=2)>');
});

test('time-outs and aborts of get take nothing', async () => {
  const queue = new Queue<number>();
  assert.throws(() => queue.getSync({ timeout: 5 }), { name: 'QueueEmpty', code: 'ERR_MULTIPROC_QUEUE_EMPTY' });
  await assert.rejects(queue.get({ timeout: 5 }), { name: 'QueueEmpty' });
  await assert.rejects(queue.get({ timeout: 0 }), { name: 'QueueEmpty' });
  await assert.rejects(queue.getMany(3, { timeout: 1 }), { name: 'QueueEmpty' });
  await assert.rejects(queue.get({ timeout: NaN }), RangeError);
  const controller = new AbortController();
  const aborted = queue.get({ signal: controller.signal });
  const after = queue.get();
  controller.abort(new Error('stop'));
  queue.putSync(1);
  await assert.rejects(aborted, { message: 'stop' });
  assert.equal(await after, 1);
  for (const maxsize of [-1, NaN, 1.5, 2 ** 40])
    assert.throws(() => new Queue(maxsize), { name: 'RangeError', code: 'ERR_MULTIPROC_ARGUMENT', message: /^maxsize must be/ });
  assert.throws(() => new Queue('3' as never), TypeError);
  assert.throws(() => queue.getManySync(-1), RangeError);
});

test('a closed queue takes nothing more, and gives what it has', async () => {
  const queue = new Queue<number>();
  queue.putManySync([1, 2]);
  queue.close();
  queue.close();
  assert.throws(() => queue.putSync(3), { name: 'QueueShutDown', code: 'ERR_MULTIPROC_QUEUE_SHUT_DOWN' });
  await assert.rejects(queue.put(3), { name: 'QueueShutDown' });
  assert.throws(() => queue.tryPut(3), { name: 'QueueShutDown' });
  assert.equal(queue.getSync(), 1);
  const seen: number[] = [];
  for await (const item of queue) seen.push(item);
  assert.deepEqual(seen, [2]);
  assert.throws(() => queue.tryGet(), { name: 'QueueShutDown' });
  assert.throws(() => queue.getSync({ timeout: 5 }), { name: 'QueueShutDown' });
  await assert.rejects(queue.get(), { name: 'QueueShutDown' });

  const bounded = new Queue<number>(1);
  bounded.putSync(1);
  const putter = bounded.put(2);
  await turn();
  bounded[Symbol.dispose]();
  await assert.rejects(putter, { name: 'QueueShutDown' });
  const waiting = new Queue<number>();
  const getters = [waiting.get(), waiting.getMany(2)];
  waiting.close();
  for (const getter of getters) await assert.rejects(getter, { name: 'QueueShutDown' });
});

test('items of any size, and objects inside items, that nobody else holds', async () => {
  const queue = new Queue<any>();
  const sizes = [0, 1, 511, 512, 513, 8000, 8192, 9000, 70_000, 16 * 2 ** 20];
  for (const size of sizes) queue.putSync('z'.repeat(size));
  for (const size of sizes) assert.equal(await queue.get(), 'z'.repeat(size));
  const inner = new Queue<number>();
  inner.putSync(7);
  queue.putSync({ inner, ends: Pipe() });
  forgetInstance(session(), inner, inner.reference);
  assert.deepEqual(fsck(session()), []);
  const item = queue.getSync();
  assert.notEqual(item.inner, inner);
  assert.equal(item.inner.getSync(), 7);
  item.ends[0].sendSync('still open');
  assert.equal(item.ends[1].recvSync(), 'still open');
  assert.throws(() => queue.putSync(() => {}), { name: 'SerializationError' });
  assert.equal(queue.qsize(), 0);
});

test('a queue that nobody holds is destroyed with all that its items hold', () => {
  const before = session().heap.stats();
  const live = [...session().objects.live()].length;
  const queue = new Queue<any>();
  for (let i = 0; i < 500; i++) queue.putSync('q'.repeat(i * 40));
  queue.putSync([Pipe(), new Queue()]);
  forgetInstance(session(), queue, queue.reference);
  assert.deepEqual(fsck(session()), []);
  // The two ends of the pipe and the inner queue are still held by their instances here.
  assert.ok([...session().objects.live()].length <= live + 3);
  assert.ok(session().heap.stats().reserved - session().heap.stats().free <= before.reserved - before.free + 500_000);
});

test('it behaves as an array does', () => {
  const command = fc.oneof(
    { weight: 5, arbitrary: fc.record({ put: fc.integer({ min: 0, max: 12_000 }) }) },
    { weight: 4, arbitrary: fc.constant({ get: true as const }) },
    { weight: 1, arbitrary: fc.record({ many: fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 40, size: 'max' }) }) },
    { weight: 1, arbitrary: fc.record({ getMany: fc.integer({ min: 0, max: 50 }) }) },
    { weight: 1, arbitrary: fc.record({ put: fc.integer({ min: 0, max: 200_000 }) }) },
  );
  fc.assert(
    // Left to itself fast-check makes no list longer than ten.
    fc.property(fc.array(command, { maxLength: 150, size: 'max' }), fc.integer({ min: 0, max: 30 }), (commands, maxsize) => {
      const queue = new Queue<string>(maxsize);
      const model: string[] = [];
      const room = (): number => (maxsize === 0 ? Infinity : maxsize - model.length);
      let made = 0;
      const item = (size: number): string => `${made++}:`.padEnd(size, 'x');
      for (const command of commands) {
        if ('put' in command) {
          const text = item(command.put);
          const fits = room() > 0;
          assert.equal(queue.tryPut(text), fits);
          if (fits) model.push(text);
        } else if ('many' in command) {
          const items = command.many.map(item);
          const fitting = items.slice(0, Math.min(room(), items.length));
          assert.equal(queue.tryPutMany(items), fitting.length);
          model.push(...fitting);
        } else if ('getMany' in command) {
          assert.deepEqual(queue.tryGetMany(command.getMany), model.splice(0, command.getMany));
        } else assert.equal(queue.tryGet(), model.shift());
        assert.equal(queue.qsize(), model.length);
        assert.equal(queue.full(), maxsize > 0 && room() === 0);
      }
      assert.deepEqual(fsck(session()), []);
      while (model.length > 0) assert.equal(queue.getSync(), model.shift());
      assert.equal(queue.empty(), true);
      forgetInstance(session(), queue, queue.reference);
    }),
    { numRuns: repetitions(60, 600) },
  );
});

test('many putters and getters in several processes: each putter in order, nothing lost or doubled', async () => {
  for (const maxsize of [0, 5]) {
    const queue = new Queue<[number, number, string]>(maxsize);
    const count = 1500;
    const putters = [0, 1, 2].map((who) => startChild('children/put-numbered.js', import.meta, queue, who, count, 3000));
    const getters = (['sync', 'async', 'many'] as const).map((form) =>
      startChild('children/get-numbered.js', import.meta, queue, form),
    );
    const told = getters.map((getter) => getter.told());
    for (const putter of putters) assert.equal(await putter.exit, 0);
    queue.close();
    const seen = new Set<string>();
    for (const got of await Promise.all(told)) {
      const last = [-1, -1, -1];
      for (const [who, i] of got as [number, number][]) {
        assert.ok(i > last[who], 'in order of each putter');
        last[who] = i;
        seen.add(`${who} ${i}`);
      }
    }
    for (const getter of getters) assert.equal(await getter.exit, 0);
    assert.equal(seen.size, 3 * count);
    assert.deepEqual(fsck(session()), []);
  }
});

test('a SimpleQueue puts and gets by all forms, travels, and is closed for everybody', async () => {
  const queue = new SimpleQueue<unknown>();
  assert.equal(inspect(queue), '<SimpleQueue(empty)>');
  queue.putSync(1);
  await queue.put(2);
  assert.equal(queue.tryPut(3), true);
  assert.deepEqual(
    [queue.empty(), queue.getSync(), await queue.get(), queue.tryGet(), queue.tryGet()],
    [false, 1, 2, 3, undefined],
  );
  assert.throws(() => queue.getSync({ timeout: 5 }), { name: 'QueueEmpty' });
  await assert.rejects(queue.get({ timeout: 5 }), { name: 'QueueEmpty' });
  const carrier = new Queue<unknown>();
  carrier.putSync(queue);
  assert.equal(carrier.getSync(), queue);
  const child = startChild('children/put-numbered.js', import.meta, queue, 0, 30, 20_000);
  assert.equal(await child.exit, 0);
  queue.close();
  const seen: number[] = [];
  for await (const item of queue) seen.push((item as [number, number])[1]);
  assert.deepEqual(
    seen,
    Array.from({ length: 30 }, (_, i) => i),
  );
  queue.close();
  assert.throws(() => queue.tryPut(1), { name: 'QueueShutDown' });
});

test('a child puts a megabyte, exits and is joined before anybody gets', async () => {
  const queue = new Queue<[number, number, string]>();
  const child = startChild('children/put-numbered.js', import.meta, queue, 0, 400, 6000);
  assert.equal(await child.exit, 0);
  assert.equal(queue.qsize(), 400);
  for (let i = 0; i < 400; i++) assert.equal(queue.getSync()[1], i);
});

const MANY = repetitions(200_000, 1_000_000);

test(`${MANY} small items are put before anybody gets, within 400 bytes each`, async () => {
  const queue = new Queue<number>();
  const child = startChild('children/put-many.js', import.meta, queue, MANY);
  const { process: resident, session: reserved } = await child.told();
  assert.equal(await child.exit, 0);
  assert.equal(queue.qsize(), MANY);
  // What the engine takes for itself comes to it.
  const limit = 100e6 + 400 * MANY;
  assert.ok(resident < limit, `the putter takes ${resident} bytes`);
  assert.ok(reserved < limit, `the session takes ${reserved} bytes`);
  for (let i = 0; i < MANY; i++) if (queue.getSync() !== i) assert.fail(`item ${i}`);
  assert.equal(queue.empty(), true);
  assert.ok(process.memoryUsage.rss() < limit + 100e6);
});

const QUEUES = repetitions(3000, 10_000);

test(`${QUEUES} queues are cheap`, () => {
  const before = session().heap.stats();
  const queues = Array.from({ length: QUEUES }, () => new Queue());
  const after = session().heap.stats();
  assert.ok(after.reserved - after.free - (before.reserved - before.free) < 2500 * QUEUES);
  for (const queue of queues) forgetInstance(session(), queue, queue.reference);
});
