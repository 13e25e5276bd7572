/** Clients that are killed while they hold or wait for an object of a manager: nobody hangs, and nothing is lost. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { Manager, Process } from 'multiproc';
import type { QueueProxy } from 'multiproc/managers';
import { within } from '../support/within.js';
import {
  getOne,
  holdLock,
  iterate,
  usePool,
  waitAtBarrier,
  waitForItem,
  waitForItemSync,
  waitForLock,
  waitForNotify,
  waitTwiceAndHold,
} from './holders.js';

const m = await Manager();
after(() => m.shutdown());
let tell: QueueProxy<string>;
beforeEach(async () => {
  tell = await m.Queue<string>();
});

/** A child that has told that it is where it is to be killed. */
async function child<A extends readonly unknown[]>(target: (...args: A) => unknown, ...args: A): Promise<Process> {
  const process = new Process<any>({ target, args, daemon: true }).start();
  await within(tell.get(), `${target.name} in ${process.name}`);
  return process;
}

async function kill(process: Process): Promise<void> {
  process.kill();
  await within(process.join(), `the end of ${process.name}`);
}

test('locks and permits of a killed client', async () => {
  const [lock, rlock, bounded, plain] = [await m.Lock(), await m.RLock(), await m.BoundedSemaphore(2), await m.Semaphore(2)];
  for (const given of [lock, rlock]) {
    const holder = await child(holdLock, given, given === rlock ? 3 : 1, tell);
    assert.equal(await given.acquire({ timeout: 0 }), false);
    const held = given.hold();
    await kill(holder);
    const hold = await within(held, 'the lock of a killed client');
    assert.equal(hold.abandoned, true);
    await hold.release();
    assert.equal((await given.hold()).abandoned, false);
  }
  for (const semaphore of [bounded, plain]) {
    const holder = await child(holdLock, semaphore, 2, tell);
    const permit = semaphore.acquire({ timeout: semaphore === bounded ? 20_000 : 300 });
    await kill(holder);
    assert.equal(await permit, semaphore === bounded);
  }
  assert.equal(await bounded.getValue(), 1);
});

test('a client that is stopped while it waits is given the lock, an item or a notify, and killed before it has seen it', async () => {
  const lock = await m.Lock();
  await lock.acquire();
  const waiter = await child(waitForLock, lock, tell);
  process.kill(waiter.pid!, 'SIGSTOP');
  await lock.release();
  const held = lock.hold();
  await kill(waiter);
  assert.equal((await within(held, 'the lock')).abandoned, true);

  const queue = await m.Queue<number>();
  for (const waits of [waitForItem, waitForItemSync]) {
    const getter = await child(waits, queue, tell);
    process.kill(getter.pid!, 'SIGSTOP');
    for (const item of [1, 2]) await queue.put(item);
    const items = [queue.get(), queue.get()];
    await kill(getter);
    // The second was there when this client asked; the first came back.
    assert.deepEqual((await within(Promise.all(items), 'the items')).sort(), [1, 2]);
  }

  const condition = await m.Condition();
  const sleeper = await child(waitForNotify, condition, tell);
  await condition.acquire();
  process.kill(sleeper.pid!, 'SIGSTOP');
  await condition.notify();
  await condition.release();
  const again = condition.acquire();
  await kill(sleeper);
  assert.equal(await within(again, "the condition's lock"), true);
});

test('a client whose tasks hold a lock and wait for it is killed: the lock is free', async () => {
  const condition = await m.Condition();
  await kill(await child(waitTwiceAndHold, condition, tell));
  const hold = await within(condition.hold(), 'the lock');
  assert.equal(hold.abandoned, true);
  await hold.release();
});

test('who waits for an item and is killed takes none; who got one and has not done it gives it back', async () => {
  const queue = await m.JoinableQueue<number>();
  const getter = await child(waitForItem, queue, tell);
  await kill(getter);
  for (const item of [1, 2]) await queue.put(item);
  const worker = await child(getOne, queue, tell);
  assert.equal(await queue.qsize(), 1);
  const joined = queue.join();
  await kill(worker);
  const items: number[] = [];
  for (let i = 0; i < 2; i++) {
    items.push(await within(queue.get(), 'an item'));
    await queue.taskDone();
  }
  assert.deepEqual(items.sort(), [1, 2]);
  await within(joined, 'all to be done');
});

test('a killed party breaks a barrier; who iterates over a list, or waits for a pool, leaves nothing', async () => {
  const barrier = await m.Barrier(3);
  const party = await child(waitAtBarrier, barrier, tell);
  const own = assert.rejects(barrier.wait(), { code: 'ERR_MULTIPROC_BROKEN_BARRIER' });
  await kill(party);
  await within(own, 'the barrier to break');
  await barrier.reset();
  assert.deepEqual([await barrier.broken, await barrier.nWaiting], [false, 0]);

  const list = await m.list([1, 2]);
  const objects = await m.numberOfObjects();
  await kill(await child(iterate, list, tell));
  while ((await m.numberOfObjects()) > objects) await new Promise((resolve) => setTimeout(resolve, 5));

  const pool = await m.Pool(1);
  await kill(await child(usePool, pool, tell));
  // The task that nobody waits for any more is cancelled: the only worker is free.
  assert.equal(await within(pool.apply(Math.max, [1, 2]), 'the worker'), 2);
  await pool[Symbol.asyncDispose]();
});
