/**
 * What locks and semaphores have in common: the family of `acquire` and `hold`, the order of this thread's tasks, and the texts of its errors.
 * A subclass says how to take without waiting, and how to give back.
 */
import { checkTimeout, type WaitOptions, type WaitSyncOptions } from '../base/deadlines.ts';
import { TimeoutError } from '../base/errors.ts';
import { soon } from '../base/event_loop.ts';
import { addInstance, type Instance } from '../memory/instances.ts';
import type { ObjectReference } from '../memory/object_kinds.ts';
import type { OwnerWord } from '../memory/participants.ts';
import type { Session } from '../memory/session.ts';
import type { WaitSet } from '../wakeup/wait_set.ts';
import { SPINS, type Suspects, waiting } from '../wakeup/waiting.ts';
import { checkFunction } from './functions.ts';
import { type Hold, LockHold } from './hold.ts';
import { Line } from './line.ts';
import type { Place } from './place.ts';

export abstract class Acquirable implements Instance {
  /** @internal */
  readonly reference: ObjectReference;
  /** @internal */
  protected readonly session: Session;
  /** @internal */
  protected readonly words: Int32Array;
  /** @internal */
  protected readonly self: OwnerWord;
  /** @internal */
  protected readonly waiters: WaitSet;
  /** @internal */
  protected readonly line = new Line();
  /** @internal */
  protected isAbandoned = false;

  /** @internal */
  protected constructor({ session, words, reference, isNew }: Place, waiters: WaitSet) {
    this.session = session;
    this.words = words;
    this.self = session.self;
    this.waiters = waiters;
    this.reference = reference;
    if (isNew) addInstance(session, this, reference);
  }

  // ---- what a subclass says

  /** @internal Takes it if it can be had now, for the code that calls. */
  protected abstract take(): boolean;

  /** @internal The same for a wait: it may run inside anybody's code. */
  protected takeWaiting(): boolean {
    return this.take();
  }

  /** @internal Whose death would let a wait go on. */
  protected abstract readonly suspects: Suspects;

  /** @internal What a TimeoutError says of it. */
  protected abstract busyText(): string;

  /** @internal Throws DeadlockError when a wait of this thread without end could be ended by nobody else. */
  protected checkDeadlock(): void {}

  /** @internal A wait that began at `since` found it taken again. */
  protected onLost(_since: number): void {}

  /** @internal A wait is over, with what it wanted or without. */
  protected onWaited(): void {}

  /** Gives back what was acquired. Throws NotHeldError. */
  abstract release(): void;

  // ---- the family

  /**
   * Waits until it can be had, and takes it. With a time limit (`timeout`, ms): false when it runs out.
   * An abort rejects with the signal's reason and takes nothing.
   */
  acquire(): Promise<true>;
  acquire(options: WaitOptions | undefined): Promise<boolean>;
  acquire(options?: WaitOptions): Promise<boolean> {
    return this.acquireBy(this.#take, this.#takeWaiting, options);
  }

  /** The same, blocking the thread. Without a time limit, where only this very thread could give it back: DeadlockError at once. */
  acquireSync(): true;
  acquireSync(options: WaitSyncOptions | undefined): boolean;
  acquireSync(options?: WaitSyncOptions): boolean {
    const timeout = checkTimeout(options);
    return this.take() || this.#waitSync(timeout);
  }

  /** Takes it if it can be had now. */
  tryAcquire(): boolean {
    return this.take() || this.#glance(this.#take);
  }

  /** Whether the last acquisition by this process took what a process held that died. */
  get abandoned(): boolean {
    return this.isAbandoned;
  }

  /** `acquire` as a scope: `using hold = await lock.hold();`. Throws TimeoutError when time runs out. */
  async hold(options?: WaitOptions): Promise<Hold> {
    // Noted when it is taken: until the caller goes on, another task may have taken another permit.
    let abandoned = false;
    const noting = (take: () => boolean) => (): boolean => {
      if (!take()) return false;
      abandoned = this.isAbandoned;
      return true;
    };
    if (!(await this.acquireBy(noting(this.#take), noting(this.#takeWaiting), options))) this.refuseHold(options);
    return this.#held(abandoned);
  }

  /** The same, blocking the thread. Throws TimeoutError; DeadlockError as `acquireSync`. */
  holdSync(options?: WaitSyncOptions): Hold {
    if (!this.acquireSync(options)) this.refuseHold(options);
    return this.#held();
  }

  /** The same without waiting: null when it cannot be had. */
  tryHold(): Hold | null {
    return this.tryAcquire() ? this.#held() : null;
  }

  /** Runs `fn` while holding it, and releases it when what `fn` returns has settled. Throws TimeoutError when time runs out before `fn` runs. */
  async runExclusive<R>(fn: (hold: Hold) => R | PromiseLike<R>, options?: WaitOptions): Promise<Awaited<R>> {
    checkFunction('what runExclusive() runs', fn);
    const hold = await this.hold(options);
    try {
      return await fn(hold);
    } finally {
      hold.release();
    }
  }

  /** The same text, for logs that write JSON: without it they would write all shared memory. */
  toJSON(): string {
    return this.toString();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  // ---- inside

  readonly #take = (): boolean => this.take();
  readonly #takeWaiting = (): boolean => this.takeWaiting();

  /** @internal `acquire` with other ways to take: at once, and in a wait. */
  protected acquireBy(take: () => boolean, takeWaiting: () => boolean, options: WaitOptions | undefined): Promise<boolean> {
    let timeout: number;
    try {
      timeout = checkTimeout(options);
      options?.signal?.throwIfAborted();
      // Those in the line came before: only who need not wait for them (an RLock's owner) gets past, by a `take` that knows.
      if (this.mayPass() && take()) return soon(true);
      if (timeout === 0) return soon(this.mayPass() && this.#glance(take));
    } catch (error) {
      return Promise.reject(error);
    }
    return this.waitInLine(takeWaiting, timeout, options?.signal);
  }

  /** @internal Whether a new call may take before those of this thread that wait. */
  protected mayPass(): boolean {
    return this.line.isEmpty;
  }

  /** @internal */
  protected async waitInLine(take: () => boolean, timeout: number, signal: AbortSignal | undefined): Promise<boolean> {
    const { line } = this;
    const ticket = line.join();
    const since = performance.now();
    try {
      const attempt = (): true | undefined => {
        if (!line.isFirst(ticket)) return undefined;
        if (take()) return true;
        this.onLost(since);
        return undefined;
      };
      return (await waiting().wait([this.waiters], attempt, { timeout, signal, suspects: this.suspects })) === true;
    } finally {
      line.leave(ticket);
      this.onWaited();
      if (!line.isEmpty) waiting().lookSoon();
    }
  }

  /** @internal Past the line: who blocks the thread keeps those in it from going on anyway. */
  protected waitBlocking(take: () => boolean, timeout: number, what?: string): boolean {
    const since = performance.now();
    let looks = 0;
    const attempt = (): true | undefined => {
      if (take()) return true;
      // The first looks are the spin, a few microseconds in all.
      if (++looks > SPINS) this.onLost(since);
      return undefined;
    };
    try {
      return waiting().waitSync([this.waiters], attempt, { timeout, suspects: this.suspects, what }) === true;
    } finally {
      this.onWaited();
    }
  }

  /** The holder may have died unnoticed. */
  #glance(take: () => boolean): boolean {
    waiting().glance(this.suspects);
    return take();
  }

  #waitSync(timeout: number): boolean {
    if (timeout === 0) return this.#glance(this.#take);
    if (timeout === Infinity) this.checkDeadlock();
    return this.waitBlocking(this.#takeWaiting, timeout, 'acquireSync()');
  }

  #held(abandoned = this.isAbandoned): Hold {
    return new LockHold(abandoned, () => this.release());
  }

  /** @internal */
  protected refuseHold(options: WaitSyncOptions | undefined): never {
    throw new TimeoutError(`${this.busyText()} for ${options?.timeout} ms: wait longer, or find out who keeps it`);
  }
}
