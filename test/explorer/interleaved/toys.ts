/** Small primitives, right and wrong, that show what the explorer finds. */
import assert from 'node:assert/strict';
import { session } from '#dist/memory/session.js';
import { add, compareExchange, load, pause, store } from '#dist/platform/atomics.js';
import { WAIT_SET_WORDS, WaitSet } from '#dist/wakeup/wait_set.js';
import { waiting } from '#dist/wakeup/waiting.js';
import type { Scenario, Scenarios } from '../scenario.js';

interface Toy {
  readonly words: Int32Array;
  readonly lock: number;
  readonly counter: number;
  readonly waiters: WaitSet;
}

const unit = 0;

/** A lock's word, a counter, and a wait set. */
function toyAt(block: number): Toy {
  const { words, index } = session().heap.structure(block);
  return { words, lock: index, counter: index + 1, waiters: new WaitSet(words, index + 2) };
}

function toy(workers: number, run: (toy: Toy) => void): Scenario<number, Toy> {
  return {
    workers,
    prepare() {
      const block = session().heap.allocate((2 + WAIT_SET_WORDS) * 4, true);
      return { state: block, numbers: [block] };
    },
    open: (numbers) => toyAt(numbers[unit]),
    run,
    check(block) {
      const { words, counter } = toyAt(block);
      const count = words[counter];
      session().heap.free(block);
      assert.equal(count, workers, 'an update is lost');
    },
  };
}

/** Not atomic on purpose: the lock has to make it so. */
function count({ words, counter }: Toy): void {
  store(words, counter, load(words, counter) + 1);
}

function spin(acquire: () => boolean): void {
  while (!acquire()) pause(0);
}

function sleep({ waiters, words, lock }: Toy): void {
  const attempt = (): true | undefined => compareExchange(words, lock, 0, 1) === 0 || undefined;
  if (!attempt()) waiting().waitSync([waiters], attempt);
}

export const scenarios: Scenarios = {
  'a spin lock': toy(2, (it) => {
    spin(() => compareExchange(it.words, it.lock, 0, 1) === 0);
    count(it);
    store(it.words, it.lock, 0);
  }),
  'a spin lock of three': toy(3, (it) => {
    spin(() => compareExchange(it.words, it.lock, 0, 1) === 0);
    count(it);
    store(it.words, it.lock, 0);
  }),
  'a lock that looks, then takes': toy(2, (it) => {
    spin(() => load(it.words, it.lock) === 0 && (store(it.words, it.lock, 1), true));
    count(it);
    store(it.words, it.lock, 0);
  }),
  'a lock with sleepers': toy(2, (it) => {
    sleep(it);
    count(it);
    store(it.words, it.lock, 0);
    waiting().wake(it.waiters);
  }),
  'a lock with three sleepers': toy(3, (it) => {
    sleep(it);
    count(it);
    store(it.words, it.lock, 0);
    waiting().wake(it.waiters);
  }),
  'an unlock that forgets to wake': toy(2, (it) => {
    sleep(it);
    count(it);
    store(it.words, it.lock, 0);
  }),
  'an unlock that looks for sleepers too early': toy(2, (it) => {
    sleep(it);
    count(it);
    const occupied = it.waiters.occupied;
    store(it.words, it.lock, 0);
    if (occupied) waiting().wake(it.waiters);
  }),
  'an update that is lost': toy(2, count),
  'an atomic update': toy(2, ({ words, counter }) => {
    add(words, counter, 1);
  }),
  'two locks in different orders': toy(2, ({ words, lock, counter }) => {
    const first = add(words, counter, 1);
    const [a, b] = first === 0 ? [lock, lock + 2] : [lock + 2, lock];
    spin(() => compareExchange(words, a, 0, 1) === 0);
    spin(() => compareExchange(words, b, 0, 1) === 0);
    store(words, b, 0);
    store(words, a, 0);
  }),
};
