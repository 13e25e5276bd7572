/** What a listener has for those who accept: connections, and errors of those that had a wrong key. */
import { onAbort } from '../base/abort.ts';
import { startTimer } from './timers.ts';

/** So many errors wait for somebody who accepts; older ones are forgotten. */
const MOST_ERRORS = 100;

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

interface Waiter<T> {
  readonly settle: (outcome: Outcome<T>) => void;
}

export class Outcomes<T> {
  readonly #ready: Outcome<T>[] = [];
  readonly #waiters: Waiter<T>[] = [];
  readonly #most: number;
  #errors = 0;
  #end: unknown;
  readonly #keepAlive: (isWaitedFor: boolean) => void;

  /** `most` values wait for somebody who accepts. */
  constructor(most: number, keepAlive: (isWaitedFor: boolean) => void) {
    this.#most = most;
    this.#keepAlive = keepAlive;
  }

  /** Whether there is no room for another value. */
  get isFull(): boolean {
    return this.#ready.length - this.#errors >= this.#most;
  }

  add(value: T): void {
    this.#put({ value });
  }

  addError(error: unknown): void {
    if (this.#waiters.length === 0 && ++this.#errors > MOST_ERRORS) {
      this.#ready.splice(
        this.#ready.findIndex((outcome) => 'error' in outcome),
        1,
      );
      this.#errors--;
    }
    this.#put({ error });
  }

  /** Undefined = time ran out. Rejects with the error of an outcome, or of `close`. */
  take(timeout: number, signal: AbortSignal | undefined): Promise<T | undefined> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const first = this.#ready.shift();
    if (first === undefined) return timeout === 0 ? Promise.resolve(undefined) : this.#wait(timeout, signal);
    if ('value' in first) return Promise.resolve(first.value);
    this.#errors--;
    return Promise.reject(first.error);
  }

  /** Nobody gets anything any more. Returns what nobody has taken. */
  close(error: unknown): T[] {
    this.#end = error;
    for (const waiter of this.#waiters.splice(0)) waiter.settle({ error });
    return this.#ready.splice(0).flatMap((outcome) => ('value' in outcome ? [outcome.value] : []));
  }

  #put(outcome: Outcome<T>): void {
    const waiter = this.#waiters.shift();
    if (waiter) waiter.settle(outcome);
    else this.#ready.push(outcome);
  }

  #wait(timeout: number, signal: AbortSignal | undefined): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        const place = this.#waiters.indexOf(waiter);
        if (place >= 0) this.#waiters.splice(place, 1);
        stopTimer?.();
        ignoreAbort?.();
        if (this.#waiters.length === 0) this.#keepAlive(false);
      };
      const waiter: Waiter<T> = {
        settle: (outcome) => {
          end();
          if ('value' in outcome) resolve(outcome.value);
          else reject(outcome.error);
        },
      };
      this.#waiters.push(waiter);
      this.#keepAlive(true);
      const stopTimer = timeout === Infinity ? undefined : startTimer(timeout, () => (end(), resolve(undefined)));
      const ignoreAbort = signal && onAbort(signal, () => (end(), reject(signal.reason)));
    });
  }
}
