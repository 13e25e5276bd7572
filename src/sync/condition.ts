/**
 * Condition: waits that give a lock up, and those who hold the lock let them go on. Its words are WaiterCounts'.
 *
 * A wait is counted before it gives the lock up, so that no notify gets lost between. A grant in the shared word belongs to the participant; here it
 * is reserved for the wait that began first, and consumed when that wait holds the lock again: until then it would go to others if this process died.
 */
import { checkTimeout, Deadline, type WaitOptions, type WaitSyncOptions } from '../base/deadlines.ts';
import { argumentRangeError, argumentTypeError, NotHeldError } from '../base/errors.ts';
import { soon } from '../base/event_loop.ts';
import { addInstance, type Instance } from '../memory/instances.ts';
import { type ObjectKind, type ObjectReference, registerObjectKind } from '../memory/object_kinds.ts';
import { type Session, session } from '../memory/session.ts';
import { registerObjectKind as registerTravel } from '../serialization/registry.ts';
import { packReference, unpackReference } from '../serialization/shared_objects.ts';
import { waiting } from '../wakeup/waiting.ts';
import { checkCount } from './counts.ts';
import { checkFunction, refusePromise } from './functions.ts';
import type { Hold } from './hold.ts';
import { Lock } from './lock.ts';
import type { HeldState } from './mutex.ts';
import { adopt, place } from './place.ts';
import { RLock } from './rlock.ts';
import { MAX_WAITS, WAITER_COUNTS_WORDS, WaiterCounts } from './waiter_counts.ts';

const kind: ObjectKind = {
  code: 8,
  name: 'condition',
  holderGone(unit, owner) {
    const { heap, participants } = session();
    const { words, index } = heap.structure(unit);
    new WaiterCounts(words, index).forget(owner, participants.highSlot);
  },
};
registerObjectKind(kind);

/** A wait of this thread. */
interface LocalWait {
  isGranted: boolean;
  /** How the lock was held. */
  readonly held: HeldState;
}

/**
 * Waits for something to become true that a lock guards, as `multiprocessing.Condition`; it has its lock's methods, too.
 *
 * ```ts
 * await condition.runExclusive(() => condition.waitFor(() => stock.value > 0));
 * ```
 */
export class Condition implements Instance {
  /** @internal */
  readonly reference: ObjectReference;
  readonly #lock: Lock | RLock;
  readonly #session: Session;
  readonly #counts: WaiterCounts;
  /** Those without a grant, first come first served, async and sync alike. */
  readonly #waits = new Set<LocalWait>();
  /** Grants that belong to a wait of this thread which has not consumed its own yet. */
  #reserved = 0;

  /** `lock` may be shared with other conditions. Throws TypeError; SharedMemoryError when the session's memory is used up. */
  constructor(lock: Lock | RLock = new RLock()) {
    if (!(lock instanceof Lock || lock instanceof RLock))
      throw argumentTypeError('the lock of a Condition must be a Lock or an RLock of this library');
    const { session, words, index, reference, isNew } = place(kind, WAITER_COUNTS_WORDS);
    this.#lock = lock;
    this.#session = session;
    this.#counts = new WaiterCounts(words, index);
    this.reference = reference;
    if (isNew) addInstance(session, this, reference);
  }

  /** @internal The condition that a reference names. Throws SharedMemoryError when it is gone. */
  static from(reference: ObjectReference, lock: Lock | RLock): Condition {
    return adopt(reference, kind, () => new Condition(lock));
  }

  /** @internal */
  static lockOf(condition: Condition): Lock | RLock {
    return condition.#lock;
  }

  // ---- waiting

  /**
   * Gives the lock up, however often it is held, waits for a notify, and takes the lock again: true. With a time limit (`timeout`, ms): false when it runs out;
   * the lock is waited for without a limit. An abort rejects with the signal's reason, when the lock is held again; a notify that it had got goes to another wait.
   * Throws NotHeldError when the caller does not hold the lock.
   */
  async wait(options?: WaitOptions): Promise<boolean> {
    const timeout = checkTimeout(options);
    options?.signal?.throwIfAborted();
    const wait = this.#begin('wait()');
    let failure: { readonly error: unknown } | undefined;
    try {
      await waiting().wait([this.#counts.waiters], () => this.#isGranted(wait), { timeout, signal: options?.signal });
    } catch (error) {
      failure = { error };
    }
    this.#withdraw(wait, failure !== undefined);
    await this.#lock.reacquire(wait.held);
    return this.#finish(wait, failure);
  }

  /** The same, blocking the thread. DeadlockError when no other process or thread is left that could notify, and there is no time limit. */
  waitSync(options?: WaitSyncOptions): boolean {
    const timeout = checkTimeout(options);
    const wait = this.#begin('waitSync()');
    let failure: { readonly error: unknown } | undefined;
    try {
      const what = 'waitSync() on a Condition';
      waiting().waitSync([this.#counts.waiters], () => this.#isGranted(wait), { timeout, what });
    } catch (error) {
      failure = { error };
    }
    this.#withdraw(wait, failure !== undefined);
    this.#lock.reacquireSync(wait.held);
    return this.#finish(wait, failure);
  }

  /** The same without waiting: false, since nobody notifies while the caller keeps the lock. Throws NotHeldError. */
  tryWait(): boolean {
    this.#checkHeld('tryWait()');
    return false;
  }

  /** Waits until `predicate`, which is called with the lock held, is true. With a time limit (`timeout`, ms): false when it is not by then. */
  async waitFor(predicate: () => unknown, options?: WaitOptions): Promise<boolean> {
    const deadline = new Deadline(checkTimeout(options));
    options?.signal?.throwIfAborted();
    checkFunction('the predicate of waitFor()', predicate);
    this.#checkHeld('waitFor()');
    while (!(await predicate())) {
      const timeout = deadline.left();
      if (timeout <= 0) return false;
      await this.wait({ timeout, signal: options?.signal });
    }
    return soon(true);
  }

  /** The same, blocking the thread. Throws TypeError when `predicate` is async: its promise would always be true. */
  waitForSync(predicate: () => unknown, options?: WaitSyncOptions): boolean {
    const deadline = new Deadline(checkTimeout(options));
    checkFunction('the predicate of waitForSync()', predicate);
    this.#checkHeld('waitForSync()');
    while (!ask(predicate, 'waitForSync()')) {
      const timeout = deadline.left();
      if (timeout <= 0) return false;
      this.waitSync({ timeout });
    }
    return true;
  }

  /** The same without waiting: what `predicate` says now. Throws NotHeldError. */
  tryWaitFor(predicate: () => unknown): boolean {
    checkFunction('the predicate of tryWaitFor()', predicate);
    this.#checkHeld('tryWaitFor()');
    return ask(predicate, 'tryWaitFor()');
  }

  /** Lets `n` waits go on (fewer, if fewer wait), each when it gets the lock. Throws NotHeldError when the caller does not hold the lock; RangeError. */
  notify(n = 1): void {
    checkCount('the number of waits to notify', n, 1);
    this.#checkHeld('notify()');
    this.#grant(n);
  }

  /** Lets all waits go on that have begun. */
  notifyAll(): void {
    this.#checkHeld('notifyAll()');
    this.#grant(Infinity);
  }

  // ---- its lock's

  /** As of its lock, like all that follow. */
  acquire(): Promise<true>;
  acquire(options: WaitOptions | undefined): Promise<boolean>;
  acquire(options?: WaitOptions): Promise<boolean> {
    return this.#lock.acquire(options);
  }

  acquireSync(): true;
  acquireSync(options: WaitSyncOptions | undefined): boolean;
  acquireSync(options?: WaitSyncOptions): boolean {
    return this.#lock.acquireSync(options);
  }

  tryAcquire(): boolean {
    return this.#lock.tryAcquire();
  }

  release(): void {
    this.#lock.release();
  }

  locked(): boolean {
    return this.#lock.locked();
  }

  get abandoned(): boolean {
    return this.#lock.abandoned;
  }

  hold(options?: WaitOptions): Promise<Hold> {
    return this.#lock.hold(options);
  }

  holdSync(options?: WaitSyncOptions): Hold {
    return this.#lock.holdSync(options);
  }

  tryHold(): Hold | null {
    return this.#lock.tryHold();
  }

  runExclusive<R>(fn: (hold: Hold) => R | PromiseLike<R>, options?: WaitOptions): Promise<Awaited<R>> {
    return this.#lock.runExclusive(fn, options);
  }

  toString(): string {
    return `<Condition(${this.#lock}, ${this.#counts.waiting(this.#session.participants.highSlot)})>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  #grant(n: number): void {
    if (!this.#counts.waiters.occupied) return;
    const { participants } = this.#session;
    this.#counts.grant(n, participants.highSlot, (slot) => this.#lock.ringAtRelease(participants.current(slot)));
  }

  // ---- the steps of a wait

  #begin(what: string): LocalWait {
    this.#checkHeld(what);
    const { self } = this.#session;
    if (!this.#counts.begin(self))
      throw argumentRangeError(`a process has at most ${MAX_WAITS} waits on a Condition at a time: let some go on first`);
    // In the set before the lock is free: who notifies rings those in the set.
    this.#counts.waiters.enter(self);
    const wait = { isGranted: false, held: this.#lock.releaseWholly() };
    this.#waits.add(wait);
    return wait;
  }

  /** Grants go to the waits that began first, whichever of them looks. */
  #isGranted(wait: LocalWait): true | undefined {
    let free = this.#counts.granted(this.#session.self) - this.#reserved;
    for (const first of this.#waits) {
      if (free-- <= 0) break;
      this.#waits.delete(first);
      first.isGranted = true;
      this.#reserved++;
      if (first !== wait) waiting().lookSoon();
    }
    return wait.isGranted || undefined;
  }

  /** After this the wait is granted, or no longer counted. */
  #withdraw(wait: LocalWait, passOn: boolean): void {
    if (!wait.isGranted && !this.#isGranted(wait)) {
      if (this.#counts.withdraw(this.#session.self)) this.#waits.delete(wait);
      // A notify came between the two looks, and left no wait of this participant without a grant.
      else this.#isGranted(wait);
    }
    if (!wait.isGranted || !passOn) return;
    const { ringer } = waiting();
    this.#counts.grant(1, ringer.highSlot(), (slot) => ringer.ring(ringer.current(slot)));
    this.#consume(wait);
  }

  #finish(wait: LocalWait, failure: { readonly error: unknown } | undefined): boolean {
    const { isGranted } = wait;
    if (isGranted) this.#consume(wait);
    this.#counts.waiters.leave(this.#session.self);
    if (failure) throw failure.error;
    return isGranted;
  }

  #consume(wait: LocalWait): void {
    wait.isGranted = false;
    this.#reserved--;
    this.#counts.consume(this.#session.self);
  }

  #checkHeld(what: string): void {
    if (this.#lock.isHeldHere) return;
    throw new NotHeldError(`${what} on a Condition without its lock: acquire it before, best by condition.runExclusive()`);
  }
}

function ask(predicate: () => unknown, call: string): boolean {
  const answer = predicate();
  refusePromise(answer, 'the predicate', call, 'await waitFor()');
  return Boolean(answer);
}

registerTravel<Condition>({
  tag: 7,
  class: Condition,
  encode: (condition, context) => [packReference(condition.reference, 0, context), Condition.lockOf(condition)],
  decode: (packed) => {
    const [reference, lock] = (Array.isArray(packed) ? packed : []) as [unknown, Lock | RLock];
    return Condition.from(unpackReference(reference), lock);
  },
});
