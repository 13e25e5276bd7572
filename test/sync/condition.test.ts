import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { Condition } from '#dist/sync/condition.js';
import { Lock } from '#dist/sync/lock.js';
import { RLock } from '#dist/sync/rlock.js';
import { startChild } from '../support/children.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const waitsOf = (condition: Condition) => Number(/(\d+)\)>$/.exec(String(condition))![1]);

/** Until so many wait, and have given the lock up. */
async function untilWaiting(condition: Condition, count: number): Promise<void> {
  while ((await condition.runExclusive(() => waitsOf(condition))) !== count) await turn();
}

for (const Type of [Lock, RLock]) {
  test(`with a ${Type.name}: a notify lets the first go on, notifyAll all`, async () => {
    const condition = new Condition(new Type());
    const order: number[] = [];
    const waits = [0, 1, 2, 3, 4].map((task) =>
      condition.runExclusive(async () => {
        assert.equal(await condition.wait(), true);
        assert.equal(condition.locked(), true);
        order.push(task);
      }),
    );
    await untilWaiting(condition, 5);
    await condition.runExclusive(() => condition.notify());
    await waits[0];
    assert.equal(waitsOf(condition), 4);
    await condition.runExclusive(() => condition.notify(2));
    await Promise.all(waits.slice(0, 3));
    assert.deepEqual(order, [0, 1, 2]);
    await condition.runExclusive(() => condition.notifyAll());
    await Promise.all(waits);
    assert.deepEqual(order, [0, 1, 2, 3, 4]);
    assert.equal(condition.locked(), false);
    assert.equal(waitsOf(condition), 0);
  });

  test(`with a ${Type.name}: a wait takes the lock back also when time runs out`, async () => {
    const condition = new Condition(new Type());
    condition.acquireSync();
    assert.equal(await condition.wait({ timeout: 0 }), false);
    assert.equal(await condition.wait({ timeout: 3 }), false);
    assert.equal(condition.waitSync({ timeout: 3 }), false);
    assert.equal(condition.tryWait(), false);
    assert.throws(() => condition.waitSync(), { name: 'DeadlockError', message: /on a Condition/ });
    assert.equal(condition.locked(), true);
    condition.release();
    assert.equal(condition.locked(), false);
    assert.equal(waitsOf(condition), 0);
  });

  test(`with a ${Type.name}: all needs the lock`, async () => {
    const condition = new Condition(new Type());
    for (const call of [
      () => condition.notify(),
      () => condition.notifyAll(),
      () => condition.waitSync(),
      () => condition.tryWait(),
      () => condition.waitForSync(() => true),
      () => condition.tryWaitFor(() => true),
    ])
      assert.throws(call, { name: 'NotHeldError', message: /without its lock/ });
    await assert.rejects(condition.wait(), { name: 'NotHeldError' });
    await assert.rejects(
      condition.waitFor(() => true),
      { name: 'NotHeldError' },
    );
    assert.throws(() => condition.release(), { name: 'NotHeldError' });
  });
}

test('an RLock is given up wholly, and held as often again', async () => {
  const condition = new Condition();
  assert.equal(String(condition), '<Condition(<RLock(None, 0)>, 0)>');
  await condition.acquire();
  assert.equal(condition.tryAcquire(), true);
  const hold = condition.holdSync();
  const wait = condition.wait();
  assert.equal(condition.locked(), false);
  await condition.runExclusive(() => condition.notify());
  assert.equal(await wait, true);
  assert.match(String(condition), /^<Condition\(<RLock\(.*, 3\)>, 0\)>$/);
  hold.release();
  condition.release();
  condition.release();
  assert.equal(condition.locked(), false);
  assert.equal(condition.abandoned, false);
});

test('waitFor waits for its predicate, in one limit of time', async () => {
  const condition = new Condition();
  let stock = 0;
  const taken = [1, 2].map(() =>
    condition.runExclusive(async () => {
      assert.equal(await condition.waitFor(async () => stock > 0), true);
      stock--;
    }),
  );
  await untilWaiting(condition, 2);
  for (let i = 0; i < 2; i++)
    await condition.runExclusive(() => {
      stock++;
      condition.notifyAll();
    });
  await Promise.all(taken);
  assert.equal(stock, 0);
  await condition.runExclusive(async () => {
    assert.equal(await condition.waitFor(() => false, { timeout: 10 }), false);
    assert.equal(
      condition.waitForSync(() => false, { timeout: 10 }),
      false,
    );
    assert.equal(
      condition.waitForSync(() => true),
      true,
    );
    assert.equal(
      condition.tryWaitFor(() => true),
      true,
    );
    assert.equal(
      condition.tryWaitFor(() => false),
      false,
    );
    await assert.rejects(
      condition.waitFor(() => Promise.reject(new Error('predicate'))),
      { message: 'predicate' },
    );
  });
  assert.equal(condition.locked(), false);
});

test('an abort takes the lock back before it rejects, and passes a notify on', async () => {
  const condition = new Condition();
  const controller = new AbortController();
  const reason = new Error('enough');
  let held = false;
  const aborted = condition.runExclusive(async () => {
    try {
      await condition.wait({ signal: controller.signal });
    } finally {
      held = condition.locked();
    }
  });
  const other = condition.runExclusive(() => condition.wait());
  await untilWaiting(condition, 2);
  condition.acquireSync();
  condition.notify();
  controller.abort(reason);
  condition.release();
  await assert.rejects(aborted, (error) => error === reason);
  assert.equal(held, true);
  assert.equal(await other, true);
  await assert.rejects(
    condition.runExclusive(() => condition.wait({ signal: AbortSignal.abort(reason) })),
    (error) => error === reason,
  );
  assert.equal(condition.locked(), false);
  assert.equal(waitsOf(condition), 0);
});

test('a notify and a time-out that come together lose nothing', async () => {
  const condition = new Condition();
  for (let round = 0; round < 30; round++) {
    const waits = [1, 2, 3, 1].map((timeout) => condition.runExclusive(() => condition.wait({ timeout })));
    let hasBegun = false;
    const last = condition.runExclusive(() => {
      const wait = condition.wait();
      hasBegun = true;
      return wait;
    });
    while (!hasBegun) await turn();
    await new Promise((resolve) => setTimeout(resolve, 1 + (round % 3)));
    condition.acquireSync();
    const waited = waitsOf(condition);
    condition.notify(2);
    condition.release();
    const results = await Promise.all(waits);
    const isLastOn = results.filter(Boolean).length < Math.min(2, waited);
    if (!isLastOn) await condition.runExclusive(() => condition.notify());
    assert.equal(await last, true);
    assert.equal(waitsOf(condition), 0);
  }
});

test('bad arguments', async () => {
  assert.throws(() => new Condition({} as never), { name: 'TypeError', code: 'ERR_MULTIPROC_ARGUMENT' });
  const condition = new Condition();
  condition.acquireSync();
  for (const n of [0, -1, 0.5]) assert.throws(() => condition.notify(n), RangeError);
  assert.throws(() => condition.waitSync({ timeout: NaN }), RangeError);
  const argument = { name: 'TypeError', code: 'ERR_MULTIPROC_ARGUMENT' };
  for (const predicate of [undefined, true, { timeout: 5 }]) {
    await assert.rejects(condition.waitFor(predicate as never), argument);
    assert.throws(() => condition.waitForSync(predicate as never), argument);
    assert.throws(() => condition.tryWaitFor(predicate as never), argument);
  }
  // A promise is always true: blocking code would go on at once.
  assert.throws(() => condition.waitForSync(async () => false), {
    ...argument,
    message: /predicate is async.*await waitFor\(\)/,
  });
  assert.throws(() => condition.tryWaitFor(() => Promise.reject(new Error('not looked at'))), argument);
  await assert.rejects(condition.wait({ timeout: NaN }), RangeError);
  assert.equal(condition.locked(), true);
  condition.release();
});

test('conditions may share a lock', async () => {
  const lock = new Lock();
  const [first, second] = [new Condition(lock), new Condition(lock)];
  const waits = [first, second].map((condition) => condition.runExclusive(() => condition.wait()));
  await untilWaiting(second, 1);
  await lock.runExclusive(() => second.notify());
  assert.equal(await waits[1], true);
  assert.equal(waitsOf(first), 1);
  await lock.runExclusive(() => first.notify());
  assert.equal(await waits[0], true);
});

test('async and blocking waits of one thread: who came first goes on first, and a child notifies both', async () => {
  const condition = new Condition();
  const order: string[] = [];
  const first = condition.runExclusive(async () => {
    await condition.wait();
    order.push('async');
  });
  await untilWaiting(condition, 1);
  const child = startChild('children/notify-twice.js', import.meta, condition);
  assert.equal(await child.told(), 'ready');
  condition.acquireSync();
  child.process.send('go');
  assert.equal(condition.waitSync(), true);
  order.push('sync');
  condition.release();
  await first;
  assert.deepEqual(order, ['sync', 'async']);
  assert.equal(await child.exit, 0);
});

test('producers and consumers in many processes, in both forms', async () => {
  const condition = new Condition();
  const { heap } = session();
  const unit = heap.allocate(8, true);
  const { words, index } = heap.structure(unit);
  const children = [0, 1, 2].map(() => startChild('children/consume.js', import.meta, condition, unit));
  const total = 600;
  for (let i = 0; i < total; i++) {
    if (i % 2 === 0) await condition.acquire();
    else condition.acquireSync();
    words[index]++;
    condition.notify();
    if (words[index] > 5) await condition.waitFor(() => words[index] < 3);
    condition.release();
  }
  await condition.runExclusive(() => {
    words[index + 1] = 1;
    condition.notifyAll();
  });
  let taken = 0;
  for (const child of children) taken += await child.told();
  for (const child of children) assert.equal(await child.exit, 0);
  assert.equal(taken, total);
  heap.free(unit);
  assert.equal(waitsOf(condition), 0);
  assert.deepEqual(fsck(session()), []);
});

test('a killed waiter swallows no notify, before it got one', async () => {
  const condition = new Condition();
  const children = (['sync', 'async', 'sync'] as const).map((form) =>
    startChild('children/wait-for-notify.js', import.meta, condition, form, 1),
  );
  await untilWaiting(condition, 3);
  // Nobody has noticed the deaths when the notify comes.
  for (const child of children.slice(0, 2)) child.process.kill('SIGKILL');
  condition.acquireSync();
  condition.notify();
  condition.release();
  assert.equal(await children[2].told(), true);
  assert.deepEqual(await Promise.all(children.map((child) => child.exit)), ['SIGKILL', 'SIGKILL', 0]);
  assert.equal(waitsOf(condition), 0);
  assert.deepEqual(fsck(session()), []);
});

test('a killed waiter swallows no notify, after it got one', async () => {
  const condition = new Condition();
  const dead = startChild('children/wait-for-notify.js', import.meta, condition, 'sync', 1);
  await untilWaiting(condition, 1);
  dead.process.kill('SIGSTOP');
  await condition.runExclusive(() => condition.notify());
  assert.equal(waitsOf(condition), 0);
  const next = startChild('children/wait-for-notify.js', import.meta, condition, 'async', 1);
  const own = condition.runExclusive(() => condition.wait());
  await untilWaiting(condition, 2);
  await dead.kill();
  const first = await Promise.race([own.then(() => 'own'), next.told().then(() => 'next')]);
  assert.equal(waitsOf(condition), 1);
  await condition.runExclusive(() => condition.notify());
  assert.equal(first === 'own' ? await next.exit : await own, first === 'own' ? 0 : true);
  await next.exit;
  assert.deepEqual(fsck(session()), []);
});

test('a waiter that is killed while it has the lock again gives it to the next', async () => {
  const condition = new Condition();
  const child = startChild('children/wait-then-keep.js', import.meta, condition);
  await untilWaiting(condition, 1);
  await condition.runExclusive(() => condition.notify());
  assert.equal(await child.told(), 'has the lock');
  const next = condition.hold();
  await child.kill();
  assert.equal((await next).abandoned, true);
  condition.release();
  assert.deepEqual(fsck(session()), []);
});
