/**
 * Semaphore: a number of permits that nobody owns.
 *
 * Fields
 *   VALUE    permits that can be had
 *   WAITERS  wait set
 *
 * Transitions
 *   acquire  compare-and-swap VALUE -> VALUE - 1, if above 0
 *   release  compare-and-swap VALUE -> VALUE + n, then n rings where WAITERS is not empty
 *
 * Crash: a permit is gone with whoever took it, as in CPython (BoundedSemaphore brings them back). One that dies between the swap and the rings leaves
 * permits that the waiters see at their next look.
 */
import { argumentRangeError } from '../base/errors.ts';
import { type ObjectKind, type ObjectReference, registerObjectKind } from '../memory/object_kinds.ts';
import { slotOf } from '../memory/participants.ts';
import { session } from '../memory/session.ts';
import { compareExchange, load, store } from '../platform/atomics.ts';
import { registerSharedObject } from '../serialization/shared_objects.ts';
import { WAIT_SET_WORDS, WaitSet } from '../wakeup/wait_set.ts';
import { waiting } from '../wakeup/waiting.ts';
import { Acquirable } from './acquirable.ts';
import { checkCount, MAX_COUNT } from './counts.ts';
import { adopt, place } from './place.ts';

const Field = { VALUE: 0, WAITERS: 1 } as const;
const WORDS = Field.WAITERS + WAIT_SET_WORDS;

const kind: ObjectKind = {
  code: 6,
  name: 'semaphore',
  holderGone(unit, owner) {
    const { words, index } = session().heap.structure(unit);
    new WaitSet(words, index + Field.WAITERS).remove(slotOf(owner));
  },
};
registerObjectKind(kind);

/**
 * A counter of permits in shared memory, as `multiprocessing.Semaphore`. Anybody may release, also what it did not acquire: the value may rise above the first one.
 * The permits of a killed process do not come back: that is what a BoundedSemaphore is for.
 */
export class Semaphore extends Acquirable {
  readonly #value: number;

  /** `value` permits at first. Throws RangeError, TypeError; SharedMemoryError when the session's memory is used up. */
  constructor(value = 1) {
    checkCount('the value of a Semaphore', value, 0);
    const found = place(kind, WORDS, (words, index) => store(words, index + Field.VALUE, value));
    super(found, new WaitSet(found.words, found.index + Field.WAITERS));
    this.#value = found.index + Field.VALUE;
  }

  /** @internal The semaphore that a reference names. Throws SharedMemoryError when it is gone. */
  static from(reference: ObjectReference): Semaphore {
    return adopt(reference, kind, () => new Semaphore());
  }

  /** Gives `n` permits. Throws RangeError when there would be more than 2,147,483,647. */
  override release(n = 1): void {
    checkCount('the number of permits to release', n, 1);
    for (;;) {
      const value = load(this.words, this.#value);
      if (value > MAX_COUNT - n)
        throw argumentRangeError(`release(${n}) would give the semaphore more than ${MAX_COUNT} permits: it has ${value}`);
      if (compareExchange(this.words, this.#value, value, value + n) === value) break;
    }
    if (this.waiters.occupied) waiting().wake(this.waiters, n);
  }

  /** How many permits can be had: at once out of date. */
  getValue(): number {
    return load(this.words, this.#value);
  }

  /** Whether none can be had. */
  locked(): boolean {
    return this.getValue() === 0;
  }

  override toString(): string {
    return `<Semaphore(value=${this.getValue()})>`;
  }

  /** @internal */
  protected override take(): boolean {
    for (;;) {
      const value = load(this.words, this.#value);
      if (value === 0) return false;
      if (compareExchange(this.words, this.#value, value, value - 1) === value) return true;
    }
  }

  /** @internal Two rings may have come to one sleeper, which took one permit. */
  protected override onWaited(): void {
    if (this.getValue() > 0) waiting().wake(this.waiters);
  }

  /** @internal Nobody's death brings a permit. */
  protected override readonly suspects = (): [] => [];

  /** @internal */
  protected override busyText(): string {
    return 'the semaphore had no permit';
  }
}

registerSharedObject(5, Semaphore, (reference) => Semaphore.from(reference));
