import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pipe } from '#dist/channels/pipe.js';
import { Queue } from '#dist/channels/queue.js';
import { sweepCollected } from '#dist/memory/collected.js';
import { fsck } from '#dist/memory/fsck.js';
import { forgetInstance } from '#dist/memory/instances.js';
import { Header } from '#dist/memory/layout.js';
import { session } from '#dist/memory/session.js';
import { createSharedBuffer } from '#dist/memory/shared_buffer.js';
import { Lock } from '#dist/sync/lock.js';
import { startChild } from '../support/children.js';

// So that running out is quick.
process.env.MULTIPROC_MEMORY_LIMIT ??= '150000000';
const STRIDE = Number(process.env.KILL_STRIDE ?? 7);
const FIRST = 1 + (Math.floor(Date.now() / 86_400_000) % STRIDE);

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
  for (let i = 0; i < 50_000; i++) new Lock();
  const plateau = reserved();
  for (let i = 0; i < 200_000; i++) new Lock();
  // Without sweeps it would be 40 MB, and the table would be full before that.
  assert.ok(reserved() <= plateau + 8e6, `${reserved() - plateau} bytes more`);
});

test('locks that are passed on and dropped by two processes in sync loops do not use memory up', async () => {
  const before = collectAll();
  const there = new Queue<unknown>(50);
  const back = new Queue<unknown>(50);
  const child = startChild('children/churn.js', import.meta, there, back);
  assert.equal(await child.told(), 'ready');
  let most = 0;
  for (let i = 0; i < 60_000; i++) {
    there.putSync(new Lock());
    back.getSync();
    if (i % 1000 === 0) most = Math.max(most, liveObjects());
  }
  there.putSync('end');
  assert.equal(await child.told(), 'done');
  assert.equal(await child.exit, 0);
  assert.ok(most < 25_000, `${most} objects at once`);
  for (const queue of [there, back]) forgetInstance(session(), queue, queue.reference);
  assert.equal(collectAll(), before);
  assert.deepEqual(fsck(session()), []);
});

for (const operation of ['put', 'get', 'send', 'recv'] as const) {
  test(`killed at any step: ${operation} of a message that carries a lock and an end of a pipe`, async () => {
    const before = collectAll();
    for (let step = FIRST, over = false; !over; step += STRIDE) {
      const queue = new Queue<unknown>();
      const [r, w] = Pipe<unknown>(false);
      const [end, other] = Pipe<unknown>(false);
      const value = { lock: new Lock(), end };
      const uses = operation === 'put' || operation === 'get' ? queue : operation === 'send' ? w : r;
      if (operation === 'get') queue.putSync(value);
      if (operation === 'recv') w.sendSync(value);
      const gives = operation === 'put' || operation === 'send' ? value : null;
      const child = startChild('children/pass-then-die.js', import.meta, uses, gives, operation, step);
      const exit = await child.exit;
      assert.ok(exit === 'SIGKILL' || exit === 0, `step ${step}: ${exit}`);
      over = exit === 0;
      assert.deepEqual(fsck(session()), [], `step ${step}`);
      queue.tryGet();
      r.tryRecv();
      // The counts of ends are right again: without the reader here, nobody is left who could read.
      end.close();
      sweepCollected();
      assert.throws(() => other.sendSync('x'), { name: 'BrokenPipeError' }, `step ${step}`);
      for (const connection of [r, w, other]) connection.close();
      for (const object of [queue, value.lock]) forgetInstance(session(), object, object.reference);
    }
    assert.equal(collectAll(), before);
    assert.deepEqual(fsck(session()), []);
  });
}

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
