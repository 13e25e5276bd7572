/** The event of a manager: a flag to wait for. */

import { checkTimeout, type WaitOptions } from '../../base/deadlines.ts';
import { type ArgumentCounts, methodsOf } from '../argument_counts.ts';
import { caller } from '../caller.ts';
import { WaitingLine } from './waiting_line.ts';

/** `multiprocessing.managers`' Event, in the manager's server. */
export class ManagedEvent {
  /** With how many arguments it is made, and its methods are called. */
  static readonly argumentCounts: ArgumentCounts = {
    new: 0,
    isSet: 0,
    set: 0,
    clear: 0,
    wait: [0, 1],
  };
  /** What clients may call. */
  static readonly exposed: readonly string[] = methodsOf(ManagedEvent.argumentCounts);

  #isSet = false;
  readonly #line = new WaitingLine<undefined, boolean>();

  isSet(): boolean {
    return this.#isSet;
  }

  /** Those who wait go on, even if it is cleared at once. */
  set(): void {
    this.#isSet = true;
    while (this.#line.serveFirst(true));
  }

  clear(): void {
    this.#isSet = false;
  }

  wait(options?: WaitOptions): boolean | Promise<boolean> {
    const timeout = checkTimeout(options);
    if (this.#isSet || timeout === 0) return this.#isSet;
    const client = caller();
    return this.#line.join(client, undefined, { timeout, late: () => false, signal: client.signal });
  }

  toString(): string {
    return `<Event ${this.#isSet ? 'set' : 'unset'}>`;
  }
}
