/**
 * The words of a barrier.
 *
 * States of STATE
 *   FILLING    parties arrive
 *   ACTING     all have arrived, ACTOR runs the action; further ones wait
 *   DRAINING   passed: each participant takes its parties out when it looks; further ones wait
 *   DOOMED     the same, and broken when the last is out
 *   RESETTING  those inside fail, and go when they look; further ones wait
 *   BROKEN     those inside fail, and all who come
 *
 * Fields (all written under LOCK)
 *   PARTIES  how many have to arrive; written once
 *   STATE    see above
 *   ACTOR    ACTING: who runs the action
 *   COUNT    parties inside (derived: the sum of ARRIVED)
 *   LOCK     internal lock
 *   WAITERS  wait set (not under LOCK)
 *   ARRIVED  for each slot: parties of its participant that are inside
 *
 * Transitions
 *   FILLING -> ACTING                by the last to arrive
 *   ACTING -> DRAINING, BROKEN       by ACTOR, when the action is done
 *   DRAINING, RESETTING -> FILLING   when COUNT gets 0; DOOMED -> BROKEN likewise
 *   FILLING, ACTING, BROKEN -> RESETTING     reset; DOOMED -> DRAINING likewise; with COUNT 0 -> FILLING
 *   FILLING, ACTING, RESETTING -> BROKEN     a time-out, abort, a death; DRAINING -> DOOMED likewise: who has passed has passed
 *
 * Crash: whoever dies in the middle holds the barrier, and its clean-up breaks it: before it takes the dead one's parties out, so that it can stop at any point.
 */
import { acquireInternal } from '../memory/internal_lock.ts';
import { MAX_SLOTS } from '../memory/layout.ts';
import { type OwnerWord, slotOf } from '../memory/participants.ts';
import type { Session } from '../memory/session.ts';
import { load, store } from '../platform/atomics.ts';
import { WAIT_SET_WORDS, WaitSet } from '../wakeup/wait_set.ts';

const Field = { PARTIES: 0, STATE: 1, ACTOR: 2, COUNT: 3, LOCK: 4, WAITERS: 5, ARRIVED: 5 + WAIT_SET_WORDS } as const;
export const BARRIER_WORDS = Field.ARRIVED + MAX_SLOTS;

const State = { FILLING: 0, ACTING: 1, DRAINING: 2, DOOMED: 3, RESETTING: 4, BROKEN: 5 } as const;
const { FILLING, ACTING, DRAINING, DOOMED, RESETTING, BROKEN } = State;

/** `last`: the caller runs the action, and says `acted`. `later`: those of the round before are not out yet. */
export type Arrival = 'arrived' | 'last' | 'later' | 'broken' | 'not last';

/** What a participant took out: `count` parties, which have passed with the indexes from `first` on, or failed. */
export interface Drained {
  readonly count: number;
  readonly first: number;
  readonly hasPassed: boolean;
  /** The barrier takes parties again, or fails them. */
  readonly isLast: boolean;
}

export class BarrierWords {
  readonly waiters: WaitSet;
  readonly #session: Session;
  readonly #words: Int32Array;
  readonly #index: number;
  readonly #repair = (): void => {
    this.#set(Field.COUNT, this.#sum());
    this.#settle();
  };

  constructor(session: Session, words: Int32Array, index: number) {
    this.#session = session;
    this.#words = words;
    this.#index = index;
    this.waiters = new WaitSet(words, index + Field.WAITERS);
  }

  static fill(words: Int32Array, index: number, parties: number): void {
    store(words, index + Field.PARTIES, parties);
  }

  get parties(): number {
    return this.#get(Field.PARTIES);
  }

  get waiting(): number {
    const state = this.#get(Field.STATE);
    return state === FILLING || state === ACTING ? this.#get(Field.COUNT) : 0;
  }

  get isBroken(): boolean {
    const state = this.#get(Field.STATE);
    return state === BROKEN || state === DOOMED;
  }

  get actor(): OwnerWord {
    return this.#get(Field.STATE) === ACTING ? this.#get(Field.ACTOR) : 0;
  }

  /** A party of this participant comes; `onlyLast`: unless it is not the last one. */
  arrive(onlyLast = false): Arrival {
    // Who waits looks often: the lock is for those that have a chance.
    const seen = this.#get(Field.STATE);
    if (seen === ACTING || seen === DRAINING || seen === RESETTING) return 'later';
    return this.#locked(() => {
      if (this.isBroken) return 'broken';
      if (this.#get(Field.STATE) !== FILLING) return 'later';
      const count = this.#get(Field.COUNT) + 1;
      const isLast = count >= this.parties;
      if (onlyLast && !isLast) return 'not last';
      this.#set(this.#own, this.#get(this.#own) + 1);
      this.#set(Field.COUNT, count);
      if (!isLast) return 'arrived';
      this.#set(Field.ACTOR, this.#session.self);
      this.#set(Field.STATE, ACTING);
      return 'last';
    });
  }

  /** The action is done. Who reset or broke the barrier meanwhile has the last word. */
  acted(isFine: boolean): void {
    this.#locked(() => {
      if (this.#get(Field.STATE) !== ACTING || this.#get(Field.ACTOR) !== this.#session.self) return;
      this.#set(Field.STATE, isFine ? DRAINING : BROKEN);
    });
  }

  /** Takes all parties of this participant out, if it is time. */
  drain(): Drained | undefined {
    const seen = this.#get(Field.STATE);
    if (seen === FILLING || seen === ACTING || this.#get(this.#own) === 0) return undefined;
    return this.#locked(() => {
      const state = this.#get(Field.STATE);
      const count = this.#get(this.#own);
      if (state === FILLING || state === ACTING || count === 0) return undefined;
      const first = this.#get(Field.COUNT) - count;
      this.#set(this.#own, 0);
      this.#set(Field.COUNT, first);
      this.#settle();
      return { count, first, hasPassed: state === DRAINING || state === DOOMED, isLast: first === 0 };
    });
  }

  /** Takes one party of this participant out again. False = too late: what became of it is to be drained. */
  withdraw(): boolean {
    return this.#locked(() => {
      const state = this.#get(Field.STATE);
      if ((state !== FILLING && state !== ACTING) || this.#get(this.#own) === 0) return false;
      this.#set(this.#own, this.#get(this.#own) - 1);
      this.#set(Field.COUNT, this.#get(Field.COUNT) - 1);
      return true;
    });
  }

  /** `unlessPassed`: not where a party of this participant has passed and was not drained. */
  break(unlessPassed = false): void {
    this.#locked(() => {
      const state = this.#get(Field.STATE);
      if (unlessPassed && (state === DRAINING || state === DOOMED) && this.#get(this.#own) > 0) return;
      this.#break();
    });
  }

  reset(): void {
    this.#locked(() => {
      const state = this.#get(Field.STATE);
      if (this.#get(Field.COUNT) === 0) this.#set(Field.STATE, FILLING);
      else if (state === DOOMED) this.#set(Field.STATE, DRAINING);
      else if (state !== DRAINING) this.#set(Field.STATE, RESETTING);
    });
  }

  /** A participant that held the barrier died, or left by itself: then it is missed only if it had come. */
  gone(owner: OwnerWord): void {
    this.waiters.remove(slotOf(owner));
    const arrived = Field.ARRIVED + slotOf(owner);
    this.#locked(() => {
      const state = this.#get(Field.STATE);
      const isInside = this.#get(arrived) > 0 && (state === FILLING || state === ACTING);
      if (owner !== this.#session.self || isInside) this.#break();
      this.#set(arrived, 0);
      this.#repair();
    });
  }

  *check(): Generator<string> {
    const holder = this.#get(Field.LOCK);
    if (holder !== 0) yield `its internal lock is held by ${holder}`;
    if (this.#get(Field.COUNT) !== this.#sum())
      yield `COUNT is ${this.#get(Field.COUNT)}, the participants have ${this.#sum()} parties`;
    const state = this.#get(Field.STATE);
    if (this.#get(Field.COUNT) === 0 && state !== FILLING && state !== BROKEN)
      yield `nobody is inside, and it is in state ${state}`;
  }

  #break(): void {
    const state = this.#get(Field.STATE);
    if (state === DRAINING) this.#set(Field.STATE, DOOMED);
    else if (state !== DOOMED) this.#set(Field.STATE, BROKEN);
  }

  #settle(): void {
    if (this.#get(Field.COUNT) !== 0) return;
    const state = this.#get(Field.STATE);
    if (state === DRAINING || state === RESETTING) this.#set(Field.STATE, FILLING);
    else if (state === DOOMED) this.#set(Field.STATE, BROKEN);
  }

  #sum(): number {
    let sum = 0;
    for (let slot = 1; slot <= this.#session.participants.highSlot; slot++) sum += this.#get(Field.ARRIVED + slot);
    return sum;
  }

  get #own(): number {
    return Field.ARRIVED + slotOf(this.#session.self);
  }

  #get(field: number): number {
    return load(this.#words, this.#index + field);
  }

  #set(field: number, value: number): void {
    store(this.#words, this.#index + field, value);
  }

  #locked<T>(change: () => T): T {
    acquireInternal(this.#words, this.#index + Field.LOCK, this.#session.environment, this.#repair);
    try {
      return change();
    } finally {
      store(this.#words, this.#index + Field.LOCK, 0);
    }
  }
}
