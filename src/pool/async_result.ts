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

const captured: { resolve?: (value: any) => void; reject?: (error: unknown) => void } = {};

/** One executor for all results: a closure for each would be a third of what a task allocates. */
function capture(resolve: (value: any) => void, reject: (error: unknown) => void): void {
  captured.resolve = resolve;
  captured.reject = reject;
}

/** `then` gives plain promises. */
export class AsyncResult<R> extends Promise<R> {
  #outcome: Outcome = 'pending';
  #source: ResultSource | undefined;
  /** Of the outcome: for who does not await it. */
  #value: unknown;
  #resolve: ((value: R) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  #callback: ((value: R) => void) | undefined;
  #errorCallback: ((error: unknown) => void) | undefined;

  static {
    // To `await` and `Promise.all` it is a plain promise: one of another constructor they wrap in a second promise, at two turns of the microtask queue.
    Object.defineProperty(AsyncResult.prototype, 'constructor', { value: Promise, configurable: true, writable: true });
    pendingResult = <R>(source: ResultSource) => {
      const result = new AsyncResult<R>(capture);
      result.#source = source;
      result.#resolve = captured.resolve;
      result.#reject = captured.reject;
      // They lead to the promise, and that to what it will be settled with.
      captured.resolve = captured.reject = undefined;
      return result;
    };
    // Callbacks come before who awaits, as in CPython. The first outcome counts: a result may still come in when the pool has given it up.
    fulfill = (result, value) => {
      if (result.#outcome !== 'pending') return;
      result.#outcome = 'fulfilled';
      result.#value = value;
      result.#source = undefined;
      if (result.#callback) queueMicrotask(() => result.#callback!(value));
      result.#resolve?.(value);
    };
    fail = (result, error) => {
      if (result.#outcome !== 'pending') return;
      result.#outcome = 'rejected';
      result.#value = error;
      result.#source = undefined;
      if (result.#errorCallback) queueMicrotask(() => result.#errorCallback!(error));
      result.#reject?.(error);
    };
    takeSync = (result, timeout) => {
      result.catch(() => {});
      if (!result.#waitSync(timeout)) {
        const error = new TimeoutError(`the result was not there after ${timeout} ms; tasks that had not begun are not run`);
        result.#source!.abandon(error);
        throw error;
      }
      return result.#settled();
    };
    withCallbacks = (result, { callback, errorCallback } = {}) => {
      // The failure counts as looked at by who gets it; `then(callback)` would count as a look, too.
      if (errorCallback) result.catch(() => {});
      result.#callback = callback;
      result.#errorCallback = errorCallback;
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
    return this.#settled();
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
    return this.#waitSync(checkTimeout(options));
  }

  /** The same without waiting. */
  tryWait(): boolean {
    return this.ready();
  }

  #waitSync(timeout: number): boolean {
    return this.ready() || this.#source!.waitSync(timeout);
  }

  #settled(): R {
    if (this.#outcome === 'rejected') throw this.#value;
    return this.#value as R;
  }

  /**
   * Ends the task, or all tasks of a `map`: it rejects at once, with `reason` or a CancelledError, and that counts as looked at. What was not started is not run;
   * a task that runs is ended together with its worker, which is replaced. False = it had ended before.
   */
  cancel(reason?: unknown): boolean {
    if (this.ready()) return false;
    this.catch(() => {});
    this.#source?.cancel(reason);
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
