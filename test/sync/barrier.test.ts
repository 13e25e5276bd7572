import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import '#dist/serialization/importing.js';
import { Barrier } from '#dist/sync/barrier.js';
import { startChild } from '../support/children.js';
import { endThisProcess, nothing } from './actions.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const broken = { name: 'BrokenBarrierError', code: 'ERR_MULTIPROC_BROKEN_BARRIER', message: /reset\(\)/ };
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

async function untilWaiting(barrier: Barrier, count: number): Promise<void> {
  while (barrier.nWaiting !== count) await turn();
}

test('all go on when all have come, each with a number of its own, again and again', async () => {
  let actions = 0;
  const barrier = new Barrier(3, { action: () => void actions++ });
  assert.equal(barrier.parties, 3);
  for (let round = 0; round < 3; round++) {
    const waits = [barrier.wait(), barrier.wait()];
    assert.equal(barrier.nWaiting, 2);
    assert.equal(String(barrier), '<Barrier: waiters=2/3>');
    assert.equal(actions, round);
    const last = round === 0 ? barrier.waitSync() : round === 1 ? barrier.tryWait()! : barrier.wait();
    assert.deepEqual((await Promise.all([...waits, last])).sort(), [0, 1, 2]);
    assert.equal(actions, round + 1);
    assert.equal(barrier.nWaiting, 0);
  }
  assert.equal(barrier.tryWait(), undefined);
  assert.equal(barrier.nWaiting, 0);
  assert.equal(barrier.broken, false);
  assert.equal(await new Barrier(1).wait(), 0);
});

test('those who come too early for the next round wait for it', async () => {
  const barrier = new Barrier(2);
  const indexes = await Promise.all(numbers(10).map(() => barrier.wait()));
  assert.deepEqual(indexes.sort(), [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
});

test('a blocking wait passes what async waits of the same thread left', async () => {
  const barrier = new Barrier(2);
  const waits: Promise<number>[] = [];
  for (let round = 0; round < 5; round++) {
    waits.push(barrier.wait());
    assert.equal(barrier.waitSync(), 1);
  }
  assert.deepEqual(await Promise.all(waits), [0, 0, 0, 0, 0]);
  assert.throws(() => barrier.waitSync(), { name: 'DeadlockError', message: /on a Barrier/ });
  assert.equal(barrier.broken, false);
  assert.equal(barrier.nWaiting, 0);
});

test('a time-out breaks it for all, until it is reset', async () => {
  const barrier = new Barrier(3, { timeout: 60_000 });
  const other = assert.rejects(barrier.wait(), broken);
  await assert.rejects(barrier.wait({ timeout: 5 }), { ...broken, message: /2 of 3 parties .* 5 ms/ });
  await other;
  assert.equal(barrier.broken, true);
  assert.equal(String(barrier), '<Barrier: broken>');
  await assert.rejects(barrier.wait(), broken);
  assert.throws(() => barrier.waitSync(), broken);
  assert.throws(() => barrier.tryWait(), broken);
  barrier.reset();
  assert.equal(barrier.broken, false);
  assert.throws(() => barrier.waitSync({ timeout: 0 }), broken);
  barrier.reset();
  const own = new Barrier(2, { timeout: 5 });
  await assert.rejects(own.wait(), broken);
  assert.throws(() => (own.reset(), own.waitSync()), broken);
});

test('an abort takes one wait back and leaves the barrier whole', async () => {
  const barrier = new Barrier(2);
  const controller = new AbortController();
  const wait = barrier.wait({ signal: controller.signal });
  assert.equal(barrier.nWaiting, 1);
  controller.abort('enough');
  await assert.rejects(wait, (reason) => reason === 'enough');
  assert.equal(barrier.nWaiting, 0);
  await assert.rejects(barrier.wait({ signal: AbortSignal.abort('early') }), (reason) => reason === 'early');
  assert.deepEqual(await Promise.all([barrier.wait(), barrier.wait()]), [0, 1]);
  // One that has passed has passed.
  const late = new AbortController();
  const passed = barrier.wait({ signal: late.signal });
  const last = barrier.tryWait();
  late.abort('late');
  assert.deepEqual([await passed, last], [0, 1]);
});

test('reset and abort end the waits', async () => {
  const barrier = new Barrier(3);
  const waits = [barrier.wait(), barrier.wait()].map((wait) => assert.rejects(wait, broken));
  barrier.reset();
  assert.equal(barrier.broken, false);
  const next = [barrier.wait(), barrier.wait()];
  await Promise.all(waits);
  assert.equal(typeof (await barrier.wait()), 'number');
  await Promise.all(next);
  const more = assert.rejects(barrier.wait(), broken);
  barrier.abort();
  assert.equal(barrier.broken, true);
  await more;
  barrier.reset();
  assert.equal(barrier.broken, false);
});

test('an action that fails breaks the barrier, and its error reaches who called it', async () => {
  const barrier = new Barrier(2, {
    action: async () => {
      await turn();
      throw new Error('action');
    },
  });
  const other = assert.rejects(barrier.wait(), broken);
  await assert.rejects(barrier.wait(), { message: 'action' });
  await other;
  assert.equal(barrier.broken, true);
  barrier.reset();
  const first = assert.rejects(barrier.wait(), broken);
  assert.throws(() => barrier.waitSync(), { name: 'TypeError', message: /async/ });
  await first;
  assert.equal(barrier.broken, true);
});

test('an async action is awaited before anybody goes on, and who resets meanwhile wins', async () => {
  let finish!: () => void;
  const barrier = new Barrier(2, { action: () => new Promise<void>((resolve) => (finish = resolve)) });
  let passed = 0;
  const waits = [barrier.wait(), barrier.wait()].map((wait) => wait.then(() => passed++));
  while (!finish) await turn();
  assert.equal(passed, 0);
  finish();
  await Promise.all(waits);
  finish = undefined!;
  const failing = [barrier.wait(), barrier.wait()].map((wait) => assert.rejects(wait, broken));
  while (!finish) await turn();
  barrier.reset();
  finish();
  await Promise.all(failing);
  assert.equal(barrier.broken, false);
  assert.equal(barrier.nWaiting, 0);
});

test('bad arguments', async () => {
  for (const parties of [0, -1, 1.5, NaN])
    assert.throws(() => new Barrier(parties), { name: 'RangeError', code: 'ERR_MULTIPROC_ARGUMENT' });
  assert.throws(() => new Barrier('2' as never), TypeError);
  for (const options of [{ action: 3 }, null, 3, () => {}])
    assert.throws(() => new Barrier(2, options as never), { name: 'TypeError', code: 'ERR_MULTIPROC_ARGUMENT' });
  assert.throws(() => new Barrier(2, { timeout: NaN }), RangeError);
  const barrier = new Barrier(2);
  await assert.rejects(barrier.wait({ timeout: NaN }), RangeError);
  assert.throws(() => barrier.waitSync({ timeout: NaN }), RangeError);
  assert.equal(barrier.broken, false);
});

test('processes pass together, round after round, in both forms', async () => {
  const barrier = new Barrier(5, { action: nothing });
  const rounds = 40;
  const children = [
    startChild('children/pass-barrier.js', import.meta, barrier, rounds, 1, true),
    startChild('children/pass-barrier.js', import.meta, barrier, rounds, 1, false),
    startChild('children/pass-barrier.js', import.meta, barrier, rounds, 2, true),
  ];
  for (let round = 0; round < rounds; round++) {
    const own = round % 2 === 0 ? await barrier.wait() : barrier.waitSync();
    const others = await Promise.all(children.map((child) => child.told()));
    assert.deepEqual([own, ...others.flat()].sort(), numbers(5));
  }
  for (const child of children) assert.equal(await child.exit, 0);
  assert.equal(barrier.broken, false);
  assert.deepEqual(fsck(session()), []);
});

test('a party that is killed while it waits breaks the barrier', async () => {
  const barrier = new Barrier(4);
  const dead = startChild('children/pass-barrier.js', import.meta, barrier, 1, 1, true);
  const other = startChild('children/pass-barrier.js', import.meta, barrier, 1, 1, true);
  const own = assert.rejects(barrier.wait(), broken);
  await untilWaiting(barrier, 3);
  await dead.kill();
  await own;
  assert.equal(await other.told(), 'BrokenBarrierError');
  assert.equal(barrier.broken, true);
  assert.equal(await other.exit, 0);
  barrier.reset();
  assert.equal(barrier.nWaiting, 0);
  assert.deepEqual(fsck(session()), []);
});

test('a party that is killed before it comes breaks the barrier, also for a thread that blocks', async () => {
  const barrier = new Barrier(2);
  const child = startChild('children/hold-barrier.js', import.meta, barrier);
  assert.equal(await child.told(), '<Barrier: waiters=0/2>');
  child.process.kill('SIGKILL');
  assert.throws(() => barrier.waitSync(), broken);
  assert.equal(await child.exit, 'SIGKILL');
  barrier.reset();
  assert.deepEqual(fsck(session()), []);
});

test('one that ends by itself without waiting does not break it', async () => {
  const barrier = new Barrier(2);
  const child = startChild('children/hold-barrier.js', import.meta, barrier);
  await child.told();
  child.process.send('leave');
  assert.equal(await child.exit, 0);
  assert.equal(barrier.broken, false);
  assert.deepEqual(await Promise.all([barrier.wait(), barrier.wait()]), [0, 1]);
});

test('a party that is killed in the action breaks the barrier', async () => {
  const barrier = new Barrier(2, { action: endThisProcess });
  const own = assert.rejects(barrier.wait(), broken);
  const child = startChild('children/pass-barrier.js', import.meta, barrier, 1, 1, false);
  await own;
  assert.equal(await child.exit, 'SIGKILL');
  assert.equal(barrier.broken, true);
  assert.deepEqual(fsck(session()), []);
});

test('who has passed has passed, though another one that passed is killed before it notices', async () => {
  const barrier = new Barrier(3);
  const stopped = startChild('children/come-to-barrier.js', import.meta, barrier);
  assert.equal(await stopped.told(), 'came');
  stopped.process.kill('SIGSTOP');
  const own = barrier.wait();
  const last = barrier.tryWait();
  assert.equal(typeof last, 'number');
  await stopped.kill();
  assert.equal(typeof (await own), 'number');
  assert.equal(barrier.broken, true);
  assert.deepEqual(fsck(session()), []);
});

test('an action that a reset has overtaken ends no later round', async () => {
  const ends: (() => void)[] = [];
  const barrier = new Barrier(2, { action: () => new Promise<void>((resolve) => ends.push(resolve)) });
  const overtaken = [barrier.wait(), barrier.wait()].map((wait) => assert.rejects(wait, broken));
  while (ends.length < 1) await turn();
  barrier.reset();
  await overtaken[0];
  let passed = 0;
  const waits = [barrier.wait(), barrier.wait()].map((wait) => wait.then(() => passed++));
  while (ends.length < 2) await turn();
  ends[0]();
  await overtaken[1];
  await turn();
  assert.equal(barrier.nWaiting, 2);
  assert.equal(passed, 0);
  ends[1]();
  await Promise.all(waits);
  assert.equal(barrier.broken, false);
});
