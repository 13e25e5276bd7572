import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pipe } from '#dist/channels/pipe.js';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { Barrier } from '#dist/sync/barrier.js';
import { BoundedSemaphore } from '#dist/sync/bounded_semaphore.js';
import { Condition } from '#dist/sync/condition.js';
import { Event } from '#dist/sync/event.js';
import { Lock } from '#dist/sync/lock.js';
import { RLock } from '#dist/sync/rlock.js';
import { Semaphore } from '#dist/sync/semaphore.js';
import { startChild } from '../support/children.js';
import { nothing } from './actions.js';

test('all objects travel through a pipe to a process, and on to one that its sender never met', async () => {
  const [fromMain, toRelay] = Pipe<unknown>(false);
  const [fromRelay, toUser] = Pipe<unknown>(false);
  const relay = startChild('children/relay.js', import.meta, fromMain, toUser);
  const user = startChild('children/use-all.js', import.meta, fromRelay);
  for (const end of [fromMain, toUser, fromRelay]) end.close();
  const lock = new Lock();
  const rlock = new RLock();
  const semaphore = new Semaphore(2);
  const bounded = new BoundedSemaphore(2);
  const condition = new Condition(new Lock());
  const event = new Event();
  const barrier = new Barrier(2, { action: nothing, timeout: 60_000 });
  await toRelay.send([lock, rlock, semaphore, bounded, condition, event, barrier]);
  toRelay.close();
  const notified = condition.runExclusive(() => condition.wait());
  event.set();
  assert.equal(await notified, true);
  const [, ...texts] = await user.told();
  assert.match(texts[0], /^<RLock\(.*, 1\)>$/);
  assert.deepEqual(texts.slice(1), [
    '<Semaphore(value=1)>',
    '<BoundedSemaphore(value=1, maxvalue=2)>',
    '<Condition(<Lock(owner=None)>, 0)>',
    '<Event set>',
    '<Barrier: waiters=0/2>',
  ]);
  assert.equal(String(lock), '<Lock(owner=SomeOtherProcess)>');
  assert.equal(String(rlock), '<RLock(SomeOtherProcess, nonzero)>');
  assert.equal(semaphore.getValue(), 1);
  assert.equal(bounded.getValue(), 1);
  assert.equal(typeof (await barrier.wait()), 'number');
  assert.equal(await user.exit, 0);
  assert.equal(await relay.exit, 0);
  for (const held of [lock, rlock]) assert.equal(held.locked(), false);
  assert.deepEqual([semaphore.getValue(), bounded.getValue(), barrier.broken], [2, 2, false]);
  assert.deepEqual(fsck(session()), []);
});

test('a condition and its lock arrive as one pair, and an object that is here already as itself', async () => {
  const [r, w] = Pipe<unknown>(false);
  const lock = new RLock();
  const conditions = [new Condition(lock), new Condition(lock)];
  const barrier = new Barrier(2);
  await w.send([...conditions, lock, barrier]);
  assert.deepEqual(await r.recv(), [...conditions, lock, barrier]);
  await w.send([conditions[0], lock, barrier]);
  const [condition, again, same] = (await r.recv()) as [Condition, RLock, Barrier];
  assert.equal(condition, conditions[0]);
  assert.equal(again, lock);
  assert.equal(same, barrier);
  await assert.rejects(w.send(new Barrier(2, { action: () => {} })), { name: 'SerializationError' });
  r.close();
  w.close();
});
