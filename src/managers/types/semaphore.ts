/** The semaphore of a manager: permits that nobody owns, as those of the package's own Semaphore. */

import { checkTimeout, type WaitOptions } from '../../base/deadlines.ts';
import { argumentRangeError } from '../../base/errors.ts';
import { checkCount, MAX_COUNT } from '../../sync/counts.ts';
import { type ArgumentCounts, methodsOf } from '../argument_counts.ts';
import { type Caller, caller } from '../caller.ts';
import { WaitingLine } from './waiting_line.ts';

/** `multiprocessing.managers`' Semaphore, in the manager's server. */
export class ManagedSemaphore {
  /** With how many arguments it is made, and its methods are called. */
  static readonly argumentCounts: ArgumentCounts = {
    new: [0, 1],
    acquire: [0, 1],
    release: [0, 1],
    locked: 0,
    getValue: 0,
  };
  /** What clients may call. */
  static readonly exposed: readonly string[] = methodsOf(ManagedSemaphore.argumentCounts);

  protected value: number;
  readonly #line = new WaitingLine<undefined, boolean>();

  constructor(value = 1) {
    this.value = checkCount('the value of a Semaphore', value, 0);
  }

  acquire(options?: WaitOptions): boolean | Promise<boolean> {
    const timeout = checkTimeout(options);
    const client = caller();
    if (this.value > 0) {
      this.#give(client);
      return true;
    }
    if (timeout === 0) return false;
    return this.#line.join(client, undefined, { timeout, late: () => false, signal: client.signal });
  }

  release(n = 1): void {
    checkCount('the number of permits to release', n, 1);
    this.checkRelease(n);
    this.giveBack(n);
  }

  getValue(): number {
    return this.value;
  }

  locked(): boolean {
    return this.value === 0;
  }

  toString(): string {
    return `<Semaphore(value=${this.value})>`;
  }

  /** Throws when there cannot be `n` permits more. */
  protected checkRelease(n: number): void {
    if (this.value > MAX_COUNT - n)
      throw argumentRangeError(`release(${n}) would give the semaphore more than ${MAX_COUNT} permits: it has ${this.value}`);
  }

  /** A client has got a permit. */
  protected took(_client: Caller): void {}

  /** Those that wait get them first. */
  protected giveBack(n: number): void {
    this.value += n;
    while (this.value > 0) {
      const { first } = this.#line;
      if (!first) return;
      this.#give(first.caller);
      first.serve(true);
    }
  }

  #give(client: Caller): void {
    this.value--;
    this.took(client);
  }
}
