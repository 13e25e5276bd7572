import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { BoundedSemaphore } from '#dist/sync/bounded_semaphore.js';
import { Semaphore } from '#dist/sync/semaphore.js';
import { startChild } from '../support/children.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

for (const Type of [Semaphore, BoundedSemaphore]) {
  const text = (value: number, bound: number) =>
    Type === Semaphore ? `<Semaphore(value=${value})>` : `<BoundedSemaphore(value=${value}, maxvalue=${bound})>`;

  test(`${Type.name}: the forms take permits and give them back`, async () => {
    const semaphore = new Type(4);
    assert.equal(await semaphore.acquire(), true);
    assert.equal(semaphore.acquireSync(), true);
    assert.equal(semaphore.tryAcquire(), true);
    assert.equal(String(semaphore), text(1, 4));
    const hold = semaphore.tryHold();
    assert.equal(hold?.abandoned, false);
    assert.equal(semaphore.getValue(), 0);
    assert.equal(semaphore.locked(), true);
    assert.equal(semaphore.tryAcquire(), false);
    assert.equal(semaphore.tryHold(), null);
    assert.equal(await semaphore.acquire({ timeout: 0 }), false);
    assert.equal(await semaphore.acquire({ timeout: 3 }), false);
    assert.equal(semaphore.acquireSync({ timeout: 3 }), false);
    assert.throws(() => semaphore.holdSync({ timeout: 3 }), { name: 'TimeoutError' });
    assert.throws(() => semaphore.acquireSync(), { name: 'DeadlockError' });
    hold?.release();
    hold?.release();
    semaphore.release(3);
    assert.equal(semaphore.getValue(), 4);
    assert.equal(semaphore.locked(), false);
    assert.equal(await semaphore.runExclusive((held) => (assert.equal(semaphore.getValue(), 3), held.abandoned)), false);
    assert.equal(semaphore.abandoned, false);
  });

  test(`${Type.name}: release(n) lets n tasks go on, in the order in which they asked`, async () => {
    const semaphore = new Type(3);
    for (let i = 0; i < 3; i++) semaphore.acquireSync();
    const order: number[] = [];
    const waits = [0, 1, 2, 3].map((task) => semaphore.acquire().then(() => order.push(task)));
    await turn();
    assert.deepEqual(order, []);
    semaphore.release(3);
    await Promise.all(waits.slice(0, 3));
    assert.deepEqual(order, [0, 1, 2]);
    semaphore.release();
    await waits[3];
    assert.equal(semaphore.getValue(), 0);
    semaphore.release(3);
  });

  test(`${Type.name}: aborts and bad arguments take nothing`, async () => {
    const semaphore = new Type(1);
    semaphore.acquireSync();
    const controller = new AbortController();
    const aborted = semaphore.acquire({ signal: controller.signal });
    const next = semaphore.acquire();
    controller.abort('enough');
    await assert.rejects(aborted, (reason) => reason === 'enough');
    semaphore.release();
    assert.equal(await next, true);
    semaphore.release();
    await assert.rejects(semaphore.acquire({ timeout: NaN }), RangeError);
    for (const n of [0, -1, 1.5, NaN])
      assert.throws(() => semaphore.release(n), { name: 'RangeError', code: 'ERR_MULTIPROC_ARGUMENT' });
    for (const n of [-1, 1.5, 2 ** 31]) assert.throws(() => new Type(n), { name: 'RangeError', code: 'ERR_MULTIPROC_ARGUMENT' });
    assert.throws(() => new Type('1' as never), TypeError);
    assert.equal(semaphore.getValue(), 1);
    assert.equal(new Type(0).locked(), true);
    assert.equal(new Type().getValue(), 1);
  });

  test(`${Type.name}: never more than its permits are inside, in any processes`, async () => {
    const semaphore = new Type(2);
    const { heap } = session();
    const unit = heap.allocate(8, true);
    const children = [0, 1, 2].map(() => startChild('children/take-permits.js', import.meta, semaphore, unit, 1000));
    for (const child of children) assert.equal(await child.exit, 0);
    const { words, index } = heap.structure(unit);
    assert.equal(words[index], 0);
    assert.ok(words[index + 1] <= 2);
    heap.free(unit);
    assert.equal(semaphore.getValue(), 2);
    assert.deepEqual(fsck(session()), []);
  });
}

test('a Semaphore may get more permits than it began with, up to what a word holds', () => {
  const semaphore = new Semaphore(0);
  semaphore.release(2);
  assert.equal(semaphore.getValue(), 2);
  semaphore.release(2 ** 31 - 3);
  assert.throws(() => semaphore.release(), { name: 'RangeError', code: 'ERR_MULTIPROC_ARGUMENT' });
});

test('a BoundedSemaphore takes no more back than were taken', () => {
  const semaphore = new BoundedSemaphore(3);
  assert.throws(() => semaphore.release(), { name: 'NotHeldError', message: /0 permits/ });
  semaphore.acquireSync();
  assert.throws(() => semaphore.release(2), { name: 'NotHeldError', message: /1 permits/ });
  assert.equal(semaphore.getValue(), 2);
  semaphore.release();
});

test('another process may release what this one acquired', async () => {
  const semaphore = new BoundedSemaphore(2);
  const child = startChild('children/keep-permits.js', import.meta, semaphore, 2);
  assert.equal(await child.told(), 'taken');
  semaphore.release(2);
  assert.equal(semaphore.getValue(), 2);
  assert.throws(() => semaphore.release(), { name: 'NotHeldError' });
  await child.kill();
  assert.equal(semaphore.holdSync().abandoned, false);
  semaphore.release();
});

test('the permits of a process that ends come back, and who gets them is told', async () => {
  for (const end of ['kill', 'leave'] as const) {
    const semaphore = new BoundedSemaphore(3);
    semaphore.acquireSync();
    const child = startChild('children/keep-permits.js', import.meta, semaphore, 2);
    assert.equal(await child.told(), 'taken');
    assert.equal(semaphore.getValue(), 0);
    const waits = [semaphore.hold(), semaphore.hold()];
    if (end === 'kill') await child.kill();
    else {
      child.process.send('leave');
      assert.equal(await child.exit, 0);
    }
    for (const hold of await Promise.all(waits)) assert.equal(hold.abandoned, true);
    semaphore.release(3);
    assert.equal(semaphore.holdSync().abandoned, false);
    assert.equal(semaphore.abandoned, false);
    semaphore.release();
    assert.deepEqual(fsck(session()), []);
  }
});

test('a thread that blocks learns of the death of who has the permits', async () => {
  const semaphore = new BoundedSemaphore(1);
  const child = startChild('children/keep-permits.js', import.meta, semaphore, 1);
  assert.equal(await child.told(), 'taken');
  child.process.kill('SIGKILL');
  assert.equal(semaphore.holdSync().abandoned, true);
  semaphore.release();
  await child.exit;
});

test('each hold says for itself whether its permit came back from the dead', async () => {
  const semaphore = new BoundedSemaphore(2);
  const child = startChild('children/keep-permits.js', import.meta, semaphore, 1);
  assert.equal(await child.told(), 'taken');
  await child.kill();
  const holds = await Promise.all([semaphore.hold(), semaphore.hold()]);
  assert.deepEqual(
    holds.map((hold) => hold.abandoned),
    [true, false],
  );
  for (const hold of holds) hold.release();
});
