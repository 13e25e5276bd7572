/** What `apply` and `map` return: a promise that can also be asked, as Python's AsyncResult. */
import { onAbort } from '../base/abort.ts';
import { checkTimeout, type WaitOptions, type WaitSyncOptions } from '../base/deadlines.ts';
import { ProcessError, TimeoutError } from '../base/errors.ts';

type Outcome = 'pending' | 'fulfilled' | 'rejected';

/** Where a result comes from. */
export interface ResultSource {
  /** Blocks until the result is settled. False = `timeout` ms have passed. */
  waitSync(timeout: number): boolean;
  /** Nobody waits for it any more: what has not been sent is not run, and it fails. */
  abandon(error: unknown): void;
  /** Without a reason: CancelledError. */
  cancel(reason?: unknown): void;
}

/** For the pool: makes and settles results. */
export let pendingResult: <R>(source: ResultSource) => AsyncResult<R>;
/** For calls that block: the value of a result that nobody else has. After a time-out nobody will want it. */
export let takeSync: <R>(result: AsyncResult<R>, timeout: number) => R;
export let fulfill: <R>(result: AsyncResult<R>, value: R) => void;
export let fail: (result: AsyncResult<any>, error: unknown) => void;
/** Has one of the callbacks called when the task ends. What a callback throws is an uncaught exception. */
export let withCallbacks: <R>(result: AsyncResult<R>, options?: CallbackOptions<R>) => AsyncResult<R>;

export interface CallbackOptions<R> {
  callback?: (value: R) => void;
  /** With it a failure counts as looked at. */
  errorCallback?: (error: unknown) => void;
}

const captured: { resolve?: (value: any) => void } = {};

/** One executor for all results: a closure for each would be a third of what a task allocates. */
function capture(resolve: (value: any) => void): void {
  captured.resolve = resolve;
}

/** What a promise that is resolved with it fails by. A rejected promise would be that, too, and be looked at by Node as one that nobody handles: 7 us. */
class Rejection implements PromiseLike<never> {
  readonly #error: unknown;

  constructor(error: unknown) {
    this.#error = error;
  }

  // biome-ignore lint/suspicious/noThenProperty: that it has one is its purpose
  then(_resolve: unknown, reject?: ((error: unknown) => any) | null): PromiseLike<any> {
    reject?.(this.#error);
    return this;
  }
}

/**
 * `then` gives plain promises.
 *
 * Of a program that has 100,000 tasks under way a quarter of the time is the collector's, who copies what waits: hence few fields, and no private methods, which cost one.
 */
export class AsyncResult<R> extends Promise<R> {
  #outcome: Outcome = 'pending';
  /** Where it comes from; once it is settled, the value or the error: for who does not await it. */
  #content: unknown;
  /** Settles the promise, to reject it with a Rejection: to keep `reject` as well would be an eighth more. */
  #resolve: ((value: R | PromiseLike<R>) => void) | undefined;
  #callbacks: CallbackOptions<R> | undefined;

  static {
    // To `await` and `Promise.all` it is a plain promise: one of another constructor they wrap in a second promise, at two turns of the microtask queue.
    Object.defineProperty(AsyncResult.prototype, 'constructor', { value: Promise, configurable: true, writable: true });
    pendingResult = <R>(source: ResultSource) => {
      const result = new AsyncResult<R>(capture);
      result.#content = source;
      result.#resolve = captured.resolve;
      // It leads to the promise, and that to what it will be settled with.
      captured.resolve = undefined;
      return result;
    };
    // Callbacks come before who awaits, as in CPython. The first outcome counts: a result may still come in when the pool has given it up.
    fulfill = (result, value) => {
      if (result.#outcome !== 'pending') return;
      result.#outcome = 'fulfilled';
      result.#content = value;
      const callback = result.#callbacks?.callback;
      if (callback) queueMicrotask(() => callback(value));
      result.#resolve!(value);
    };
    fail = (result, error) => {
      if (result.#outcome !== 'pending') return;
      result.#outcome = 'rejected';
      result.#content = error;
      const callback = result.#callbacks?.errorCallback;
      if (callback) queueMicrotask(() => callback(error));
      result.#resolve!(new Rejection(error));
    };
    takeSync = (result, timeout) => {
      result.catch(() => {});
      if (!AsyncResult.#waitSync(result, timeout)) {
        const error = new TimeoutError(`the result was not there after ${timeout} ms; tasks that had not begun are not run`);
        AsyncResult.#source(result).abandon(error);
        throw error;
      }
      return AsyncResult.#settled(result);
    };
    withCallbacks = (result, options) => {
      if (options === undefined) return result;
      const { callback, errorCallback } = options;
      // The failure counts as looked at by who gets it; `then(callback)` would count as a look, too.
      if (errorCallback) result.catch(() => {});
      result.#callbacks = { callback, errorCallback };
      // It failed while it was sent.
      if (result.#outcome === 'rejected' && errorCallback) result.catch(errorCallback);
      if (result.#outcome === 'fulfilled' && callback) result.then(callback, () => {});
      return result;
    };
  }

  /** The result. Throws what the task threw, TimeoutError after `timeout` ms. */
  async get(options?: WaitOptions): Promise<R> {
    if (!(await this.wait(options))) throw new TimeoutError(`the result was not there after ${options?.timeout} ms`);
    return await (this as Promise<R>);
  }

  /**
   * The same, blocking the thread, while everything in the pool goes on. FunctionReferenceError when the class of the result is in a module that has to be
   * imported first: the result stays, for the async form. DeadlockError inside what the pool calls while it sends or receives.
   */
  getSync(options?: WaitSyncOptions): R {
    if (!this.waitSync(options)) throw new TimeoutError(`the result was not there after ${options?.timeout} ms`);
    // It is looked at by this.
    if (this.#outcome === 'rejected') this.catch(() => {});
    return AsyncResult.#settled(this);
  }

  /** The result, or undefined while the task has not ended. */
  tryGet(): R | undefined {
    return this.ready() ? this.getSync() : undefined;
  }

  /** Whether the task has ended (either way) within `timeout` ms. */
  wait(options?: WaitOptions): Promise<boolean> {
    const timeout = checkTimeout(options);
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.ready() || timeout === 0) return Promise.resolve(this.ready());
    return new Promise((resolve, reject) => {
      const timer =
        timeout === Infinity ? undefined : setTimeout(() => end(() => resolve(false)), Math.min(timeout, 2 ** 31 - 1));
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        ignoreAbort?.();
        settle();
      };
      const ignoreAbort = signal && onAbort(signal, () => end(() => reject(signal.reason)));
      const done = (): void => end(() => resolve(true));
      this.then(done, done);
    });
  }

  /** The same, blocking the thread. */
  waitSync(options?: WaitSyncOptions): boolean {
    return AsyncResult.#waitSync(this, checkTimeout(options));
  }

  /** The same without waiting. */
  tryWait(): boolean {
    return this.ready();
  }

  static #waitSync(result: AsyncResult<any>, timeout: number): boolean {
    return result.ready() || AsyncResult.#source(result).waitSync(timeout);
  }

  static #source(pending: AsyncResult<any>): ResultSource {
    return pending.#content as ResultSource;
  }

  static #settled<R>(result: AsyncResult<R>): R {
    if (result.#outcome === 'rejected') throw result.#content;
    return result.#content as R;
  }

  /**
   * Ends the task, or all tasks of a `map`: it rejects at once, with `reason` or a CancelledError, and that counts as looked at. What was not started is not run;
   * a task that runs is ended together with its worker, which is replaced. False = it had ended before.
   */
  cancel(reason?: unknown): boolean {
    if (this.ready()) return false;
    this.catch(() => {});
    AsyncResult.#source(this).cancel(reason);
    return true;
  }

  /** Whether the task has ended, either way. */
  ready(): boolean {
    return this.#outcome !== 'pending';
  }

  /** Whether it ended without an error. Throws while it is not `ready()`. */
  successful(): boolean {
    if (!this.ready()) throw new ProcessError('the task has not ended: ask ready() first, or await wait()');
    return this.#outcome === 'fulfilled';
  }
}
