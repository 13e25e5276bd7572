/** Conditions and barriers: each notify is heard by one who waits, and a round of a barrier ends for all or for nobody. */
import assert from 'node:assert/strict';
import { forgetInstance } from '#dist/memory/instances.js';
import { session } from '#dist/memory/session.js';
import { load, store } from '#dist/platform/atomics.js';
import { Barrier } from '#dist/sync/barrier.js';
import { Condition } from '#dist/sync/condition.js';
import { Lock } from '#dist/sync/lock.js';
import type { Scenario, Scenarios } from '../scenario.js';

interface Stock {
  readonly lock: Lock;
  readonly condition: Condition;
  readonly words: Int32Array;
  /** Index of the number of things in stock, which the lock guards. */
  readonly stock: number;
}

/** What each worker adds to the stock (negative: takes out of it); in the end `left` is there. */
function stock(left: number, parts: readonly ((it: Stock) => number)[]): Scenario<{ it: Stock; block: number }, Stock> {
  return {
    workers: parts.length,
    prepare() {
      const lock = new Lock();
      const condition = new Condition(lock);
      const block = session().heap.allocate(4, true);
      const { words, index } = session().heap.structure(block);
      const { reference } = condition;
      return {
        state: { it: { lock, condition, words, stock: index }, block },
        numbers: [lock.reference.index, lock.reference.generation, reference.index, reference.generation, block],
      };
    },
    open([lockIndex, lockGeneration, index, generation, block]) {
      const lock = Lock.from({ index: lockIndex, generation: lockGeneration });
      const { words, index: counter } = session().heap.structure(block);
      return { lock, condition: Condition.from({ index, generation }, lock), words, stock: counter };
    },
    run: (it, worker) => [parts[worker](it)],
    close: forget,
    check({ it, block }, results) {
      const sum = results.flat().reduce((total, change) => total + change, 0);
      assert.equal(it.words[it.stock], sum);
      if (!Number.isNaN(left)) assert.equal(sum, left);
      assert.equal(it.lock.locked(), false);
      session().heap.free(block);
      forget(it);
    },
  };
}

function forget({ lock, condition }: Stock): void {
  forgetInstance(session(), condition, condition.reference);
  forgetInstance(session(), lock, lock.reference);
}

function change({ words, stock: index }: Stock, by: number): number {
  store(words, index, load(words, index) + by);
  return by;
}

function give(it: Stock): number {
  it.lock.acquireSync();
  change(it, 1);
  it.condition.notify();
  it.lock.release();
  return 1;
}

const giveTwice = (it: Stock): number => give(it) + give(it);

function giveTwoAtOnce(it: Stock): number {
  it.lock.acquireSync();
  change(it, 2);
  it.condition.notifyAll();
  it.lock.release();
  return 2;
}

const isThere = ({ words, stock: index }: Stock): boolean => load(words, index) > 0;

function take(it: Stock): number {
  it.lock.acquireSync();
  it.condition.waitForSync(() => isThere(it));
  change(it, -1);
  it.lock.release();
  return -1;
}

/** One that gives up must not keep a notify that another one waits for. */
function takeInAWhile(it: Stock): number {
  it.lock.acquireSync();
  const taken = it.condition.waitForSync(() => isThere(it), { timeout: 10 }) ? change(it, -1) : 0;
  it.lock.release();
  return taken;
}

/** Returns 1 for a party that passed, 0 for one that found it broken. */
function barrier(
  parties: number,
  parts: readonly ((it: Barrier) => void)[],
  check: (passed: readonly number[], it: Barrier) => void,
): Scenario<Barrier, Barrier> {
  return {
    workers: parts.length,
    prepare() {
      const it = new Barrier(parties);
      return { state: it, numbers: [it.reference.index, it.reference.generation] };
    },
    open: ([index, generation]) => Barrier.from({ index, generation }, {} as never),
    run(it, worker) {
      try {
        parts[worker](it);
        return [1];
      } catch (error) {
        if ((error as Error).name === 'BrokenBarrierError') return [0];
        throw error;
      }
    },
    close: (it) => forgetInstance(session(), it, it.reference),
    check(it, results) {
      check(results.flat(), it);
      forgetInstance(session(), it, it.reference);
    },
  };
}

const pass = (it: Barrier): void => void it.waitSync();
const passTwice = (it: Barrier): void => {
  it.waitSync();
  it.waitSync();
};
const passInAWhile = (it: Barrier): void => void it.waitSync({ timeout: 10 });

const allPassed = (passed: readonly number[], it: Barrier): void => {
  assert.ok(passed.every((party) => party === 1));
  assert.equal(it.broken, false);
};
const allOrNobody = (passed: readonly number[]): void => {
  assert.equal(new Set(passed).size, 1, 'some passed and some did not');
};

export const scenarios: Scenarios = {
  'Condition: one gives, one takes': stock(0, [give, take]),
  'Condition: one gives twice, two take': stock(0, [giveTwice, take, take]),
  'Condition: two give, one takes': stock(1, [give, give, take]),
  'Condition: one gives two at once, two take': stock(0, [giveTwoAtOnce, take, take]),
  'Condition: one gives up while another waits': stock(Number.NaN, [giveTwice, takeInAWhile, take]),
  'Barrier: two parties': barrier(2, [pass, pass], allPassed),
  'Barrier: three parties': barrier(3, [pass, pass, pass], allPassed),
  'Barrier: two parties, two rounds': barrier(2, [passTwice, passTwice], allPassed),
  'Barrier: one gives up': barrier(2, [passInAWhile, passInAWhile], allOrNobody),
  'Barrier: one aborts': barrier(2, [pass, pass, (it) => it.abort()], ([a, b], it) => {
    assert.equal(a, b, 'one passed and one did not');
    assert.equal(it.broken, true);
  }),
};
