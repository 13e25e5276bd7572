import assert from 'node:assert/strict';
import { AsyncResource } from 'node:async_hooks';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { type Call, newCall } from '#dist/sync/calls.js';
import { RLock } from '#dist/sync/rlock.js';
import { startChild } from '../support/children.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('its owner takes it again in all forms, and it is free when released as often', async () => {
  const lock = new RLock();
  assert.equal(lock.acquireSync(), true);
  assert.equal(await lock.acquire(), true);
  assert.equal(lock.tryAcquire(), true);
  assert.equal(lock.acquireSync({ timeout: 0 }), true);
  assert.equal(await lock.acquire({ timeout: 5 }), true);
  assert.match(inspect(lock), /^<RLock\((MainProcess|pid \d+), 5\)>$/);
  for (let i = 0; i < 4; i++) lock.release();
  assert.equal(lock.locked(), true);
  lock.release();
  assert.equal(lock.locked(), false);
  assert.equal(String(lock), '<RLock(None, 0)>');
  assert.throws(() => lock.release(), { name: 'NotHeldError', message: /nobody holds it/ });
});

test('holds are scopes', async () => {
  const lock = new RLock();
  const outer = await lock.hold();
  const inner = lock.holdSync();
  const third = lock.tryHold();
  for (const hold of [outer, inner, third!]) {
    assert.equal(hold.abandoned, false);
    hold.release();
    hold.release();
  }
  assert.equal(lock.locked(), false);
});

test('inside runExclusive the call is the owner: it nests, other tasks of the thread wait', async () => {
  const lock = new RLock();
  const events: string[] = [];
  let leave!: () => void;
  const first = lock.runExclusive(async (hold) => {
    assert.equal(hold.abandoned, false);
    events.push('first');
    assert.equal(lock.acquireSync(), true);
    await turn();
    assert.equal(await lock.acquire(), true);
    assert.equal(await lock.runExclusive(() => lock.tryAcquire()), true);
    for (let i = 0; i < 3; i++) lock.release();
    await new Promise<void>((resolve) => (leave = resolve));
    events.push('first leaves');
    return 1;
  });
  while (!leave) await turn();
  const second = lock.runExclusive(() => events.push('second'));
  const third = lock.acquire().then(() => events.push('third'));
  assert.equal(lock.tryAcquire(), false);
  assert.equal(await lock.acquire({ timeout: 3 }), false);
  assert.equal(lock.acquireSync({ timeout: 3 }), false);
  assert.throws(() => lock.acquireSync(), { name: 'DeadlockError', message: /runExclusive/ });
  assert.throws(() => lock.release(), { name: 'NotHeldError', message: /runExclusive/ });
  leave();
  assert.equal(await first, 1);
  await Promise.all([second, third]);
  lock.release();
  assert.deepEqual(events, ['first', 'first leaves', 'second', 'third']);
  assert.equal(lock.locked(), false);
});

test('runExclusive nests in what the thread holds by acquire, and its hold is released from anywhere', async () => {
  const lock = new RLock();
  lock.acquireSync();
  assert.equal(await lock.runExclusive(() => String(lock).includes(', 2)')), true);
  lock.release();
  assert.equal(lock.locked(), false);
  let release!: () => void;
  const done = lock.runExclusive((hold) => {
    release = () => hold.release();
    return turn();
  });
  while (!release) await turn();
  release();
  assert.equal(lock.locked(), false);
  await done;
  await assert.rejects(
    lock.runExclusive(() => Promise.reject(new Error('inside'))),
    { message: 'inside' },
  );
  assert.equal(lock.locked(), false);
});

test('calls of runExclusive exclude each other in the order in which they were made', async () => {
  const lock = new RLock();
  const order: number[] = [];
  let inside = 0;
  await Promise.all(
    [0, 1, 2].map(async (task) => {
      for (let round = 0; round < 3; round++)
        await lock.runExclusive(async () => {
          assert.equal(inside++, 0);
          await turn();
          order.push(task);
          inside--;
        });
    }),
  );
  assert.deepEqual(order, [0, 1, 2, 0, 1, 2, 0, 1, 2]);
});

test('an abort and a time-out take nothing', async () => {
  const lock = new RLock();
  const controller = new AbortController();
  let leave!: () => void;
  const first = lock.runExclusive(() => new Promise<void>((resolve) => (leave = resolve)));
  while (!leave) await turn();
  const waits = [lock.acquire({ signal: controller.signal }), lock.runExclusive(() => {}, { signal: controller.signal })];
  controller.abort(new Error('no more'));
  for (const wait of waits) await assert.rejects(wait, { message: 'no more' });
  await assert.rejects(
    lock.runExclusive(() => {}, { timeout: 3 }),
    { name: 'TimeoutError' },
  );
  await assert.rejects(lock.acquire({ timeout: NaN }), RangeError);
  leave();
  await first;
  assert.equal(lock.locked(), false);
});

test('processes exclude each other, waiting in both forms', async () => {
  const lock = new RLock();
  const { heap } = session();
  const unit = heap.allocate(4, true);
  const children = [1, 3, 1000].map((awaited) => startChild('children/increment.js', import.meta, lock, unit, 2000, awaited));
  for (const child of children) assert.equal(await child.exit, 0);
  const { words, index } = heap.structure(unit);
  assert.equal(words[index], 6000);
  heap.free(unit);
  assert.equal(lock.locked(), false);
  assert.deepEqual(fsck(session()), []);
});

test("a killed holder's lock is abandoned, however often it held it", async () => {
  const lock = new RLock();
  const child = startChild('children/hold-rlock-until-killed.js', import.meta, lock);
  assert.equal(await child.told(), 'held');
  assert.equal(String(lock), '<RLock(SomeOtherProcess, nonzero)>');
  assert.equal(lock.tryAcquire(), false);
  assert.throws(() => lock.release(), { name: 'NotHeldError', message: /SomeOtherProcess/ });
  const warning = new Promise<Error>((resolve) => process.once('warning', resolve));
  const abandoned = lock.runExclusive((hold) => [hold.abandoned, lock.abandoned]);
  await child.kill();
  assert.deepEqual(await abandoned, [true, true]);
  assert.equal((await warning).name, 'MultiprocWarning');
  assert.equal(lock.locked(), false);
  assert.equal(lock.holdSync().abandoned, false);
  lock.release();
  assert.deepEqual(fsck(session()), []);
});

test('a call that is over is kept by none that is begun in it', async () => {
  const lock = new RLock();
  let later!: () => Call;
  await lock.runExclusive(() => {
    assert.notEqual(newCall().outer, undefined);
    later = AsyncResource.bind(() => newCall());
  });
  assert.equal(later().outer, undefined);
});
