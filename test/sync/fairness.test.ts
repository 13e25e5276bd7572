import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { BoundedSemaphore } from '#dist/sync/bounded_semaphore.js';
import { Lock } from '#dist/sync/lock.js';
import { RLock } from '#dist/sync/rlock.js';
import { Semaphore } from '#dist/sync/semaphore.js';
import { startChild } from '../support/children.js';

for (const make of [() => new Lock(), () => new RLock()]) {
  const lock = make();
  const name = lock.constructor.name;

  test(`${name}: processes that take it again at once let another one in, waiting in both forms`, async () => {
    const { heap } = session();
    const unit = heap.allocate(4, true);
    const { words, index } = heap.structure(unit);
    const children = [0, 1].map(() => startChild('children/take-often.js', import.meta, lock, unit));
    for (const child of children) assert.equal(await child.told(), 'busy');
    for (let round = 0; round < 5; round++) {
      assert.equal(await lock.acquire(), true);
      lock.release();
      assert.equal(lock.acquireSync(), true);
      lock.release();
    }
    // A wait that gives up leaves nothing reserved.
    await lock.acquire({ timeout: 15 }).then((taken) => taken && lock.release());
    if (lock.acquireSync({ timeout: 15 })) lock.release();
    Atomics.store(words, index, 1);
    for (const child of children) assert.equal(await child.exit, 0);
    heap.free(unit);
    assert.equal(lock.tryAcquire(), true);
    lock.release();
    assert.deepEqual(fsck(session()), []);
  });
}

test('a starving waiter that is killed keeps nobody out', async () => {
  const lock = new Lock();
  const { heap } = session();
  const unit = heap.allocate(4, true);
  const { words, index } = heap.structure(unit);
  const busy = startChild('children/take-often.js', import.meta, lock, unit);
  assert.equal(await busy.told(), 'busy');
  for (let round = 0; round < 3; round++) {
    const starving = startChild('children/hold-until-killed.js', import.meta, lock);
    assert.equal(await starving.told(), 'held');
    await starving.kill();
    assert.equal(await lock.acquire(), true);
    lock.release();
  }
  Atomics.store(words, index, 1);
  assert.equal(await busy.exit, 0);
  heap.free(unit);
  assert.deepEqual(fsck(session()), []);
});

test('a lock that is left to one which does not come goes to others', async () => {
  const lock = new Lock();
  const busyWithOther = startChild('children/hold-until-killed.js', import.meta, new Lock());
  assert.equal(await busyWithOther.told(), 'held');
  const { heap, objects } = session();
  const { words, index } = heap.structure(objects.block(lock.reference, { code: 2, name: 'lock' }));
  const leave = () => {
    Atomics.store(words, index + 1, busyWithOther.owner);
    Atomics.store(words, index, -(2 ** 31));
  };
  for (const take of [() => lock.acquire(), () => lock.acquireSync()]) {
    leave();
    assert.equal(lock.locked(), false);
    assert.equal(lock.tryAcquire(), false);
    assert.equal(await take(), true);
    lock.release();
    assert.equal(lock.tryAcquire(), true);
    lock.release();
  }
  leave();
  const next = lock.acquire();
  await busyWithOther.kill();
  assert.equal(await next, true);
  lock.release();
  assert.deepEqual(fsck(session()), []);
});

for (const make of [() => new Lock(), () => new RLock(), () => new Semaphore(), () => new BoundedSemaphore()]) {
  const object = make();
  test(`${object.constructor.name}: tasks of a process that take turns let another process in`, async () => {
    const { heap } = session();
    const unit = heap.allocate(4, true);
    const { words, index } = heap.structure(unit);
    const child = startChild('children/hold-in-tasks.js', import.meta, object, unit, 5);
    assert.equal(await child.told(), 'busy');
    try {
      for (let round = 0; round < 3; round++) {
        // All of them have waited long.
        await sleep(60);
        assert.equal(await object.acquire({ timeout: 3000 }), true);
        object.release();
        await sleep(60);
        assert.equal(object.acquireSync({ timeout: 3000 }), true);
        object.release();
      }
    } finally {
      Atomics.store(words, index, 1);
      assert.equal(await child.exit, 0);
      heap.free(unit);
    }
    assert.deepEqual(fsck(session()), []);
  });
}
