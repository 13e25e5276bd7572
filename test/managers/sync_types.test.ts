/** Locks, semaphores, conditions, events and barriers of a manager, in the server: turns, cancelling, and clients that go while they hold or wait. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManagedBarrier } from '#dist/managers/types/barrier.js';
import { ManagedBoundedSemaphore } from '#dist/managers/types/bounded_semaphore.js';
import { ManagedCondition } from '#dist/managers/types/condition.js';
import { ManagedEvent } from '#dist/managers/types/event.js';
import { ManagedLock } from '#dist/managers/types/lock.js';
import { ManagedRLock } from '#dist/managers/types/rlock.js';
import { ManagedSemaphore } from '#dist/managers/types/semaphore.js';
import { within } from '../support/within.js';
import { Client, isPending } from './clients.js';

const notHeld = { code: 'ERR_MULTIPROC_NOT_HELD' };
process.on('warning', () => {});

test('a lock goes to those who wait in the order in which they came, and any client releases it', async () => {
  const lock = new ManagedLock();
  const [a, b, c] = [new Client('a'), new Client('b'), new Client('c')];
  assert.equal(await a.call(() => lock.acquire()), true);
  assert.equal(String(lock), '<Lock(owner=a)>');
  const order: string[] = [];
  const waits = [b, c, a].map((client) => Promise.resolve(client.call(() => lock.acquire())).then(() => order.push(client.name)));
  assert.equal(await b.call(() => lock.acquire({ timeout: 0 })), false);
  for (const releaser of [c, a, b]) {
    assert.equal(await isPending(waits[order.length]), true);
    releaser.call(() => lock.release());
    await within(waits[order.length], 'the next');
  }
  assert.deepEqual(order, ['b', 'c', 'a']);
  b.call(() => lock.release());
  assert.throws(() => b.call(() => lock.release()), notHeld);
  assert.deepEqual([a.holds, b.holds, c.holds], [0, 0, 0]);
});

test('a client that is gone gives back its lock, which the next one is told, and its place in the line', async () => {
  const lock = new ManagedLock();
  const [a, b, c] = [new Client('a'), new Client('b'), new Client('c')];
  await a.call(() => lock.acquire());
  const leaving = Promise.resolve(b.call(() => lock.acquire()));
  const waiting = c.call(() => lock.acquireHold());
  b.goes();
  await assert.rejects(leaving);
  a.goes();
  assert.deepEqual(await within(Promise.resolve(waiting), 'the lock'), { abandoned: true });
  c.call(() => lock.release());
  assert.deepEqual(await c.call(() => lock.acquireHold()), { abandoned: false });
});

test('a wait that is cancelled or late has taken nothing', async () => {
  const lock = new ManagedLock();
  const [a, b] = [new Client(), new Client()];
  await a.call(() => lock.acquire());
  const controller = new AbortController();
  const cancelled = Promise.resolve(b.call(() => lock.acquire(), controller.signal));
  const late = b.call(() => lock.acquire({ timeout: 5 }));
  controller.abort(new RangeError('enough'));
  await assert.rejects(cancelled, /enough/);
  assert.equal(await late, false);
  assert.equal(b.holds, 0);
  a.call(() => lock.release());
  assert.equal(lock.locked(), false);
});

test('an RLock belongs to a client, or to one call of runExclusive in it', async () => {
  const lock = new ManagedRLock();
  const [a, b] = [new Client('a'), new Client('b')];
  for (let i = 0; i < 3; i++) assert.equal(await a.call(() => lock.acquire()), true);
  assert.equal(String(lock), '<RLock(a, 3)>');
  assert.throws(() => b.call(() => lock.release()), notHeld);
  for (let i = 0; i < 3; i++) a.call(() => lock.release());
  assert.throws(() => a.call(() => lock.release()), notHeld);

  assert.ok(await a.call(() => lock.acquireHold({ call: 1 })));
  assert.equal(await a.call(() => lock.acquire({ timeout: 0, inside: [1] })), true, 'inside the call');
  assert.equal(await a.call(() => lock.acquire({ timeout: 0 })), false, 'another task');
  assert.throws(() => a.call(() => lock.release()), notHeld);
  a.call(() => lock.release({ inside: [2, 1] }));
  a.call(() => lock.release({ inside: [1] }));
  assert.equal(lock.locked(), false);
});

test('permits of a BoundedSemaphore come back with their client, those of a Semaphore belong to nobody', async () => {
  const bounded = new ManagedBoundedSemaphore(3);
  const plain = new ManagedSemaphore(3);
  const [a, b] = [new Client('a'), new Client('b')];
  for (const semaphore of [bounded, plain]) {
    for (const client of [a, a, b]) assert.equal(await client.call(() => semaphore.acquire()), true);
    assert.equal(await b.call(() => semaphore.acquire({ timeout: 0 })), false);
  }
  const waits = [bounded, plain].map((semaphore) => b.call(() => semaphore.acquire()));
  assert.throws(() => b.call(() => bounded.release(4)), notHeld);
  a.goes();
  assert.equal(await within(Promise.resolve(waits[0]), 'a permit of the client that is gone'), true);
  assert.equal(bounded.getValue(), 1);
  assert.equal(await isPending(waits[1]), true);
  b.call(() => plain.release(2));
  assert.equal(await waits[1], true);
  assert.equal(plain.getValue(), 1);
  b.call(() => bounded.release(2));
  assert.equal(String(bounded), '<BoundedSemaphore(value=3, maxvalue=3)>');
  assert.throws(() => b.call(() => bounded.release()), notHeld);
});

test('a condition gives up its lock for the wait; who is gone swallows no notify', async () => {
  const condition = new ManagedCondition();
  const [a, b, c] = [new Client('a'), new Client('b'), new Client('c')];
  assert.throws(() => a.call(() => condition.notify()), notHeld);
  const waits: Promise<boolean>[] = [];
  for (const client of [a, b]) {
    await client.call(() => condition.acquire());
    await client.call(() => condition.acquire());
    waits.push(client.call(() => condition.wait()));
  }
  assert.equal(String(condition), '<Condition(<RLock(None, 0)>, 2)>');
  await c.call(() => condition.acquire());
  c.call(() => condition.notify());
  // It is notified, and waits for the lock: the other one gets its notify.
  assert.equal(await isPending(waits[0]), true);
  const lost = assert.rejects(waits[0]);
  a.goes();
  await lost;
  c.call(() => condition.release());
  assert.equal(await within(waits[1], 'the notify of the one that is gone'), true);
  assert.equal(String(condition), '<Condition(<RLock(b, 2)>, 0)>');
});

test('a client that is gone while one of its tasks holds the lock and another wants it back leaves it to others', async () => {
  const condition = new ManagedCondition();
  const [a, b, c] = [new Client('a'), new Client('b'), new Client('c')];
  const place = (number: number) => ({ inside: [number] });
  await a.call(() => condition.acquire({ call: 1 }));
  const wait = a.call(() => condition.wait(place(1)));
  await b.call(() => condition.acquire());
  const held = Promise.resolve(a.call(() => condition.acquire({ call: 2 })));
  b.call(() => condition.notify());
  b.call(() => condition.release());
  await within(held, 'the lock of the other task');
  // Notified, it waits for the lock.
  assert.equal(await isPending(wait), true);
  const next = Promise.resolve(c.call(() => condition.acquireHold()));
  const lost = assert.rejects(wait);
  a.goes();
  await lost;
  assert.deepEqual(await within(next, 'the lock'), { abandoned: true });
  assert.equal(String(condition), '<Condition(<RLock(c, 1)>, 0)>');
  c.call(() => condition.release());
  assert.deepEqual([a.holds, b.holds, c.holds], [0, 0, 0]);
});

test('a cancelled wait on a condition has the lock again before it rejects', async () => {
  const condition = new ManagedCondition();
  const [a, b] = [new Client('a'), new Client('b')];
  const controller = new AbortController();
  await a.call(() => condition.acquire());
  const wait = a.call(() => condition.wait(), controller.signal);
  await b.call(() => condition.acquire());
  controller.abort(new RangeError('enough'));
  assert.equal(await isPending(wait), true);
  b.call(() => condition.release());
  await assert.rejects(wait, /enough/);
  a.call(() => condition.release());
  // A client that goes while it waits never gets the lock.
  await a.call(() => condition.acquire());
  const gone = assert.rejects(a.call(() => condition.wait()));
  a.goes();
  await gone;
  assert.equal(condition.locked(), false);
});

test('a pulse of an event wakes those who wait', async () => {
  const event = new ManagedEvent();
  const client = new Client();
  const waits = [client.call(() => event.wait()), client.call(() => event.wait({ timeout: 60_000 }))];
  event.set();
  event.clear();
  assert.deepEqual(await Promise.all(waits), [true, true]);
  assert.equal(await client.call(() => event.wait({ timeout: 1 })), false);
  assert.equal(client.holds, 0);
});

test('a barrier: the action runs before anybody goes on, early ones wait for the next round', async () => {
  const order: string[] = [];
  let act!: () => void;
  const acting = new Promise<void>((resolve) => {
    act = resolve;
  });
  const barrier = new ManagedBarrier(2, { action: () => acting.then(() => order.push('action')) });
  const client = new Client();
  const pass = (): Promise<number> => client.call(() => barrier.wait()).finally(() => order.push('passed'));
  const waits = [pass(), pass(), pass()];
  assert.equal(await isPending(Promise.race(waits)), true);
  assert.equal(barrier.nWaiting(), 3);
  act();
  assert.deepEqual(await Promise.all(waits.slice(0, 2)), [0, 1]);
  assert.deepEqual(order, ['action', 'passed', 'passed']);
  assert.equal(await client.call(() => barrier.wait()), 1);
  assert.equal(await waits[2], 0);
});

test('a barrier breaks for a party that is late or gone, not for one that is cancelled, and is whole after a reset', async () => {
  const broken = { code: 'ERR_MULTIPROC_BROKEN_BARRIER' };
  const barrier = new ManagedBarrier(2);
  const [a, b] = [new Client(), new Client()];
  const controller = new AbortController();
  const cancelled = a.call(() => barrier.wait(), controller.signal);
  controller.abort(new RangeError('enough'));
  await assert.rejects(cancelled, /enough/);
  assert.equal(barrier.broken(), false);
  assert.deepEqual(await Promise.all([a, b].map((client) => client.call(() => barrier.wait()))), [0, 1]);

  const late = b.call(() => barrier.wait({ timeout: 5 }));
  await assert.rejects(late, broken);
  await assert.rejects(
    b.call(() => barrier.wait()),
    broken,
  );
  barrier.reset();
  const inVain = assert.rejects(a.call(() => barrier.wait()));
  const third = new ManagedBarrier(3);
  const stays = assert.rejects(
    b.call(() => third.wait()),
    broken,
  );
  const goes = assert.rejects(a.call(() => third.wait()));
  a.goes();
  await Promise.all([inVain, stays, goes]);
  assert.deepEqual([barrier.broken(), third.broken()], [true, true]);
  assert.equal(b.holds, 0);
});

test('an action that fails: the last party gets its error, and the barrier is broken for the others', async () => {
  const barrier = new ManagedBarrier(2, {
    action: () => {
      throw new RangeError('of the action');
    },
  });
  const client = new Client();
  const [first, last] = [client.call(() => barrier.wait()), client.call(() => barrier.wait())];
  await assert.rejects(last, /of the action/);
  await assert.rejects(first, { code: 'ERR_MULTIPROC_BROKEN_BARRIER' });
  assert.equal(barrier.broken(), true);
});
