/** Processes that use objects of every kind are killed at random: the others go on, what locks guard stays whole, and no memory is lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Queue } from '#dist/channels/queue.js';
import { sweepCollected } from '#dist/memory/collected.js';
import { fsck } from '#dist/memory/fsck.js';
import { Header } from '#dist/memory/layout.js';
import { session } from '#dist/memory/session.js';
import { RawArray } from '#dist/sharedctypes/raw.js';
import { Value } from '#dist/sharedctypes/value.js';
import { BoundedSemaphore } from '#dist/sync/bounded_semaphore.js';
import { Condition } from '#dist/sync/condition.js';
import { Event } from '#dist/sync/event.js';
import { Lock } from '#dist/sync/lock.js';
import { RLock } from '#dist/sync/rlock.js';
import { type Child, startChild } from '../support/children.js';
import type { Everything } from './children/use-everything.js';

const rounds = Number(process.env.SYNC_KILLS_ROUNDS ?? (process.env.MULTIPROC_SOAK === 'short' ? 60 : 600));
const seed = Number(process.env.SYNC_KILLS_SEED ?? Date.now() % 2 ** 31);
const CHILDREN = 4;
const PERMITS = 2;

process.on('warning', () => {});

test(`${rounds} kills of processes that use everything`, async (t) => {
  t.diagnostic(`seed ${seed} (SYNC_KILLS_SEED=${seed} plays it again)`);
  const everything: Everything = {
    over: new Event(),
    lock: new Lock(),
    rlock: new RLock(),
    permits: new BoundedSemaphore(PERMITS),
    condition: new Condition(),
    queue: new Queue<unknown>(100),
    count: new Value('i', 0),
    pair: RawArray('i', 2),
  };
  const { over, lock, rlock, permits, condition, queue, pair } = everything;
  let started = 0;
  const start = (): Child => startChild('children/use-everything.js', import.meta, everything, seed + started++);
  const children = Array.from({ length: CHILDREN }, start);
  let state = seed;
  for (let round = 0; round < rounds; round++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    const victim = (state >>> 8) % CHILDREN;
    // The others get somewhere meanwhile: that is what is waited for, not a time.
    const before = pair[0];
    while (pair[0] - before < 20) await new Promise((resolve) => setImmediate(resolve));
    await children[victim].kill();
    children[victim] = start();
  }
  over.set();
  for (const child of children) assert.equal(await child.exit, 0);
  assert.deepEqual(fsck(session()), []);
  for (const each of [lock, rlock, condition]) {
    assert.equal(await each.acquire({ timeout: 5000 }), true, String(each));
    if (each === lock && lock.abandoned) pair[1] = pair[0];
    each.release();
  }
  assert.equal(pair[0], pair[1]);
  for (let i = 0; i < PERMITS; i++) assert.equal(permits.tryAcquire(), true, `permit ${i}`);
  permits.release(PERMITS);
  assert.match(String(condition), /, 0\)>$/);
  while (queue.tryGet() !== undefined);
  sweepCollected();
  session().collector.collect();
  assert.deepEqual(fsck(session()), []);
  const left = Atomics.load(session().arena.words, Header.LIVE_OBJECTS);
  // What `everything` names: a condition and a value bring locks of their own.
  assert.ok(left <= 16, `${left} objects are left`);
  t.diagnostic(`${pair[0]} updates, ${started} processes`);
});
