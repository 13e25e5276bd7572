/**
 * A wait set: which participants sleep until this object changes. Lies inside the object's block.
 *
 * Fields
 *   COUNT    participants in the set, at least: raised before the bit is set, lowered after it is cleared. 0 = nobody waits.
 *   CURSOR   where the last round of waking ended (plain, a hint)
 *   BITS     one bit for each slot; set and cleared by its participant, cleared by whoever cleans up after it
 *
 * A sleeper enters, looks once more, sleeps. A waker changes the state, then reads COUNT. Both orders are sequentially consistent,
 * so one of them sees the other.
 * Crash: a bit of the dead costs a waker one failed ring, then the next is rung; COUNT one too high costs a scan.
 */

import { MAX_SLOTS } from '../memory/layout.ts';
import type { OwnerWord } from '../memory/participants.ts';
import { slotOf } from '../memory/participants.ts';
import { add, and, load, loadAfterSwap, or, store } from '../platform/atomics.ts';

const COUNT = 0;
const CURSOR = 1;
const BITS = 2;
const BIT_WORDS = MAX_SLOTS / 32;
/** Words that a wait set takes in its object. */
export const WAIT_SET_WORDS = BITS + BIT_WORDS;

export interface Ringer {
  highSlot(): number;
  current(slot: number): OwnerWord;
  ring(owner: OwnerWord): 'rung' | 'pending' | 'dead';
  /** False = it may be asleep. */
  ringAwake(owner: OwnerWord): boolean;
}

export class WaitSet {
  readonly #words: Int32Array;
  readonly #index: number;
  /** Waits of this thread on this object: the bit is set while there is one. */
  #local = 0;

  constructor(words: Int32Array, index: number) {
    this.#words = words;
    this.#index = index;
  }

  /** Whether anybody may be waiting. */
  get occupied(): boolean {
    return load(this.#words, this.#index + COUNT) !== 0;
  }

  /** The same, right after the swap that changed the state: on hot paths. */
  get isOccupiedAfterSwap(): boolean {
    return loadAfterSwap(this.#words, this.#index + COUNT) !== 0;
  }

  /** Whether a wait of this thread is in it. */
  get isEnteredHere(): boolean {
    return this.#local > 0;
  }

  enter(self: OwnerWord): void {
    if (this.#local++ > 0) return;
    const slot = slotOf(self);
    add(this.#words, this.#index + COUNT, 1);
    or(this.#words, this.#index + BITS + (slot >>> 5), 1 << (slot & 31));
  }

  leave(self: OwnerWord): void {
    if (--this.#local === 0) this.remove(slotOf(self));
  }

  /** Takes a slot out: by its participant, or by whoever cleans up after it. */
  remove(slot: number): void {
    const bit = 1 << (slot & 31);
    if ((and(this.#words, this.#index + BITS + (slot >>> 5), ~bit) & bit) !== 0) add(this.#words, this.#index + COUNT, -1);
  }

  /** Rings `count` different sleepers, going round. One whose last ring was not heard yet is not counted: it may never hear it. */
  wake(count: number, ringer: Ringer): void {
    let left = count;
    this.visit(load(this.#words, this.#index + CURSOR), ringer.highSlot(), (slot) => {
      // One that is just leaving will not look again: either it finds the ring and passes it on, or we find that it has left.
      if (ringer.ring(ringer.current(slot)) !== 'rung' || !this.#has(slot)) return true;
      store(this.#words, this.#index + CURSOR, slot);
      return --left > 0;
    });
  }

  /** Rings all, as long as it costs nothing. False = there are some that may be asleep. */
  wakeAwake(ringer: Ringer): boolean {
    let isDone = true;
    this.visit(0, ringer.highSlot(), (slot) => {
      isDone = ringer.ringAwake(ringer.current(slot));
      return isDone;
    });
    return isDone;
  }

  #has(slot: number): boolean {
    return (load(this.#words, this.#index + BITS + (slot >>> 5)) & (1 << (slot & 31))) !== 0;
  }

  /** The slots of the sleepers, going round from the one after `first`, as long as `visitor` returns true. */
  visit(first: number, high: number, visitor: (slot: number) => boolean): void {
    for (let i = 1; i <= high + 1; i++) {
      const slot = (first + i) % (high + 1);
      const bits = load(this.#words, this.#index + BITS + (slot >>> 5));
      if (bits === 0) i += Math.min(slot | 31, high) - slot;
      else if ((bits & (1 << (slot & 31))) !== 0 && !visitor(slot)) return;
    }
  }
}
