/** Calls of clients that wait for their turn: first come, first served. One that is cancelled, late or whose client is gone leaves, and has taken nothing. */
import { onAbort } from '../../base/abort.ts';
import { type Deferred, deferred } from '../../base/deferred.ts';
import type { Caller } from '../caller.ts';

/** How long a call waits, and how it ends without what it waited for. */
export interface WaitTerms<T> {
  /** Milliseconds; Infinity = for ever. */
  readonly timeout: number;
  /** What it brings, or throws, when time runs out. */
  readonly late: () => T;
  /** The call's, where it may be cancelled. Its client may always go. */
  readonly signal?: AbortSignal;
}

/** The longest that a timer of Node can be set to. */
const LONGEST_MS = 2 ** 31 - 1;

/** A call in a line. `data` is what it wants or brings. */
export class Wait<D, T> {
  readonly caller: Caller;
  readonly data: D;
  readonly #result: Deferred<T> = deferred<T>();
  /** What its end takes back; undefined = it is over. */
  #leaving: (() => void)[] | undefined = [];

  constructor(caller: Caller, data: D) {
    this.caller = caller;
    this.data = data;
  }

  get promise(): Promise<T> {
    return this.#result.promise;
  }

  /** Gives it what it waited for. */
  serve(value: T): void {
    if (this.#leave()) this.#result.resolve(value);
  }

  fail(error: unknown): void {
    if (this.#leave()) this.#result.reject(error);
  }

  /** @internal */
  onLeave(run: () => void): void {
    this.#leaving?.push(run);
  }

  /** False = it is over already. */
  #leave(): boolean {
    const leaving = this.#leaving;
    if (!leaving) return false;
    this.#leaving = undefined;
    for (const run of leaving) run();
    return true;
  }
}

export class WaitingLine<D, T> {
  readonly #waits = new Set<Wait<D, T>>();

  get length(): number {
    return this.#waits.size;
  }

  /** The first whose client is still there. */
  get first(): Wait<D, T> | undefined {
    for (const wait of this.#waits) {
      if (!isGone(wait.caller)) return wait;
      // What its client held is being taken back at this moment: before its own turn came to leave.
      wait.fail(new ClientGone(wait.caller));
    }
    return undefined;
  }

  /** Whoever is served meanwhile leaves the line. */
  [Symbol.iterator](): IterableIterator<Wait<D, T>> {
    return this.#waits.values();
  }

  /** Waits behind all others until somebody serves it. */
  join(caller: Caller, data: D, { timeout, late, signal }: WaitTerms<T>): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const wait = new Wait<D, T>(caller, data);
    this.#waits.add(wait);
    wait.onLeave(() => this.#waits.delete(wait));
    if (signal) wait.onLeave(onAbort(signal, () => wait.fail(signal.reason)));
    wait.onLeave(caller.whenGone(() => wait.fail(new ClientGone(caller))));
    if (timeout !== Infinity) setEnd(wait, timeout, late);
    return wait.promise;
  }

  /** Serves the first. False = nobody waits. */
  serveFirst(value: T): boolean {
    const { first } = this;
    first?.serve(value);
    return first !== undefined;
  }

  failAll(error: unknown): void {
    for (const wait of [...this.#waits]) wait.fail(error);
  }
}

function setEnd<D, T>(wait: Wait<D, T>, timeout: number, late: () => T): void {
  const timer = setTimeout(
    () => {
      try {
        wait.serve(late());
      } catch (error) {
        wait.fail(error);
      }
    },
    Math.min(timeout, LONGEST_MS),
  );
  wait.onLeave(() => clearTimeout(timer));
}

/** How the wait of a client ends that is gone: nobody gets the answer. */
export class ClientGone extends Error {
  constructor(caller: Caller) {
    super(`the client ${caller.name} is gone`);
  }
}

function isGone(caller: Caller): boolean {
  let gone = false;
  const forget = caller.whenGone(() => {
    gone = true;
  });
  forget();
  return gone;
}
