import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { BoundedSemaphore } from '#dist/sync/bounded_semaphore.js';
import { Lock } from '#dist/sync/lock.js';
import { RLock } from '#dist/sync/rlock.js';
import { Semaphore } from '#dist/sync/semaphore.js';
import { startChild } from '../support/children.js';

test('the three forms take and give back, and exclude tasks of one thread', async () => {
  const lock = new Lock();
  assert.equal(lock.locked(), false);
  assert.equal(await lock.acquire(), true);
  assert.equal(lock.locked(), true);
  assert.equal(lock.tryAcquire(), false);
  assert.equal(lock.tryHold(), null);
  assert.equal(await lock.acquire({ timeout: 0 }), false);
  assert.equal(await lock.acquire({ timeout: 5 }), false);
  assert.equal(lock.acquireSync({ timeout: 5 }), false);
  lock.release();
  assert.equal(lock.acquireSync(), true);
  lock.release();
  assert.equal(lock.tryAcquire(), true);
  lock.release();
});

test('tasks get the lock in the order in which they asked, also against one that wants it back at once', async () => {
  const lock = new Lock();
  const order: number[] = [];
  await Promise.all(
    [0, 1, 2].map(async (task) => {
      for (let round = 0; round < 3; round++) {
        await lock.acquire();
        order.push(task);
        await new Promise((resolve) => setImmediate(resolve));
        lock.release();
      }
    }),
  );
  assert.deepEqual(order, [0, 1, 2, 0, 1, 2, 0, 1, 2]);
});

test('release of what is not held here is an error', () => {
  const lock = new Lock();
  assert.throws(() => lock.release(), { name: 'NotHeldError', code: 'ERR_MULTIPROC_NOT_HELD', message: /nobody holds it/ });
});

test('a sync wait for what this thread holds is a DeadlockError at once', async () => {
  const lock = new Lock();
  await lock.acquire();
  assert.throws(() => lock.acquireSync(), { name: 'DeadlockError' });
  assert.throws(() => lock.holdSync(), { name: 'DeadlockError' });
  assert.throws(() => lock.holdSync({ timeout: 3 }), { name: 'TimeoutError' });
  await assert.rejects(lock.hold({ timeout: 3 }), { name: 'TimeoutError' });
  lock.release();
});

test('an abort rejects with its reason and takes nothing', async () => {
  const lock = new Lock();
  const controller = new AbortController();
  await assert.rejects(lock.acquire({ signal: AbortSignal.abort('early') }), (reason) => reason === 'early');
  assert.equal(lock.locked(), false);
  lock.acquireSync();
  const waits = [lock.acquire({ signal: controller.signal }), lock.runExclusive(() => {}, { signal: controller.signal })];
  const after = lock.acquire();
  controller.abort(new Error('no more'));
  for (const wait of waits) await assert.rejects(wait, { message: 'no more' });
  lock.release();
  assert.equal(await after, true);
  lock.release();
  assert.equal(lock.locked(), false);
});

test('bad arguments are refused in all forms', async () => {
  const lock = new Lock();
  await assert.rejects(lock.acquire({ timeout: NaN }), { name: 'RangeError', code: 'ERR_MULTIPROC_ARGUMENT' });
  assert.throws(() => lock.acquireSync({ timeout: NaN }), RangeError);
  assert.throws(() => lock.acquireSync({ timeout: '1' as unknown as number }), TypeError);
  assert.throws(() => lock.holdSync(1 as never), TypeError);
  const argument = { name: 'TypeError', code: 'ERR_MULTIPROC_ARGUMENT' };
  await assert.rejects(lock.acquire({ signal: new AbortController() as never }), { ...argument, message: /controller\.signal/ });
  await assert.rejects(lock.runExclusive(3 as never), argument);
  await assert.rejects(new RLock().runExclusive(undefined as never), argument);
  assert.equal(lock.locked(), false);
});

test('as JSON they are their text, not all shared memory', () => {
  const all = [new Lock(), new RLock(), new Semaphore(3), new BoundedSemaphore()];
  assert.equal(JSON.stringify(all), JSON.stringify(all.map(String)));
});

test('holds are scopes, and releasing twice does nothing', async () => {
  const lock = new Lock();
  const hold = await lock.hold();
  assert.equal(hold.abandoned, false);
  hold.release();
  lock.acquireSync();
  hold[Symbol.dispose]();
  assert.equal(lock.locked(), true);
  lock.release();
  assert.equal(await lock.runExclusive(async (held) => (assert.ok(lock.locked()), held.abandoned)), false);
  await assert.rejects(
    lock.runExclusive(() => Promise.reject(new Error('inside'))),
    { message: 'inside' },
  );
  assert.equal(lock.locked(), false);
});

test('its text form names the owner', () => {
  const lock = new Lock();
  assert.equal(String(lock), '<Lock(owner=None)>');
  lock.acquireSync();
  assert.match(inspect(lock), /^<Lock\(owner=(MainProcess|pid \d+)\)>$/);
  lock.release();
});

test('processes exclude each other, waiting in both forms', async () => {
  const lock = new Lock();
  const { heap } = session();
  const unit = heap.allocate(4, true);
  const children = [1, 3, 1000].map((awaited) => startChild('children/increment.js', import.meta, lock, unit, 3000, awaited));
  for (const child of children) assert.equal(await child.exit, 0);
  const { words, index } = heap.structure(unit);
  assert.equal(words[index], 9000);
  heap.free(unit);
  assert.equal(lock.locked(), false);
  assert.deepEqual(fsck(session()), []);
});

test("a killed holder's lock is abandoned", async () => {
  for (const form of ['async', 'sync', 'try'] as const) {
    const lock = new Lock();
    const child = startChild('children/hold-until-killed.js', import.meta, lock);
    assert.equal(await child.told(), 'held');
    assert.equal(lock.tryAcquire(), false);
    assert.equal(String(lock), '<Lock(owner=SomeOtherProcess)>');
    assert.throws(() => lock.release(), { name: 'NotHeldError', message: /SomeOtherProcess/ });
    const warning = new Promise<Error>((resolve) => process.once('warning', resolve));
    if (form === 'async') {
      const hold = lock.hold();
      child.process.kill('SIGKILL');
      assert.equal((await hold).abandoned, true);
    } else if (form === 'sync') {
      // Nobody tells this thread of the death: it asks the kernel while it sleeps.
      child.process.kill('SIGKILL');
      assert.equal(lock.holdSync().abandoned, true);
    } else {
      child.process.kill('SIGKILL');
      while (!lock.tryAcquire());
    }
    assert.equal(lock.abandoned, true);
    assert.equal((await warning).name, 'MultiprocWarning');
    lock.release();
    assert.equal(lock.holdSync().abandoned, false);
    assert.equal(lock.abandoned, false);
    lock.release();
    assert.equal(await child.exit, 'SIGKILL');
  }
  assert.deepEqual(fsck(session()), []);
});

test('a process without descriptors takes nobody for dead', async () => {
  const lock = new Lock();
  const child = startChild('children/hold-until-killed.js', import.meta, lock);
  assert.equal(await child.told(), 'held');
  const opened: number[] = [];
  try {
    assert.throws(
      () => {
        for (;;) opened.push(openSync('/dev/null', 'r'));
      },
      { code: 'EMFILE' },
    );
    assert.equal(lock.acquireSync({ timeout: 600 }), false);
  } finally {
    for (const fd of opened) closeSync(fd);
    await child.kill();
  }
  assert.equal(lock.holdSync().abandoned, true);
  lock.release();
  assert.deepEqual(fsck(session()), []);
});
