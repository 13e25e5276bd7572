/**
 * The words that say who holds a lock, for Lock and RLock.
 *
 * States of OWNER
 *   0                free
 *   owner            held by this participant
 *   owner, RESERVED  the same, and to be left to NEXT
 *   RESERVED         free, for NEXT alone
 *   dead             its holder has died: free for whoever takes it over, which it is told (`abandoned`)
 *
 * Fields
 *   OWNER    see above
 *   NEXT     a participant that has waited long and lost to others again and again; 0 = nobody. Set by itself, cleared by itself or who cleans up after it
 *   WAITERS  wait set
 *
 * Transitions
 *   free -> owner             compare-and-swap, which names the holder
 *   owner -> owner, RESERVED  by NEXT
 *   owner -> free             compare-and-swap by the holder, then a ring where WAITERS is not empty
 *   owner, RESERVED -> RESERVED   the same, then a ring for NEXT. So the swap to free fails only where somebody starves: fairness costs the others nothing
 *   RESERVED -> owner         by NEXT; by anybody when there is no living NEXT, or when it has not come for RESERVE_MS (its thread computes, or is stopped)
 *   RESERVED -> free          by a NEXT that gives up
 *   dead -> owner             compare-and-swap from the dead one's word. Owner words are never used twice, so nobody else's hold is stolen
 *
 * Crash: before a compare-and-swap nothing has happened, after it the holder is dead. A holder that dies between the swap and the ring
 * leaves a free lock, which the waiters see at their next look (its death wakes them, too). A NEXT that dies no longer counts.
 */
import { DeadlockError, NotHeldError } from '../base/errors.ts';
import type { ObjectKind } from '../memory/object_kinds.ts';
import { type OwnerWord, slotOf } from '../memory/participants.ts';
import { session } from '../memory/session.ts';
import { compareExchange, load } from '../platform/atomics.ts';
import { WAIT_SET_WORDS, WaitSet } from '../wakeup/wait_set.ts';
import { waiting } from '../wakeup/waiting.ts';
import { Acquirable } from './acquirable.ts';
import { ownerName } from './owner_names.ts';
import { type Place, place } from './place.ts';
import { warnAbandoned } from './warnings.ts';

const Field = { OWNER: 0, NEXT: 1, WAITERS: 2 } as const;
/** What a lock needs beyond these words follows them. */
export const MUTEX_WORDS = Field.WAITERS + WAIT_SET_WORDS;

/** Owner words have 31 bits: the sign is free for this. */
const RESERVED = -(2 ** 31);
export const OWNER_MASK = 0x7fffffff;
/** After this a waiter that lost again has the lock left to it. Long against a hold, short against patience. */
const STARVING_MS = 10;
/** How long a lock stays idle for a NEXT that does not come. */
const RESERVE_MS = 50;

export function mutexKind(code: number, name: string): ObjectKind {
  return {
    code,
    name,
    // OWNER stays: it tells the next holder that this one died.
    holderGone(unit, owner) {
      const { words, index } = session().heap.structure(unit);
      new WaitSet(words, index + Field.WAITERS).remove(slotOf(owner));
      compareExchange(words, index + Field.NEXT, owner, 0);
    },
  };
}

/** What `releaseWholly` gave back, for `reacquire`. */
export interface HeldState {
  readonly count: number;
  readonly call: object | undefined;
}

export abstract class Mutex extends Acquirable {
  /** @internal Indexes of the words. */
  protected readonly owner: number;
  /** @internal */
  protected readonly extra: number;
  readonly #next: number;
  /** Those that a condition lets go on. Kept here only: if this participant dies before it rings them, its death wakes all. */
  #toRing: OwnerWord[] | undefined;
  /** NEXT may name this participant. */
  #isNext = false;
  /** When a look found it reserved for somebody else; 0 = the last look did not. */
  #reservedSince = 0;

  /** @internal */
  protected constructor(kind: ObjectKind, extraWords: number) {
    const found: Place = place(kind, MUTEX_WORDS + extraWords);
    super(found, new WaitSet(found.words, found.index + Field.WAITERS));
    this.owner = found.index + Field.OWNER;
    this.#next = found.index + Field.NEXT;
    this.extra = found.index + MUTEX_WORDS;
  }

  /** Whether anybody holds it: at once out of date, for showing only. */
  locked(): boolean {
    return this.ownerNow() !== 0;
  }

  // ---- for Condition

  /** @internal Whether the calling code holds it. */
  abstract get isHeldHere(): boolean;

  /** @internal Gives it back, however often it was acquired. */
  abstract releaseWholly(): HeldState;

  /** @internal Waits, and holds it as it was held before. */
  async reacquire(state: HeldState): Promise<void> {
    const take = (): boolean => this.retake(state);
    if (!this.line.isEmpty || !take()) await this.waitInLine(take, Infinity, undefined);
  }

  /** @internal */
  reacquireSync(state: HeldState): void {
    const take = (): boolean => this.retake(state);
    if (!take()) this.waitBlocking(take, Infinity, 'waitSync()');
  }

  /** @internal For the holder: rings a participant when the lock is free. Rung before, it would only wake to wait for the lock. */
  ringAtRelease(owner: OwnerWord): void {
    this.#toRing ??= [];
    this.#toRing.push(owner);
  }

  /** @internal Takes it if nobody holds it, be it this participant. */
  protected abstract retake(state: HeldState): boolean;

  // ---- taking

  /** @internal */
  protected ownerNow(): OwnerWord {
    return load(this.words, this.owner) & OWNER_MASK;
  }

  /** @internal */
  protected takeFree(): boolean {
    const seen = compareExchange(this.words, this.owner, 0, this.self);
    if (seen !== 0) return seen === RESERVED ? this.#takeReserved() : this.#takeOver(seen);
    this.#reservedSince = 0;
    this.isAbandoned = false;
    return true;
  }

  #takeReserved(): boolean {
    const next = load(this.words, this.#next);
    const isOurs = next === this.self || !this.session.participants.isListed(next) || this.#isOverdue();
    if (!isOurs || compareExchange(this.words, this.owner, RESERVED, this.self) !== RESERVED) return false;
    this.#reservedSince = 0;
    this.isAbandoned = false;
    return true;
  }

  /** Not kept in shared memory: whoever looks decides by its own clock, and NEXT reserves it again when it does come. */
  #isOverdue(): boolean {
    const now = performance.now();
    if (this.#reservedSince === 0) this.#reservedSince = now;
    return now - this.#reservedSince > RESERVE_MS;
  }

  #takeOver(seen: number): boolean {
    this.#reservedSince = 0;
    const owner = seen & OWNER_MASK;
    if (owner === this.self || this.session.participants.isListed(owner)) return false;
    if (compareExchange(this.words, this.owner, seen, this.self) !== seen) return false;
    this.isAbandoned = true;
    warnAbandoned('lock', 'a process died while it held a lock: what the lock guards may be half changed');
    return true;
  }

  // ---- giving back

  /** @internal Frees it. Throws NotHeldError when this participant does not hold it. */
  protected free(): void {
    if (compareExchange(this.words, this.owner, this.self, 0) === this.self) {
      if (this.waiters.isOccupiedAfterSwap) waiting().wake(this.waiters);
    } else if (!this.#freeReserved() && this.waiters.occupied) waiting().wake(this.waiters);
    if (this.#toRing !== undefined) this.#ringAll();
  }

  #ringAll(): void {
    const owners = this.#toRing!;
    this.#toRing = undefined;
    // One that turns out to be dead is cleaned up after here: what it was granted goes to others.
    for (const owner of owners) waiting().ringer.ring(owner);
  }

  /** False = there is nobody that it is reserved for. */
  #freeReserved(): boolean {
    const held = this.self | RESERVED;
    if (compareExchange(this.words, this.owner, held, RESERVED) !== held) this.refuseRelease();
    const next = load(this.words, this.#next);
    if (next !== 0 && waiting().ringer.ring(next) !== 'dead') return true;
    compareExchange(this.words, this.owner, RESERVED, 0);
    return false;
  }

  /** @internal */
  protected refuseRelease(): never {
    const owner = this.ownerNow();
    const who = owner === 0 ? 'nobody holds it' : `${ownerName(owner)} holds it`;
    throw new NotHeldError(`this process cannot release the lock, because ${who}: release exactly once what was acquired here`);
  }

  // ---- fairness between participants

  /** @internal */
  protected override onLost(since: number): void {
    // Lost to a task of this participant is not lost to others: the line sees to that, and they would never have a turn.
    if (performance.now() - since < STARVING_MS || this.ownerNow() === this.self) return;
    const next = load(this.words, this.#next);
    if (next !== this.self) {
      if (this.session.participants.isListed(next)) return;
      if (compareExchange(this.words, this.#next, next, this.self) !== next) return;
    }
    this.#isNext = true;
    const owner = load(this.words, this.owner);
    if (owner > 0) compareExchange(this.words, this.owner, owner, owner | RESERVED);
  }

  /** @internal */
  protected override onWaited(): void {
    if (!this.#isNext) return;
    this.#isNext = false;
    compareExchange(this.words, this.#next, this.self, 0);
    // It may be left to us, who no longer want it.
    if (compareExchange(this.words, this.owner, RESERVED, 0) === RESERVED) waiting().wake(this.waiters);
  }

  // ---- waiting

  /** @internal */
  protected override readonly suspects = (): OwnerWord[] => [this.ownerNow(), load(this.words, this.#next)];

  /** @internal */
  protected override busyText(): string {
    return `the lock was held (owner ${ownerName(this.ownerNow())})`;
  }

  /** @internal */
  protected override checkDeadlock(): void {
    if (this.ownerNow() === this.self) throw new DeadlockError(this.deadlockText());
  }

  /** @internal */
  protected abstract deadlockText(): string;
}
