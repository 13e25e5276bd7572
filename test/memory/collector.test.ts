import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedMemoryError } from '#dist/base/errors.js';
import { Pipe } from '#dist/channels/pipe.js';
import { Queue } from '#dist/channels/queue.js';
import { sweepCollected } from '#dist/memory/collected.js';
import { fsck } from '#dist/memory/fsck.js';
import { forgetInstance } from '#dist/memory/instances.js';
import { BlockState, Header } from '#dist/memory/layout.js';
import { type ObjectKind, type Passenger, registerObjectKind } from '#dist/memory/object_kinds.js';
import { session } from '#dist/memory/session.js';
import { createSharedBuffer } from '#dist/memory/shared_buffer.js';
import { add } from '#dist/platform/atomics.js';
import { platform } from '#dist/platform/current.js';
import { giveOrders } from '#dist/process/start_block.js';
import { Lock } from '#dist/sync/lock.js';
import { startChild } from '../support/children.js';

// So that running out is quick.
process.env.MULTIPROC_MEMORY_LIMIT ??= '150000000';

function liveObjects(): number {
  return Atomics.load(session().arena.words, Header.LIVE_OBJECTS);
}

/** Drops what this thread no longer refers to, and collects. */
function collectAll(): number {
  sweepCollected();
  session().collector.collect();
  return liveObjects();
}

// Functions of their own, so that nothing on the stack refers to what they made.
function makeSelfContaining(): void {
  const queue = new Queue<unknown>();
  queue.putSync(queue);
}

function makeCycle(): void {
  const queues = Array.from({ length: 5 }, () => new Queue<unknown>());
  queues.forEach((queue, i) => {
    queue.putSync({ next: queues[(i + 1) % 5], lock: new Lock(), memory: new Int32Array(createSharedBuffer(400)) });
  });
  const [r, w] = Pipe<unknown>();
  w.sendSync([queues[0], r]);
  queues[1].putSync(w);
}

test('a queue that contains itself, and a cycle through queues and pipes, go when the last reference is dropped', () => {
  const before = collectAll();
  makeSelfContaining();
  makeCycle();
  assert.equal(collectAll(), before);
  assert.deepEqual(fsck(session()), []);
});

test('what a message carries lives as long as the message can be reached', () => {
  const before = collectAll();
  const outer = new Queue<any>();
  (() => {
    const inner = new Queue<any>();
    inner.putSync({ deep: new Lock() });
    outer.putSync({ inner });
  })();
  assert.equal(collectAll(), before + 3);
  const got = outer.getSync().inner.getSync().deep as Lock;
  assert.equal(got.tryAcquire(), true);
  got.release();
  forgetInstance(session(), got, got.reference);
  forgetInstance(session(), outer, outer.reference);
  assert.equal(collectAll(), before);
  assert.deepEqual(fsck(session()), []);
});

test('a dropped cycle goes by itself, without anybody asking', async () => {
  const before = collectAll();
  makeSelfContaining();
  sweepCollected();
  while (liveObjects() > before) await new Promise((resolve) => setTimeout(resolve, 10));
});

test('sync loops that make and drop objects do not use memory up', () => {
  const { heap } = session();
  const reserved = (): number => heap.stats().reserved;
  for (let i = 0; i < 30_000; i++) new Lock();
  const plateau = reserved();
  for (let i = 0; i < 70_000; i++) new Lock();
  // Without sweeps it would be 14 MB.
  assert.ok(reserved() <= plateau + 8e6, `${reserved() - plateau} bytes more`);
});

test('locks that are passed on and dropped by two processes in sync loops do not use memory up', async () => {
  const before = collectAll();
  const there = new Queue<unknown>(50);
  const back = new Queue<unknown>(50);
  const child = startChild('children/churn.js', import.meta, there, back);
  assert.equal(await child.told(), 'ready');
  let most = 0;
  for (let i = 0; i < 32_000; i++) {
    there.putSync(new Lock());
    back.getSync();
    if (i % 1000 === 0) most = Math.max(most, liveObjects());
  }
  there.putSync('end');
  assert.equal(await child.told(), 'done');
  assert.equal(await child.exit, 0);
  // All of them, without sweeps.
  assert.ok(most < 25_000, `${most} objects at once`);
  for (const queue of [there, back]) forgetInstance(session(), queue, queue.reference);
  assert.equal(collectAll(), before);
  assert.deepEqual(fsck(session()), []);
});

test('memory that only the garbage of another process holds comes back before an allocation fails', async () => {
  const { heap } = session();
  const before = collectAll();
  const queue = new Queue<unknown>();
  const { limit, reserved } = heap.stats();
  // Two of these do not fit: one that the child dropped has to go before the second is made.
  const bytes = Math.floor((limit - reserved) * 0.6);
  const store = (size: number): void => queue.putSync(new Uint8Array(createSharedBuffer(size)));
  const child = startChild('children/hoard.js', import.meta, queue, 1);
  store(bytes);
  assert.equal(await child.told(), 'dropped');
  store(bytes);
  await child.kill();
  forgetInstance(session(), queue, queue.reference);
  assert.equal(collectAll(), before);
});

/** Carries one object; only this program knows the kind. */
const boxKind: ObjectKind = { code: 251, name: 'box of a test', carries: () => true, passengers: () => [...inBox] };
const inBox: Passenger[] = [];

test('one who does not know all kinds neither counts anew nor forgets that there are candidates', async () => {
  const before = collectAll();
  const { heap, objects, passages, collector } = session();
  registerObjectKind(boxKind);
  const lock = new Lock();
  const box = objects.publish(boxKind, heap.allocate(64, true));
  inBox.push({ ...lock.reference, role: 0 });
  passages.begin();
  passages.send(inBox);
  passages.end();
  const child = startChild('children/ignorant.js', import.meta);
  assert.deepEqual(await child.told(), { candidates: 1, recount: 1 });
  assert.equal(await child.exit, 0);
  assert.equal(objects.inFlight(lock.reference.index), 1);
  collector.collect();
  assert.deepEqual(fsck(session()), []);
  objects.release(box.index);
  passages.drop(inBox.splice(0));
  forgetInstance(session(), lock, lock.reference);
  assert.equal(collectAll(), before);
});

test('a wrong count of a queue that carries something is put right, too', () => {
  const before = collectAll();
  const { objects, collector, arena } = session();
  const outer = new Queue<unknown>();
  const inner = new Queue<unknown>();
  inner.putSync(new Lock());
  outer.putSync(inner);
  const { index } = inner.reference;
  objects.addInFlight(index, 1);
  add(arena.words, Header.RECOUNT, 1);
  forgetInstance(session(), inner, inner.reference);
  collector.collect();
  assert.equal(Atomics.load(arena.words, Header.RECOUNT), 0);
  assert.equal(objects.inFlight(index), 1);
  forgetInstance(session(), outer, outer.reference);
  assert.equal(collectAll(), before);
  assert.deepEqual(fsck(session()), []);
});

function makeChain(length: number): void {
  let last = new Queue<unknown>();
  for (let i = 1; i < length; i++) {
    const next = new Queue<unknown>();
    next.putSync(last);
    last = next;
  }
}

test('a long chain of queues goes without running out of stack', () => {
  const before = collectAll();
  makeChain(8000);
  assert.equal(collectAll(), before);
  assert.deepEqual(fsck(session()), []);
});

test('what a message names lives from the encoding on, also where memory has to be found for its block first', () => {
  const before = collectAll();
  const queue = new Queue<unknown>();
  const { heap } = session();
  const allocate = heap.allocate.bind(heap);
  heap.allocate = (bytes, zero) => {
    // As under pressure.
    sweepCollected();
    return allocate(bytes, zero);
  };
  const gift = {
    large: 'l'.repeat(20_000),
    get lock() {
      return new Lock();
    },
    get swept() {
      return sweepCollected() >= 0;
    },
  };
  try {
    queue.putSync(gift);
  } finally {
    heap.allocate = allocate;
  }
  const { lock } = queue.getSync() as { lock: Lock };
  assert.equal(lock.tryAcquire(), true);
  lock.release();
  for (const object of [queue, lock]) forgetInstance(session(), object, object.reference);
  assert.equal(collectAll(), before);
  assert.deepEqual(fsck(session()), []);
});

test('a queue for which memory is found in part only leaves nothing behind', () => {
  const before = collectAll();
  const { heap, objects } = session();
  const used = (): number => [...heap.blocks()].filter(({ state }) => state === BlockState.USED).length;
  const blocks = used();
  const { allocate } = heap;
  const { publish } = objects;
  const refuse = (): never => {
    throw new SharedMemoryError('there is none');
  };
  try {
    let calls = 0;
    heap.allocate = (bytes, zero) => (++calls === 2 ? refuse() : allocate.call(heap, bytes, zero));
    assert.throws(() => new Queue(), { name: 'SharedMemoryError' });
    heap.allocate = allocate;
    objects.publish = (_, unit) => {
      heap.free(unit);
      return refuse();
    };
    assert.throws(() => new Queue(), { name: 'SharedMemoryError' });
  } finally {
    heap.allocate = allocate;
    objects.publish = publish;
  }
  assert.equal(used(), blocks);
  assert.equal(collectAll(), before);
});

test('messages that were kept go with their queue, or their connection', async () => {
  const before = collectAll();
  await keepMessages();
  assert.equal(collectAll(), before);
  assert.deepEqual(fsck(session()), []);
});

/** Bytes are kept when a value was asked for: here the message has a block of its own. */
async function keepMessages(): Promise<void> {
  const { heap } = session();
  const blocks = (): number => [...heap.blocks()].filter(({ state }) => state === BlockState.USED).length;
  const count = blocks();
  (() => {
    const [r, w] = Pipe<unknown>(false);
    w.sendBytesSync(Buffer.alloc(100_000));
    assert.throws(() => r.recvSync(), TypeError);
  })();
  await new Promise((resolve) => setImmediate(resolve));
  collectAll();
  assert.equal(blocks(), count);
}

test('orders for a child that was given up meanwhile are taken back', () => {
  const before = collectAll();
  const lock = new Lock();
  const { owner, doorbell, lock: directoryLock } = session().claimChild();
  for (const fd of [doorbell, directoryLock]) platform().close(fd);
  session().bury(owner);
  giveOrders(session(), owner, Buffer.from('call'), [{ ...lock.reference, role: 0 }]);
  assert.deepEqual(fsck(session()), []);
  assert.equal(session().objects.inFlight(lock.reference.index), 0);
  forgetInstance(session(), lock, lock.reference);
  assert.equal(collectAll(), before);
});
