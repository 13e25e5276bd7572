/** The bounded semaphore of a manager: it knows which client took how many permits, which come back when the client is gone. */
import { NotHeldError } from '../../base/errors.ts';
import { warnAbandoned } from '../../sync/warnings.ts';
import { type Caller, caller } from '../caller.ts';
import { ManagedSemaphore } from './semaphore.ts';

interface Permits {
  count: number;
  readonly forget: () => void;
}

/** `multiprocessing.managers`' BoundedSemaphore, in the manager's server. */
export class ManagedBoundedSemaphore extends ManagedSemaphore {
  readonly #taken = new Map<number, Permits>();
  #total = 0;
  /** Of clients that were gone, and that nobody has had since. */
  #abandoned = 0;

  override toString(): string {
    return `<BoundedSemaphore(value=${this.value}, maxvalue=${this.value + this.#total})>`;
  }

  protected override took(client: Caller): void {
    this.#total++;
    if (this.#abandoned > 0) {
      this.#abandoned--;
      warnAbandoned('semaphore', 'a permit of a semaphore of a manager is taken that a client had when it was gone');
    }
    const permits = this.#taken.get(client.id);
    if (permits) permits.count++;
    else this.#taken.set(client.id, { count: 1, forget: client.whenGone(() => this.#takeBack(client)) });
  }

  protected override checkRelease(n: number): void {
    if (n > this.#total)
      throw new NotHeldError(
        `release(${n}) of a BoundedSemaphore of which ${this.#total} permits are taken: release once what was acquired`,
      );
  }

  /** The caller's own permits first, then anybody's. */
  protected override giveBack(n: number): void {
    let left = n;
    for (const id of [caller().id, ...this.#taken.keys()]) left -= this.#forget(id, left);
    super.giveBack(n);
  }

  /** How many of `n` there were. */
  #forget(id: number, n: number): number {
    const permits = this.#taken.get(id);
    if (!permits) return 0;
    const count = Math.min(permits.count, n);
    permits.count -= count;
    this.#total -= count;
    if (permits.count === 0) {
      permits.forget();
      this.#taken.delete(id);
    }
    return count;
  }

  #takeBack(client: Caller): void {
    const count = this.#forget(client.id, Infinity);
    this.#abandoned += count;
    super.giveBack(count);
  }
}
