/** RLock, semaphores and events: whoever waits goes on, and what the dead had comes back where it should. */
import assert from 'node:assert/strict';
import { forgetInstance, type Instance } from '#dist/memory/instances.js';
import { session } from '#dist/memory/session.js';
import { BoundedSemaphore } from '#dist/sync/bounded_semaphore.js';
import { Event } from '#dist/sync/event.js';
import { RLock } from '#dist/sync/rlock.js';
import { Semaphore } from '#dist/sync/semaphore.js';
import { type KillScenario, type KillScenarios, leftByTheDead, within } from '../kill_scenario.js';

/** An object of this kind, an operation, and what has to hold afterwards. */
function one<T extends Instance>(
  make: () => T,
  run: (it: T) => unknown,
  check: (it: T) => void,
  open?: (it: T) => readonly unknown[],
): KillScenario<T> {
  return {
    prepare() {
      const it = make();
      return { state: it, args: [it] };
    },
    open,
    run,
    check(it) {
      check(it);
      forgetInstance(session(), it, it.reference);
    },
  };
}

interface Waited<T> {
  readonly it: T;
  outcome: Promise<unknown> | undefined;
}

/** The same, while somebody waits. `help` is what another does who sees that the child is dead. */
function waitedFor<T extends Instance>(
  make: () => T,
  open: ((it: T) => void) | undefined,
  wait: (it: T) => Promise<unknown>,
  run: (it: T) => unknown,
  check: (it: T) => void,
  help?: (it: T) => void,
): KillScenario<Waited<T>> {
  return {
    prepare() {
      const it = make();
      return { state: { it, outcome: undefined }, args: [it] };
    },
    open(it: T) {
      open?.(it);
      return [it];
    },
    meanwhile(state) {
      state.outcome = wait(state.it);
    },
    run,
    async check({ it, outcome }) {
      help?.(it);
      assert.equal(await within(outcome!, 'who waits does not go on'), true);
      check(it);
      forgetInstance(session(), it, it.reference);
    },
  };
}

const limit = { timeout: 60_000 };
const acquire = (it: { acquire(options: typeof limit): Promise<boolean> }): Promise<boolean> => it.acquire(limit);
const take = (it: { acquireSync(): unknown }): void => void it.acquireSync();
const giveBack = (it: { release(): void }): void => it.release();
const inAndOut = (it: { acquireSync(): unknown; release(): void }): void => {
  it.acquireSync();
  it.release();
};

function isFree(it: RLock): void {
  assert.equal(it.acquireSync({ timeout: 1000 }), true, 'the lock cannot be had');
  it.release();
  assert.equal(it.locked(), false);
}

function hasAll(value: number): (it: BoundedSemaphore) => void {
  return (it) => {
    assert.equal(it.getValue(), value, 'permits are lost');
    for (let i = 0; i < value; i++) assert.equal(it.tryAcquire(), true);
    assert.equal(it.tryAcquire(), false);
    it.release(value);
  };
}

function between(least: number, most: number): (it: Semaphore) => void {
  return (it) => {
    const value = it.getValue();
    assert.ok(value >= least && value <= most, `${value} permits`);
    it.release();
    assert.equal(it.acquireSync({ timeout: 1000 }), true);
  };
}

function works(it: Event): void {
  it.set();
  assert.equal(it.waitSync(), true);
  it.clear();
  assert.equal(it.isSet(), false);
}

const rlock = (): RLock => new RLock();
const bounded = (): BoundedSemaphore => new BoundedSemaphore(2);

export const scenarios: KillScenarios = {
  'RLock: take twice, release twice': one(
    rlock,
    (it) => {
      it.acquireSync();
      inAndOut(it);
      it.release();
    },
    isFree,
  ),
  'RLock: release while somebody waits': waitedFor(rlock, take, acquire, giveBack, (it) => (it.release(), isFree(it))),
  'RLock: take over from the dead': one(
    () => leftByTheDead(rlock, (made) => (made.acquireSync(), made.acquireSync()), RLock.from),
    inAndOut,
    isFree,
  ),
  'RLock: give up waiting': one(
    () => {
      const made = new RLock();
      made.acquireSync();
      return made;
    },
    (it) => it.acquireSync({ timeout: 3 }),
    (it) => (it.release(), isFree(it)),
  ),
  'Semaphore: take and release': one(() => new Semaphore(2), inAndOut, between(1, 2)),
  'Semaphore: release while somebody waits': waitedFor(
    () => new Semaphore(0),
    undefined,
    acquire,
    giveBack,
    between(0, 1),
    // Died before it gave one: nobody else would.
    (it) => it.release(),
  ),
  'Semaphore: give up waiting': one(
    () => new Semaphore(0),
    (it) => it.acquireSync({ timeout: 3 }),
    between(0, 0),
  ),
  'BoundedSemaphore: take': one(bounded, take, hasAll(2)),
  'BoundedSemaphore: take and release': one(bounded, inAndOut, hasAll(2)),
  'BoundedSemaphore: release while somebody waits': waitedFor(
    () => new BoundedSemaphore(1),
    take,
    acquire,
    giveBack,
    (it) => (it.release(), hasAll(1)(it)),
  ),
  'BoundedSemaphore: take what the dead had': one(
    () => leftByTheDead(bounded, (made) => (made.acquireSync(), made.acquireSync()), BoundedSemaphore.from),
    inAndOut,
    hasAll(2),
  ),
  'BoundedSemaphore: give up waiting': one(
    () => {
      const made = new BoundedSemaphore(1);
      made.acquireSync();
      return made;
    },
    (it) => it.acquireSync({ timeout: 3 }),
    (it) => (it.release(), hasAll(1)(it)),
  ),
  'Event: set and clear': one(
    () => new Event(),
    (it) => (it.set(), it.clear()),
    works,
  ),
  'Event: set while somebody waits': waitedFor(
    () => new Event(),
    undefined,
    (it) => it.wait(limit),
    (it) => it.set(),
    works,
    (it) => it.set(),
  ),
  'Event: give up waiting': one(
    () => new Event(),
    (it) => it.waitSync({ timeout: 3 }),
    works,
  ),
};
