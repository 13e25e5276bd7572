/**
 * Event: a flag to wait for.
 *
 * Fields
 *   STATE    (epoch << 1) | flag; the epoch counts how often the flag was set, so that those who wait notice a short pulse `set(); clear()`
 *   WAITERS  wait set
 *
 * Transitions
 *   set    compare-and-swap: flag on, epoch + 1; then everybody is rung
 *   clear  flag off
 *
 * Crash: one that dies between the swap and the rings leaves a set event, which the waiters see at their next look.
 */
import { checkTimeout, type WaitOptions, type WaitSyncOptions } from '../base/deadlines.ts';
import { soon } from '../base/event_loop.ts';
import { addInstance, type Instance } from '../memory/instances.ts';
import { MAX_SLOTS } from '../memory/layout.ts';
import { type ObjectKind, type ObjectReference, registerObjectKind } from '../memory/object_kinds.ts';
import { slotOf } from '../memory/participants.ts';
import { session } from '../memory/session.ts';
import { and, compareExchange, load } from '../platform/atomics.ts';
import { registerSharedObject } from '../serialization/shared_objects.ts';
import { WAIT_SET_WORDS, WaitSet } from '../wakeup/wait_set.ts';
import { type SharedWaitable, type WaitState, waitState } from '../wakeup/waitable.ts';
import { waiting } from '../wakeup/waiting.ts';
import { adopt, place } from './place.ts';

const Field = { STATE: 0, WAITERS: 1 } as const;
const WORDS = Field.WAITERS + WAIT_SET_WORDS;
const FLAG = 1;

const kind: ObjectKind = {
  code: 9,
  name: 'event',
  holderGone(unit, owner) {
    const { words, index } = session().heap.structure(unit);
    new WaitSet(words, index + Field.WAITERS).remove(slotOf(owner));
  },
};
registerObjectKind(kind);

/** A flag in shared memory that processes, threads and tasks wait for, as `multiprocessing.Event`. */
export class Event implements Instance, SharedWaitable {
  /** @internal */
  readonly reference: ObjectReference;
  readonly #words: Int32Array;
  readonly #state: number;
  readonly #waiters: WaitSet;

  /** Throws SharedMemoryError when the session's memory is used up. */
  constructor() {
    const { session, words, index, reference, isNew } = place(kind, WORDS);
    this.#words = words;
    this.#state = index + Field.STATE;
    this.#waiters = new WaitSet(words, index + Field.WAITERS);
    this.reference = reference;
    if (isNew) addInstance(session, this, reference);
  }

  /** @internal The event that a reference names. Throws SharedMemoryError when it is gone. */
  static from(reference: ObjectReference): Event {
    return adopt(reference, kind, () => new Event());
  }

  isSet(): boolean {
    return (load(this.#words, this.#state) & FLAG) !== 0;
  }

  /** Sets the flag: all who wait go on, and nobody waits until it is cleared. */
  set(): void {
    for (;;) {
      const state = load(this.#words, this.#state);
      if ((state & FLAG) !== 0) break;
      if (compareExchange(this.#words, this.#state, state, (state + 2) | FLAG | 0) === state) break;
    }
    // Also where it was set: who set it may have died before it woke anybody.
    if (this.#waiters.occupied) waiting().wake(this.#waiters, MAX_SLOTS);
  }

  clear(): void {
    and(this.#words, this.#state, ~FLAG);
  }

  /**
   * Waits until the event is set: true. With a time limit (`timeout`, ms): false when it runs out. Who waits when it is set goes on even if it is cleared at once.
   * An abort rejects with the signal's reason.
   */
  wait(options?: WaitOptions): Promise<boolean> {
    let timeout: number;
    try {
      timeout = checkTimeout(options);
      options?.signal?.throwIfAborted();
    } catch (error) {
      return Promise.reject(error);
    }
    const isSet = this.isSet();
    if (isSet || timeout === 0) return soon(isSet);
    const signal = options?.signal;
    return waiting()
      .wait([this.#waiters], this.#fromNow(), { timeout, signal })
      .then((done) => done === true);
  }

  /** The same, blocking the thread. DeadlockError when no other process or thread is left that could set it, and there is no time limit. */
  waitSync(options?: WaitSyncOptions): boolean {
    const timeout = checkTimeout(options);
    const isSet = this.isSet();
    if (isSet || timeout === 0) return isSet;
    return waiting().waitSync([this.#waiters], this.#fromNow(), { timeout, what: 'waitSync() on an Event' }) === true;
  }

  /** The same without waiting: whether it is set. */
  tryWait(): boolean {
    return this.isSet();
  }

  /** @internal */
  [waitState](): WaitState {
    return { sets: [this.#waiters], isReady: () => this.isSet() };
  }

  toString(): string {
    return `<Event ${this.isSet() ? 'set' : 'unset'}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** Whether it is set, or was since this call. */
  #fromNow(): () => true | undefined {
    const epoch = load(this.#words, this.#state) >>> 1;
    return () => {
      const state = load(this.#words, this.#state);
      return (state & FLAG) !== 0 || state >>> 1 !== epoch || undefined;
    };
  }
}

registerSharedObject(8, Event, (reference) => Event.from(reference));
