/** Queues of a manager, in the server: turns, bounds, cancelling, closing, and clients that go. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { confirmFor } from '#dist/managers/confirming.js';
import { Fifo } from '#dist/managers/types/fifo.js';
import { ManagedJoinableQueue } from '#dist/managers/types/joinable_queue.js';
import { type Delivery, ManagedQueue } from '#dist/managers/types/queue.js';
import { within } from '../support/within.js';
import { Client, isPending } from './clients.js';

const full = { code: 'ERR_MULTIPROC_QUEUE_FULL' };
const empty = { code: 'ERR_MULTIPROC_QUEUE_EMPTY' };
const shutDown = { code: 'ERR_MULTIPROC_QUEUE_SHUT_DOWN', message: /is closed/ };

test('those who wait get items in the order in which they came; who is cancelled or gone leaves nothing behind', async () => {
  const queue = new ManagedQueue<number>();
  const [a, b] = [new Client(), new Client()];
  const controller = new AbortController();
  const order: string[] = [];
  const gets = [
    Promise.resolve(a.call(() => queue.get())),
    Promise.resolve(b.call(() => queue.get(), controller.signal)),
    Promise.resolve(b.call(() => queue.get({ timeout: 60_000 }))),
  ];
  for (const [i, get] of gets.entries())
    get.then(
      (item) => order.push(`${i} got ${item}`),
      () => order.push(`${i} left`),
    );
  controller.abort(new RangeError('enough'));
  a.goes();
  for (const item of [1, 2]) b.call(() => queue.put(item));
  await within(gets[2], 'the item');
  assert.deepEqual(order.sort(), ['0 left', '1 left', '2 got 1']);
  assert.deepEqual([queue.qsize(), await b.call(() => queue.get())], [1, 2]);
  assert.throws(() => b.call(() => queue.get({ timeout: 0 })), empty);
  await assert.rejects(async () => b.call(() => queue.get({ timeout: 5 })), empty);
  assert.equal(
    b.call(() => queue.tryGet()),
    undefined,
  );
  assert.equal(b.holds, 0);
});

test('an item that a client has not confirmed when it goes is back at the front, in order; a confirmed one is not', () => {
  const queue = new ManagedQueue<string>();
  const [a, b] = [new Client(), new Client()];
  b.call(() => queue.putMany(['1', '2', '3', '4']));
  const [ticket] = a.call(() => queue.getDelivery()) as Delivery<string>;
  assert.deepEqual((a.call(() => queue.tryGetDelivery()) as Delivery<string>)[1], '2');
  assert.deepEqual((a.call(() => queue.getDelivery()) as Delivery<string>)[1], '3');
  // Somebody else's tickets are nobody's business.
  confirmFor(queue)!(b.id, ticket + 1);
  confirmFor(queue)!(a.id, ticket);
  a.goes();
  assert.deepEqual(
    [1, 2, 3].map(() => b.call(() => queue.get())),
    ['2', '3', '4'],
  );
  assert.equal(
    b.call(() => queue.tryGet()),
    undefined,
  );
});

test('a full queue: puts wait in turn, and their items come in when there is room', async () => {
  const queue = new ManagedQueue<number>(2);
  const [a, b] = [new Client(), new Client()];
  for (const item of [1, 2])
    assert.equal(
      a.call(() => queue.tryPut(item)),
      true,
    );
  assert.equal(
    a.call(() => queue.tryPut(3)),
    false,
  );
  assert.throws(() => a.call(() => queue.put(3, { timeout: 0 })), full);
  await assert.rejects(async () => a.call(() => queue.put(3, { timeout: 5 })), full);
  const controller = new AbortController();
  const puts = [3, 4, 5].map((item) =>
    Promise.resolve((item === 3 ? b : a).call(() => queue.put(item), item === 4 ? controller.signal : undefined)),
  );
  const lost = [assert.rejects(puts[0]), assert.rejects(puts[1], /enough/)];
  controller.abort(new RangeError('enough'));
  b.goes();
  await Promise.all(lost);
  assert.equal(await isPending(puts[2]), true);
  assert.equal(
    a.call(() => queue.get()),
    1,
  );
  await within(puts[2], 'room');
  assert.deepEqual(await a.call(() => queue.getMany(10)), [2, 5]);
  await assert.rejects(
    a.call(() => queue.putMany([1, 2, 3], { timeout: 5 })),
    { ...full, message: /2 items of this call are in/ },
  );
});

test('a closed queue refuses puts, gives what it has, and tells those who wait', async () => {
  const queue = new ManagedQueue<number>(1);
  const client = new Client();
  client.call(() => queue.put(1));
  const put = Promise.resolve(client.call(() => queue.put(2)));
  const refused = assert.rejects(put, shutDown);
  client.call(() => queue.close());
  await refused;
  assert.throws(() => client.call(() => queue.put(3)), shutDown);
  assert.equal(
    client.call(() => queue.get()),
    1,
  );
  for (const get of [() => queue.get(), () => queue.tryGet()]) assert.throws(() => client.call(get), shutDown);
  const other = new ManagedQueue();
  const gets = [1, 2].map(() => assert.rejects(async () => client.call(() => other.get()), shutDown));
  other.close();
  await Promise.all(gets);
  assert.equal(String(other), '<Queue(qsize=0, closed)>');
});

test('what a client had got and not done when it went is handed out again, before all that was put later', async () => {
  const queue = new ManagedJoinableQueue<number>(3);
  const [a, b, c] = [new Client(), new Client(), new Client()];
  for (const item of [1, 2, 3]) c.call(() => queue.put(item));
  for (const item of [1, 2])
    assert.equal(
      a.call(() => queue.get()),
      item,
    );
  assert.equal(
    b.call(() => queue.get()),
    3,
  );
  c.call(() => queue.put(4));
  a.call(() => queue.taskDone());
  const waits = [b, b].map((client) => client.call(() => queue.get()));
  assert.equal(waits[0], 4);
  a.goes();
  assert.equal(await within(Promise.resolve(waits[1]), 'the item of the one that is gone'), 2);
  const join = Promise.resolve(c.call(() => queue.join()));
  await assert.rejects(async () => c.call(() => queue.join({ timeout: 5 })), {
    code: 'ERR_MULTIPROC_TIMEOUT',
    message: /^3 items/,
  });
  // Anybody reports it.
  for (let i = 0; i < 3; i++) {
    assert.equal(await isPending(join), true);
    (i === 1 ? c : b).call(() => queue.taskDone());
  }
  await within(join, 'all to be done');
  assert.throws(() => b.call(() => queue.taskDone()), { code: 'ERR_MULTIPROC_NOT_HELD' });
  assert.equal(String(queue), '<JoinableQueue(qsize=0, maxsize=3, unfinished=0)>');
  assert.deepEqual([b.holds, c.holds], [0, 0]);
});

test('a full joinable queue whose items come back: those who wait get those first, and no put overtakes', async () => {
  const queue = new ManagedJoinableQueue<number>(1);
  const [a, b] = [new Client(), new Client()];
  b.call(() => queue.put(1));
  assert.equal(
    a.call(() => queue.get()),
    1,
  );
  b.call(() => queue.put(2));
  const put = Promise.resolve(b.call(() => queue.put(3)));
  a.goes();
  assert.equal(queue.qsize(), 2);
  const got = [b.call(() => queue.get()), b.call(() => queue.get()), b.call(() => queue.get())];
  await within(put, 'room');
  assert.deepEqual(got, [1, 2, 3]);
});

test('a closed joinable queue is not drained while another client may yet lose what it has', async () => {
  const queue = new ManagedJoinableQueue<number>();
  const [a, b] = [new Client(), new Client()];
  for (const item of [1, 2]) b.call(() => queue.put(item));
  queue.close();
  assert.equal(
    a.call(() => queue.get()),
    1,
  );
  const own = b.call(() => queue.get());
  assert.equal(own, 2);
  const more = Promise.resolve(b.call(() => queue.get()));
  assert.equal(await isPending(more), true);
  a.goes();
  assert.equal(await within(more, 'what the other one lost'), 1);
  assert.throws(() => b.call(() => queue.get()), shutDown);
  const c = new Client();
  const inVain = assert.rejects(async () => c.call(() => queue.get()), shutDown);
  for (let i = 0; i < 2; i++) b.call(() => queue.taskDone());
  await within(inVain, 'the end of the queue');
});

test('a Fifo is an array that is shifted', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof({ weight: 3, arbitrary: fc.nat() }, fc.constantFrom('shift', 'unshift'))), (steps) => {
      const [fifo, array] = [new Fifo<unknown>(), [] as unknown[]];
      for (const step of [...steps, ...steps, ...steps]) {
        if (step === 'shift') {
          if (array.length > 0) assert.equal(fifo.shift(), array.shift());
        } else if (step === 'unshift') {
          fifo.unshift(step);
          array.unshift(step);
        } else {
          fifo.push(step);
          array.push(step);
        }
        assert.equal(fifo.length, array.length);
      }
      while (array.length > 0) assert.equal(fifo.shift(), array.shift());
    }),
  );
});
