/**
 * BoundedSemaphore: permits that come back when who took them dies.
 *
 * Fields (all written under LOCK)
 *   BOUND     how many permits there are; written once
 *   TAKEN     how many are taken (derived: the sum of HELD)
 *   RETURNED  how many of those that can be had came back from the dead: who takes one is told (`abandoned`)
 *   LOCK      internal lock
 *   WAITERS   wait set (not under LOCK)
 *   HELD      for each slot: how many its participant has taken
 *
 * Transitions
 *   acquire  HELD[self] + 1, then TAKEN + 1, if TAKEN < BOUND
 *   release  HELD - n in all, one's own first, then of others by slot (CPython lets any process release), then TAKEN - n; then n rings
 *   death    RETURNED + HELD[dead], then HELD[dead] = 0, then TAKEN
 *
 * Crash: HELD says who has what; TAKEN is summed up again by whoever takes LOCK over. A clean-up that stops between RETURNED and HELD counts a return
 * twice: somebody is warned once too often, which is better than once too rarely.
 */
import { NotHeldError } from '../base/errors.ts';
import { acquireInternal } from '../memory/internal_lock.ts';
import { MAX_SLOTS } from '../memory/layout.ts';
import { type ObjectKind, type ObjectReference, registerObjectKind } from '../memory/object_kinds.ts';
import { type OwnerWord, slotOf } from '../memory/participants.ts';
import { session } from '../memory/session.ts';
import { load, store } from '../platform/atomics.ts';
import { registerSharedObject } from '../serialization/shared_objects.ts';
import { WAIT_SET_WORDS, WaitSet } from '../wakeup/wait_set.ts';
import { waiting } from '../wakeup/waiting.ts';
import { Acquirable } from './acquirable.ts';
import { checkCount } from './counts.ts';
import { adopt, place } from './place.ts';
import { warnAbandoned } from './warnings.ts';

const Field = { BOUND: 0, TAKEN: 1, RETURNED: 2, LOCK: 3, WAITERS: 4, HELD: 4 + WAIT_SET_WORDS } as const;
const WORDS = Field.HELD + MAX_SLOTS;

const kind: ObjectKind = {
  code: 7,
  name: 'bounded semaphore',
  holderGone(unit, owner) {
    const { heap } = session();
    const { words, index } = heap.structure(unit);
    new WaitSet(words, index + Field.WAITERS).remove(slotOf(owner));
    const heldWord = index + Field.HELD + slotOf(owner);
    lock(words, index);
    try {
      store(words, index + Field.RETURNED, load(words, index + Field.RETURNED) + load(words, heldWord));
      store(words, heldWord, 0);
      repair(words, index);
    } finally {
      store(words, index + Field.LOCK, 0);
    }
  },
  *check(unit) {
    const { words, index } = session().heap.structure(unit);
    const holder = load(words, index + Field.LOCK);
    if (holder !== 0) yield `its internal lock is held by ${holder}`;
    const taken = load(words, index + Field.TAKEN);
    const sum = sumOfHeld(words, index);
    if (taken !== sum) yield `TAKEN is ${taken}, the participants hold ${sum}`;
    if (taken > load(words, index + Field.BOUND)) yield `${taken} permits are taken of ${load(words, index + Field.BOUND)}`;
  },
};
registerObjectKind(kind);

function sumOfHeld(words: Int32Array, index: number): number {
  let sum = 0;
  for (let slot = 1; slot <= session().participants.highSlot; slot++) sum += load(words, index + Field.HELD + slot);
  return sum;
}

function repair(words: Int32Array, index: number): void {
  const taken = sumOfHeld(words, index);
  store(words, index + Field.TAKEN, taken);
  const free = load(words, index + Field.BOUND) - taken;
  if (load(words, index + Field.RETURNED) > free) store(words, index + Field.RETURNED, free);
}

function lock(words: Int32Array, index: number): void {
  acquireInternal(words, index + Field.LOCK, session().environment, () => repair(words, index));
}

/** Those of this thread that hold permits: an instance that nobody refers to any more would not hear of its participant's death. */
const holding = new Set<BoundedSemaphore>();

/**
 * A fixed number of permits in shared memory, as `multiprocessing.BoundedSemaphore`. Permits that a process or thread has when it ends, be it killed,
 * come back: the next one to get such a permit is told by `abandoned`, and a warning is emitted.
 */
export class BoundedSemaphore extends Acquirable {
  readonly #index: number;

  /** `value` permits. Throws RangeError, TypeError; SharedMemoryError when the session's memory is used up. */
  constructor(value = 1) {
    checkCount('the value of a BoundedSemaphore', value, 0);
    const found = place(kind, WORDS, (words, index) => store(words, index + Field.BOUND, value));
    super(found, new WaitSet(found.words, found.index + Field.WAITERS));
    this.#index = found.index;
  }

  /** @internal The semaphore that a reference names. Throws SharedMemoryError when it is gone. */
  static from(reference: ObjectReference): BoundedSemaphore {
    return adopt(reference, kind, () => new BoundedSemaphore());
  }

  /** Gives `n` permits back, those of this process first. Throws NotHeldError when fewer are taken. */
  override release(n = 1): void {
    checkCount('the number of permits to release', n, 1);
    let isDone: boolean;
    lock(this.words, this.#index);
    try {
      isDone = this.#giveBack(n);
    } finally {
      store(this.words, this.#index + Field.LOCK, 0);
    }
    if (!isDone) {
      throw new NotHeldError(
        `release(${n}) of a BoundedSemaphore of which ${this.#bound - this.getValue()} permits are taken: release each permit once`,
      );
    }
    if (load(this.words, this.#heldWord) === 0) holding.delete(this);
    if (this.waiters.occupied) waiting().wake(this.waiters, n);
  }

  /** How many permits can be had: at once out of date. */
  getValue(): number {
    return this.#bound - load(this.words, this.#index + Field.TAKEN);
  }

  /** Whether none can be had. */
  locked(): boolean {
    return this.getValue() <= 0;
  }

  override toString(): string {
    return `<BoundedSemaphore(value=${this.getValue()}, maxvalue=${this.#bound})>`;
  }

  /** @internal */
  protected override take(): boolean {
    if (this.locked()) return false;
    const { words } = this;
    const index = this.#index;
    let isAbandoned = false;
    lock(words, index);
    try {
      const taken = load(words, index + Field.TAKEN);
      if (taken >= load(words, index + Field.BOUND)) return false;
      store(words, this.#heldWord, load(words, this.#heldWord) + 1);
      store(words, index + Field.TAKEN, taken + 1);
      const returned = load(words, index + Field.RETURNED);
      isAbandoned = returned > 0;
      if (isAbandoned) store(words, index + Field.RETURNED, returned - 1);
    } finally {
      store(words, index + Field.LOCK, 0);
    }
    holding.add(this);
    this.isAbandoned = isAbandoned;
    if (isAbandoned)
      warnAbandoned('semaphore', 'a process died while it had a permit: what the semaphore guards may be half changed');
    return true;
  }

  /** @internal See Semaphore. */
  protected override onWaited(): void {
    if (!this.locked()) waiting().wake(this.waiters);
  }

  /** @internal */
  protected override readonly suspects = (): OwnerWord[] => {
    const { participants } = this.session;
    const owners: OwnerWord[] = [];
    for (let slot = 1; slot <= participants.highSlot; slot++)
      if (load(this.words, this.#index + Field.HELD + slot) > 0) owners.push(participants.current(slot));
    return owners;
  };

  /** @internal */
  protected override busyText(): string {
    return 'the semaphore had no permit';
  }

  get #bound(): number {
    return load(this.words, this.#index + Field.BOUND);
  }

  get #heldWord(): number {
    return this.#index + Field.HELD + slotOf(this.self);
  }

  #giveBack(n: number): boolean {
    const { words } = this;
    const takenWord = this.#index + Field.TAKEN;
    const taken = load(words, takenWord);
    if (n > taken) return false;
    let left = n;
    const giveFrom = (word: number): void => {
      const given = Math.min(left, load(words, word));
      store(words, word, load(words, word) - given);
      left -= given;
    };
    giveFrom(this.#heldWord);
    for (let slot = 1; left > 0 && slot < MAX_SLOTS; slot++) giveFrom(this.#index + Field.HELD + slot);
    store(words, takenWord, taken - n);
    return true;
  }
}

registerSharedObject(6, BoundedSemaphore, (reference) => BoundedSemaphore.from(reference));
