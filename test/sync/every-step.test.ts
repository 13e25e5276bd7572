import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { Barrier } from '#dist/sync/barrier.js';
import { BoundedSemaphore } from '#dist/sync/bounded_semaphore.js';
import { Condition } from '#dist/sync/condition.js';
import { Event } from '#dist/sync/event.js';
import { RLock } from '#dist/sync/rlock.js';
import { Semaphore } from '#dist/sync/semaphore.js';
import { startChild } from '../support/children.js';

/** 1 = a process is killed at each step of each operation (a few minutes); by default at every STRIDE-th, from a first one that changes from day to day. */
const STRIDE = Number(process.env.KILL_STRIDE ?? 5);
const FIRST = 1 + (Math.floor(Date.now() / 86_400_000) % STRIDE);
const AT_ONCE = 3;

interface Round {
  readonly object: unknown;
  /** What is left after the kill must do its work. */
  check(): Promise<unknown> | void;
}

const scenarios: Record<string, [operation: string, prepare: () => Round]> = {
  'take and release an RLock twice': [
    'lock',
    () => {
      const lock = new RLock();
      return {
        object: lock,
        check() {
          assert.equal(lock.acquireSync({ timeout: 1000 }), true);
          lock.release();
          assert.equal(lock.locked(), false);
        },
      };
    },
  ],
  'take and release permits of a Semaphore': [
    'permits',
    () => {
      const semaphore = new Semaphore(5);
      return { object: semaphore, check: () => assert.ok(semaphore.getValue() >= 3 && semaphore.getValue() <= 5) };
    },
  ],
  'take and release permits of a BoundedSemaphore': [
    'permits',
    () => {
      const semaphore = new BoundedSemaphore(2);
      return {
        object: semaphore,
        check() {
          assert.equal(semaphore.getValue(), 2);
          assert.equal(semaphore.acquireSync({ timeout: 1000 }), true);
          semaphore.release();
        },
      };
    },
  ],
  'set an event that somebody waits for': [
    'set',
    () => {
      const event = new Event();
      const wait = event.wait();
      return {
        object: event,
        check() {
          event.set();
          return wait;
        },
      };
    },
  ],
  'notify who waits on a condition': [
    'notify',
    () => {
      const condition = new Condition();
      const wait = condition.runExclusive(() => condition.wait());
      return {
        object: condition,
        async check() {
          await condition.runExclusive(() => condition.notifyAll());
          assert.equal(await wait, true);
        },
      };
    },
  ],
  'wait on a condition': [
    'wait',
    () => {
      const condition = new Condition();
      return {
        object: condition,
        async check() {
          const wait = condition.runExclusive(() => condition.wait());
          while (!String(condition).endsWith(' 1)>')) await new Promise((resolve) => setImmediate(resolve));
          await condition.runExclusive(() => condition.notify());
          assert.equal(await wait, true);
          assert.equal(String(condition), '<Condition(<RLock(None, 0)>, 0)>');
        },
      };
    },
  ],
  'pass a barrier with another process': [
    'pass',
    () => {
      const barrier = new Barrier(2);
      const wait = barrier.wait().catch((error: Error) => error.name);
      return {
        object: barrier,
        async check() {
          // A child that was killed before it joined or after it left was no party.
          if (barrier.nWaiting === 1) barrier.abort();
          assert.ok([0, 1, 'BrokenBarrierError'].includes(await wait));
          barrier.reset();
          assert.deepEqual(await Promise.all([barrier.wait(), barrier.wait()]), [0, 1]);
        },
      };
    },
  ],
};

process.on('warning', () => {});
for (const [name, [operation, prepare]] of Object.entries(scenarios)) {
  test(`killed at any step: ${name}`, async () => {
    for (let step = FIRST, over = false; !over; step += STRIDE * AT_ONCE) {
      const rounds = Array.from({ length: AT_ONCE }, (_, i) => {
        const { object, check } = prepare();
        const at = step + i * STRIDE;
        return { at, check, child: startChild('children/stop-at-step.js', import.meta, object, operation, at) };
      });
      for (const { child, at } of rounds) {
        const exit = await child.exit;
        assert.ok(exit === 'SIGKILL' || exit === 0, `step ${at}: ${exit}`);
        over ||= exit === 0;
      }
      assert.deepEqual(fsck(session()), [], `from step ${step}`);
      for (const { check } of rounds) await check();
      assert.deepEqual(fsck(session()), [], `after step ${step}`);
    }
  });
}
