/** A time limit and a signal as one signal, for work of several steps. */
import { onAbort } from '../base/abort.ts';
import type { WaitOptions } from '../base/deadlines.ts';
import { startTimer } from './timers.ts';

export class TimeLimit {
  readonly #controller = new AbortController();
  readonly #ends: (() => void)[] = [];

  /** `late` is called when time is up: the error says what it was up for. `keepsAlive`: whether the event loop stays for it. */
  constructor({ timeout = Infinity, signal }: WaitOptions, keepsAlive: boolean, late: () => Error) {
    signal?.throwIfAborted();
    if (signal) this.#ends.push(onAbort(signal, () => this.#controller.abort(signal.reason)));
    if (timeout !== Infinity) this.#ends.push(startTimer(timeout, () => this.#controller.abort(late()), keepsAlive));
  }

  /** Aborts for either, with the error or the signal's reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The work is over. */
  end(): void {
    for (const end of this.#ends) end();
  }
}

/** `work`, or what the signal aborts with if that comes first: for work that cannot be stopped. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    const ignoreAbort = onAbort(signal, () => reject(signal.reason));
    work.then(resolve, reject).finally(ignoreAbort);
  });
}
