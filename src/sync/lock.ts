/**
 * Lock: one word names the holder.
 *
 * States of OWNER
 *   0        free
 *   owner    held by this participant (by which of its tasks does not matter: they exclude each other)
 *   dead     its holder has died: free for whoever takes it over, which it is told (`abandoned`)
 *
 * Transitions
 *   free -> owner   compare-and-swap, which names the holder
 *   dead -> owner   compare-and-swap from the dead one's word. Owner words are never used twice, so nobody else's hold is stolen
 *   owner -> free   compare-and-swap by the holder, then a ring where WAITERS is not empty
 *
 * Crash: before the compare-and-swap nothing has happened, after it the holder is dead. A holder that dies between the store and the ring
 * leaves a free lock, which the waiters see at their next look (its death wakes them, too).
 */
import { checkTimeout, type WaitOptions, type WaitSyncOptions } from '../base/deadlines.ts';
import { DeadlockError, NotHeldError, TimeoutError } from '../base/errors.ts';
import { soon } from '../base/event_loop.ts';
import { addInstance, type Instance, instanceOf } from '../memory/instances.ts';
import { type ObjectKind, type ObjectReference, registerObjectKind } from '../memory/object_kinds.ts';
import type { OwnerWord } from '../memory/participants.ts';
import { slotOf } from '../memory/participants.ts';
import { type Session, session } from '../memory/session.ts';
import { compareExchange, load } from '../platform/atomics.ts';
import { registerSharedObject } from '../serialization/shared_objects.ts';
import { WAIT_SET_WORDS, WaitSet } from '../wakeup/wait_set.ts';
import { waiting } from '../wakeup/waiting.ts';
import { type Hold, LockHold } from './hold.ts';
import { Line } from './line.ts';
import { ownerName } from './owner_names.ts';

const Field = { OWNER: 0, WAITERS: 1 } as const;
const LOCK_BYTES = (Field.WAITERS + WAIT_SET_WORDS) * 4;

const kind: ObjectKind = {
  code: 2,
  name: 'lock',
  // OWNER stays: it tells the next holder that this one died.
  holderGone(unit, owner) {
    const { words, index } = session().heap.structure(unit);
    new WaitSet(words, index + Field.WAITERS).remove(slotOf(owner));
  },
};
registerObjectKind(kind);

/** From `Lock.from`: the constructor takes the object that exists instead of making one. */
let adopted: { unit: number; reference: ObjectReference } | undefined;

/**
 * A non-recursive lock in shared memory, as `multiprocessing.Lock`. It excludes processes, threads and the async tasks of one thread from each other.
 *
 * ```ts
 * await lock.runExclusive(() => update(shared));
 * ```
 *
 * A holder that is killed loses the lock: the next one to acquire it is told by `abandoned`, and a warning is emitted.
 * The participant that acquired it releases it, be it from another task. (CPython lets any process release it.)
 */
export class Lock implements Instance {
  /** @internal */
  readonly reference: ObjectReference;
  readonly #session: Session;
  readonly #words: Int32Array;
  readonly #owner: number;
  readonly #self: OwnerWord;
  readonly #waiters: WaitSet;
  readonly #line = new Line();
  #abandoned = false;

  /** Throws SharedMemoryError when the session's memory is used up. */
  constructor() {
    this.#session = session();
    const { heap, objects } = this.#session;
    const unit = adopted?.unit ?? heap.allocate(LOCK_BYTES, true);
    const { words, index } = heap.structure(unit);
    this.#words = words;
    this.#owner = index + Field.OWNER;
    this.#self = this.#session.self;
    this.#waiters = new WaitSet(words, index + Field.WAITERS);
    this.reference = adopted?.reference ?? objects.publish(kind, unit);
    if (!adopted) addInstance(this.#session, this, this.reference);
  }

  /** @internal The lock that a reference names. Throws SharedMemoryError when it is gone. */
  static from(reference: ObjectReference): Lock {
    return instanceOf(session(), reference, kind, (unit) => {
      adopted = { unit, reference };
      try {
        return new Lock();
      } finally {
        adopted = undefined;
      }
    });
  }

  /**
   * Waits for the lock and takes it. With a time limit (`timeout`, ms): false when it runs out.
   * An abort rejects with the signal's reason and takes nothing.
   */
  acquire(): Promise<true>;
  acquire(options: WaitOptions | undefined): Promise<boolean>;
  acquire(options?: WaitOptions): Promise<boolean> {
    if (options === undefined) return this.#line.isEmpty && this.#take() ? soon(true) : this.#wait(Infinity, undefined);
    let timeout: number;
    try {
      timeout = checkTimeout(options);
      options.signal?.throwIfAborted();
    } catch (error) {
      return Promise.reject(error);
    }
    if (this.#line.isEmpty && this.#take()) return soon(true);
    return timeout === 0 ? soon(this.#glance()) : this.#wait(timeout, options.signal);
  }

  /**
   * The same, blocking the thread. Without a time limit, on a lock that a task of this very thread holds: DeadlockError at once,
   * because nobody could ever release it.
   */
  acquireSync(): true;
  acquireSync(options: WaitSyncOptions | undefined): boolean;
  acquireSync(options?: WaitSyncOptions): boolean {
    // The common case in as few steps as it takes: two compare-and-swaps cost 17 ns, and this family is called in tight loops.
    if (options === undefined && !this.#abandoned && compareExchange(this.#words, this.#owner, 0, this.#self) === 0) return true;
    const timeout = options === undefined ? Infinity : checkTimeout(options);
    return this.#take() || this.#waitSync(timeout);
  }

  /** Takes the lock if it is free. */
  tryAcquire(): boolean {
    return this.#take() || this.#glance();
  }

  /** Gives the lock back. Throws NotHeldError when this process (or worker thread) does not hold it. */
  release(): void {
    const words = this.#words;
    const owner = this.#owner;
    if (compareExchange(words, owner, this.#self, 0) !== this.#self) this.#refuseRelease();
    if (this.#waiters.occupied) waiting().wake(this.#waiters);
  }

  /** Whether anybody holds it: at once out of date, for showing only. */
  locked(): boolean {
    return load(this.#words, this.#owner) !== 0;
  }

  /** Whether the last acquisition by this process took the lock from a holder that had died. */
  get abandoned(): boolean {
    return this.#abandoned;
  }

  /** `acquire` as a scope: `using hold = await lock.hold();`. Throws TimeoutError when time runs out. */
  async hold(options?: WaitOptions): Promise<Hold> {
    if (!(await this.acquire(options))) this.#refuseHold(options);
    return this.#held();
  }

  /** The same, blocking the thread. Throws TimeoutError; DeadlockError as `acquireSync`. */
  holdSync(options?: WaitSyncOptions): Hold {
    if (!this.acquireSync(options)) this.#refuseHold(options);
    return this.#held();
  }

  /** The same without waiting: null when somebody else holds it. */
  tryHold(): Hold | null {
    return this.tryAcquire() ? this.#held() : null;
  }

  /** Runs `fn` while holding the lock, and releases it when what `fn` returns has settled. Throws TimeoutError when time runs out before `fn` runs. */
  async runExclusive<R>(fn: (hold: Hold) => R | PromiseLike<R>, options?: WaitOptions): Promise<Awaited<R>> {
    const hold = await this.hold(options);
    try {
      return await fn(hold);
    } finally {
      hold.release();
    }
  }

  toString(): string {
    return `<Lock(owner=${ownerName(load(this.#words, this.#owner))})>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  #take(): boolean {
    const owner = compareExchange(this.#words, this.#owner, 0, this.#self);
    if (owner !== 0) return owner !== this.#self && this.#takeOver(owner);
    this.#abandoned = false;
    return true;
  }

  #takeOver(owner: OwnerWord): boolean {
    if (this.#session.participants.isListed(owner)) return false;
    if (compareExchange(this.#words, this.#owner, owner, this.#self) !== owner) return false;
    this.#abandoned = true;
    process.emitWarning('a process died while it held a lock: what the lock guards may be half changed', {
      code: 'MULTIPROC_ABANDONED_LOCK',
      type: 'MultiprocWarning',
    });
    return true;
  }

  /** The holder may have died unnoticed. */
  #glance(): boolean {
    waiting().glance(this.#suspects);
    return this.#take();
  }

  readonly #suspects = (): OwnerWord[] => [load(this.#words, this.#owner)];

  async #wait(timeout: number, signal: AbortSignal | undefined): Promise<boolean> {
    const line = this.#line;
    const ticket = line.join();
    try {
      const attempt = (): true | undefined => (line.isFirst(ticket) && this.#take()) || undefined;
      return (await waiting().wait([this.#waiters], attempt, { timeout, signal, suspects: this.#suspects })) === true;
    } finally {
      line.leave(ticket);
      if (!line.isEmpty) waiting().lookSoon();
    }
  }

  #waitSync(timeout: number): boolean {
    if (timeout === 0) return this.#glance();
    if (timeout === Infinity && load(this.#words, this.#owner) === this.#self) {
      throw new DeadlockError(
        'acquireSync() on a lock that this thread holds would wait for ever: release it first, use await acquire(), give a timeout, or use an RLock',
      );
    }
    const options = { timeout, suspects: this.#suspects };
    return waiting().waitSync([this.#waiters], () => this.#take() || undefined, options) === true;
  }

  #held(): Hold {
    return new LockHold(this.#abandoned, () => this.release());
  }

  #refuseHold(options: WaitSyncOptions | undefined): never {
    throw new TimeoutError(
      `the lock was not free within ${options?.timeout} ms: owner ${ownerName(load(this.#words, this.#owner))}`,
    );
  }

  #refuseRelease(): never {
    const owner = load(this.#words, this.#owner);
    const who = owner === 0 ? 'nobody holds it' : `${ownerName(owner)} holds it`;
    throw new NotHeldError(`this process cannot release the lock, because ${who}: release exactly once what was acquired here`);
  }
}

registerSharedObject(1, Lock, (reference) => Lock.from(reference));
