/**
 * The words of a condition: how many waits each participant has, and how many of them may go on.
 *
 * Fields
 *   CURSOR   the participant that was notified last (plain, a hint: only for fairness)
 *   WAITERS  wait set
 *   COUNTS   for each slot: waiting (low 16 bits) and granted (high 16 bits), together at most the participant's waits
 *
 * Transitions, each a compare-and-swap of one word
 *   begin     waiting + 1, by the participant, before it gives the lock up
 *   grant     waiting - g, granted + g, by who notifies, then a ring as soon as the lock is free
 *   withdraw  waiting - 1, by the participant: time ran out, or an abort
 *   consume   granted - 1, by the participant, when it holds the lock again
 *   death     waiting = 0, after which nobody grants any more; then for each grant that was not consumed: grant to another, granted - 1
 *
 * Crash: a grant that was not consumed goes to another waiter. A clean-up that stops between its two steps has granted once more than it took away:
 * a waiter wakes once too often, which it has to bear anyway, and never once too rarely.
 */
import { MAX_SLOTS } from '../memory/layout.ts';
import { type OwnerWord, slotOf } from '../memory/participants.ts';
import { compareExchange, load, store } from '../platform/atomics.ts';
import { WAIT_SET_WORDS, WaitSet } from '../wakeup/wait_set.ts';

const Field = { CURSOR: 0, WAITERS: 1, COUNTS: 1 + WAIT_SET_WORDS } as const;
export const WAITER_COUNTS_WORDS = Field.COUNTS + MAX_SLOTS;

const WAITING_MASK = 0xffff;
const GRANTED_SHIFT = 16;
const ONE_GRANTED = 1 << GRANTED_SHIFT;
/** Waits of one participant at a time. */
export const MAX_WAITS = WAITING_MASK;

export class WaiterCounts {
  readonly waiters: WaitSet;
  readonly #words: Int32Array;
  readonly #index: number;

  constructor(words: Int32Array, index: number) {
    this.#words = words;
    this.#index = index;
    this.waiters = new WaitSet(words, index + Field.WAITERS);
  }

  /** False = this participant has too many. */
  begin(self: OwnerWord): boolean {
    const word = this.#word(slotOf(self));
    return this.#change(word, (counts) => (waitingIn(counts) + grantedIn(counts) < MAX_WAITS ? counts + 1 : undefined));
  }

  /** False = none of this participant's waits is without a grant. */
  withdraw(self: OwnerWord): boolean {
    return this.#change(this.#word(slotOf(self)), (counts) => (waitingIn(counts) > 0 ? counts - 1 : undefined));
  }

  granted(self: OwnerWord): number {
    return grantedIn(load(this.#words, this.#word(slotOf(self))));
  }

  consume(self: OwnerWord): void {
    this.#change(this.#word(slotOf(self)), (counts) => (grantedIn(counts) > 0 ? counts - ONE_GRANTED : undefined));
  }

  /** Lets up to `n` waits go on, going round the participants; `ring` gets the slot of each. */
  grant(n: number, high: number, ring?: (slot: number) => void): void {
    let left = n;
    this.waiters.visit(load(this.#words, this.#index + Field.CURSOR), high, (slot) => {
      let given = 0;
      this.#change(this.#word(slot), (counts) => {
        given = Math.min(left, waitingIn(counts));
        return given > 0 ? counts + given * (ONE_GRANTED - 1) : undefined;
      });
      if (given === 0) return true;
      left -= given;
      store(this.#words, this.#index + Field.CURSOR, slot);
      ring?.(slot);
      return left > 0;
    });
  }

  /** Rings nobody: every death wakes all. */
  forget(owner: OwnerWord, high: number): void {
    const word = this.#word(slotOf(owner));
    this.#change(word, (counts) => counts & ~WAITING_MASK);
    this.waiters.remove(slotOf(owner));
    while (grantedIn(load(this.#words, word)) > 0) {
      this.grant(1, high);
      this.#change(word, (counts) => counts - ONE_GRANTED);
    }
  }

  /** Waits that nobody has let go on. */
  waiting(high: number): number {
    let sum = 0;
    for (let slot = 1; slot <= high; slot++) sum += waitingIn(load(this.#words, this.#word(slot)));
    return sum;
  }

  #word(slot: number): number {
    return this.#index + Field.COUNTS + slot;
  }

  #change(word: number, change: (counts: number) => number | undefined): boolean {
    for (;;) {
      const counts = load(this.#words, word);
      const changed = change(counts);
      if (changed === undefined) return false;
      if (compareExchange(this.#words, word, counts, changed | 0) === counts) return true;
    }
  }
}

function waitingIn(counts: number): number {
  return counts & WAITING_MASK;
}

function grantedIn(counts: number): number {
  return counts >>> GRANTED_SHIFT;
}
