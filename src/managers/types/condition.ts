/** The condition of a manager: waits that give a lock up, and those who hold the lock let them go on. */
import { checkTimeout, type WaitOptions } from '../../base/deadlines.ts';
import { argumentTypeError, NotHeldError } from '../../base/errors.ts';
import { checkCount } from '../../sync/counts.ts';
import { caller } from '../caller.ts';
import { ManagedLock } from './lock.ts';
import type { Grant, ManagedMutex } from './mutex.ts';
import { ManagedRLock } from './rlock.ts';
import { ClientGone, WaitingLine } from './waiting_line.ts';

/** `multiprocessing.managers`' Condition, in the manager's server. */
export class ManagedCondition {
  readonly #lock: ManagedMutex;
  readonly #line = new WaitingLine<undefined, boolean>();

  /** `lock`: a Lock or RLock of the same manager. */
  constructor(lock: ManagedLock | ManagedRLock = new ManagedRLock()) {
    if (!(lock instanceof ManagedLock || lock instanceof ManagedRLock))
      throw argumentTypeError('the lock of a Condition of a manager must be a Lock or an RLock of the same manager');
    this.#lock = lock;
  }

  /** With the lock held again: whether it was notified. */
  async wait(options?: WaitOptions, inside: readonly number[] = []): Promise<boolean> {
    const timeout = checkTimeout(options);
    const client = caller();
    this.#checkHeld('wait()', inside);
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
  checkHeld(inside: readonly number[] = []): void {
    this.#checkHeld('waitFor()', inside);
  }

  notify(n = 1, inside: readonly number[] = []): void {
    checkCount('the number of waits to notify', n, 1);
    this.#checkHeld('notify()', inside);
    for (let i = 0; i < n && this.#line.serveFirst(true); i++);
  }

  notifyAll(inside: readonly number[] = []): void {
    this.#checkHeld('notifyAll()', inside);
    while (this.#line.serveFirst(true));
  }

  // ---- its lock's

  acquire(options?: WaitOptions, inside?: readonly number[]): boolean | Promise<boolean> {
    return this.#lock.acquire(options, inside);
  }

  acquireHold(options?: WaitOptions, inside?: readonly number[], call?: number): Grant | undefined | Promise<Grant | undefined> {
    return this.#lock.acquireHold(options, inside, call);
  }

  release(inside?: readonly number[]): void {
    this.#lock.release(inside);
  }

  locked(): boolean {
    return this.#lock.locked();
  }

  toString(): string {
    return `<Condition(${this.#lock}, ${this.#line.length})>`;
  }

  #checkHeld(what: string, inside: readonly number[]): void {
    if (this.#lock.isHeldBy({ caller: caller(), inside })) return;
    throw new NotHeldError(`${what} on a Condition without its lock: acquire it before, best by condition.runExclusive()`);
  }
}
