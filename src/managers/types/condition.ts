/** The condition of a manager: waits that give a lock up, and those who hold the lock let them go on. */

import { checkTimeout } from '../../base/deadlines.ts';
import { argumentTypeError, NotHeldError } from '../../base/errors.ts';
import { checkCount } from '../../sync/counts.ts';
import { type ArgumentCounts, methodsOf } from '../argument_counts.ts';
import { caller } from '../caller.ts';
import { ManagedLock } from './lock.ts';
import type { Grant, ManagedMutex } from './mutex.ts';
import { asking, type CallPlace, type LockOptions } from './owner.ts';
import { ManagedRLock } from './rlock.ts';
import { ClientGone, WaitingLine } from './waiting_line.ts';

/** `multiprocessing.managers`' Condition, in the manager's server. */
export class ManagedCondition {
  /** With how many arguments it is made, and its methods are called. */
  static readonly argumentCounts: ArgumentCounts = {
    new: [0, 1],
    acquire: [0, 1],
    acquireHold: [0, 1],
    release: [0, 1],
    locked: 0,
    wait: [0, 1],
    checkHeld: [0, 1],
    notify: [0, 2],
    notifyAll: [0, 1],
  };
  /** What clients may call. */
  static readonly exposed: readonly string[] = methodsOf(ManagedCondition.argumentCounts);

  readonly #lock: ManagedMutex;
  readonly #line = new WaitingLine<undefined, boolean>();

  /** `lock`: a Lock or RLock of the same manager. */
  constructor(lock: ManagedLock | ManagedRLock = new ManagedRLock()) {
    if (!(lock instanceof ManagedLock || lock instanceof ManagedRLock))
      throw argumentTypeError('the lock of a Condition of a manager must be a Lock or an RLock of the same manager');
    this.#lock = lock;
  }

  /** With the lock held again: whether it was notified. */
  async wait(options?: LockOptions): Promise<boolean> {
    const timeout = checkTimeout(options);
    const client = caller();
    this.#checkHeld('wait()', options);
    let isGone = false;
    const forget = client.whenGone(() => {
      isGone = true;
    });
    const notified = this.#line.join(client, undefined, { timeout, late: () => false, signal: client.signal });
    const held = this.#lock.releaseWholly();
    const outcome = await notified.then(
      (isNotified) => ({ isNotified }),
      (error: unknown) => ({ isNotified: false, error }),
    );
    forget();
    if (isGone) throw new ClientGone(client);
    try {
      await this.#lock.reacquire(held);
    } catch (error) {
      // Its client is gone: the notify that it had got is for another.
      if (outcome.isNotified) this.#line.serveFirst(true);
      throw error;
    }
    if ('error' in outcome) throw outcome.error;
    return outcome.isNotified;
  }

  /** Throws where the caller does not hold the lock: what `waitFor` needs before it asks its predicate. */
  checkHeld(place?: CallPlace): void {
    this.#checkHeld('waitFor()', place);
  }

  notify(n = 1, place?: CallPlace): void {
    checkCount('the number of waits to notify', n, 1);
    this.#checkHeld('notify()', place);
    for (let i = 0; i < n && this.#line.serveFirst(true); i++);
  }

  notifyAll(place?: CallPlace): void {
    this.#checkHeld('notifyAll()', place);
    while (this.#line.serveFirst(true));
  }

  // ---- its lock's

  acquire(options?: LockOptions): boolean | Promise<boolean> {
    return this.#lock.acquire(options);
  }

  acquireHold(options?: LockOptions): Grant | undefined | Promise<Grant | undefined> {
    return this.#lock.acquireHold(options);
  }

  release(place?: CallPlace): void {
    this.#lock.release(place);
  }

  locked(): boolean {
    return this.#lock.locked();
  }

  toString(): string {
    return `<Condition(${this.#lock}, ${this.#line.length})>`;
  }

  #checkHeld(what: string, place: CallPlace | undefined): void {
    if (this.#lock.isHeldBy(asking(place))) return;
    throw new NotHeldError(`${what} on a Condition without its lock: acquire it before, best by condition.runExclusive()`);
  }
}
