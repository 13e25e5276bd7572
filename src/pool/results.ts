/**
 * `imap` and `imapUnordered`: results one by one, while the input is read only as far as a bounded window ahead of what was taken.
 * An endless input is fine. Its error comes out in its place.
 */
import { onAbort } from '../base/abort.ts';
import { checkTimeout, type WaitOptions, type WaitSyncOptions } from '../base/deadlines.ts';
import { deferred } from '../base/deferred.ts';
import { TimeoutError } from '../base/errors.ts';
import { waiting } from '../wakeup/waiting.ts';
import { closeSource } from './chunks.ts';
import type { Dispatcher } from './dispatcher.ts';
import { type Job, makeUnit, notLoaded, type TaskFunction, type Unit } from './jobs.ts';
import { lengthOf, type ProgressOptions, watch } from './progress.ts';
import { Kind } from './protocol.ts';
import { cancelledError, STOPPED } from './task_errors.ts';
import type { Terms } from './terms.ts';

export type Items<T> = readonly T[] | Iterable<T> | AsyncIterable<T>;

type Outcome = { readonly value: unknown } | { readonly error: unknown };
interface Take {
  readonly resolve: (result: IteratorResult<unknown, undefined>) => void;
  readonly reject: (error: unknown) => void;
  /** The iterator lives while somebody waits for it to give something. */
  readonly iterator: object;
}

export interface StreamOptions extends ProgressOptions {
  readonly ordered: boolean;
  readonly chunksize: number;
  /** Tasks that may be under way or waiting to be taken. */
  readonly window: number;
  readonly terms: Terms | undefined;
  readonly signal: AbortSignal | undefined;
}

/** How much of the window is left when input is read again: a worker that gets a few quick tasks at a time sleeps after them, and to wake it costs more than they do. */
const REFILL_AT = 3 / 4;
/** While input is read again after so few ms, the window is wider: with more at a time there are fewer wake-ups (imap of no-ops: 0.6 of the time). */
const QUICK_MS = 5;
const QUICK_WINDOWS = 8;
/** Chunks of quick input that are given out at once. */
const BURST = 32;

class StreamJob implements Job {
  readonly fn: TaskFunction;
  before: Job | undefined;
  after: Job | undefined;
  isListed = false;
  readonly #dispatcher: Dispatcher;
  readonly #options: StreamOptions;
  readonly #source: Iterator<unknown> | AsyncIterator<unknown>;
  /** Ordered: by index, from #taken on. Unordered: in order of arrival. */
  readonly #outcomes = new Map<number, Outcome>();
  readonly #takes: Take[] = [];
  #arrived = 0;
  #taken = 0;
  #sent = 0;
  #settled = 0;
  #isPulling = false;
  #isFilling = false;
  #inputEnded = false;
  #inputError: { error: unknown } | undefined;
  /** Nobody takes results any more: the last was taken, or the iterator was closed. */
  #isOver = false;
  /** The pool has given up the tasks that were open. */
  #isAborted = false;
  #isCancelled = false;
  reason: unknown;
  readonly terms: Terms | undefined;
  /** Not `ignoreAbort`: its signal may end the iteration when all tasks are done, too. */
  #forgetSignal: (() => void) | undefined;
  /** The pool is joined. */
  #isFinishing = false;
  #chunk: unknown[] = [];
  #window: number;
  #filledAt = 0;
  /** Read, and not given out: only while input is quick, else workers would wait. */
  #units: Unit[] = [];

  constructor(dispatcher: Dispatcher, fn: TaskFunction, items: Items<unknown>, options: StreamOptions) {
    this.fn = fn;
    this.#dispatcher = dispatcher;
    this.#options = options;
    this.#window = options.window;
    this.#source =
      Symbol.asyncIterator in Object(items)
        ? (items as AsyncIterable<unknown>)[Symbol.asyncIterator]()
        : (items as Iterable<unknown>)[Symbol.iterator]();
    this.terms = options.terms;
    watch(this, options, lengthOf(items));
    dispatcher.begin(this, true);
    const { signal } = options;
    if (signal?.aborted) this.cancel(signal.reason);
    else this.#forgetSignal = signal && onAbort(signal, () => this.cancel(signal.reason));
    this.#fill();
  }

  // ---- input

  /** Reads as much input as the window has room for. */
  #fill(): void {
    if (this.#isFilling || this.#isPulling) return;
    const had = this.#sent;
    this.#isFilling = true;
    try {
      while (this.#hasRoom() && !this.#isPulling) this.#pull();
    } finally {
      this.#isFilling = false;
    }
    this.#flushIfWaiting();
    this.#submit();
    if (this.#sent > had) this.#pace();
    this.#serve();
  }

  #pace(): void {
    const now = performance.now();
    this.#window = now - this.#filledAt < QUICK_MS ? this.#options.window * QUICK_WINDOWS : this.#options.window;
    this.#filledAt = now;
  }

  /** A burst is complete, or its input is slow. */
  get #isDue(): boolean {
    return this.#units.length >= BURST || this.#window === this.#options.window;
  }

  #hasRoom(): boolean {
    if (this.#inputEnded || this.#isOver) return false;
    const behind = this.#isFinishing ? this.#settled : this.#taken;
    return this.#sent + this.#chunk.length - behind < this.#window;
  }

  #pull(): void {
    let next: IteratorResult<unknown> | PromiseLike<IteratorResult<unknown>>;
    try {
      next = this.#source.next();
      if (typeof (next as PromiseLike<unknown>).then !== 'function') {
        this.#accept(next as IteratorResult<unknown>);
        return;
      }
    } catch (error) {
      this.#endInput({ error });
      return;
    }
    this.#isPulling = true;
    Promise.resolve(next)
      .then((result) => this.#accept(result))
      .catch((error) => this.#endInput({ error }))
      .finally(() => {
        this.#isPulling = false;
        this.#fill();
      });
    // What came before it need not wait for slow input.
    this.#flush();
  }

  #accept(result: IteratorResult<unknown>): void {
    if (this.#isOver) return;
    if (result.done) {
      this.#endInput();
      return;
    }
    this.#chunk.push(result.value);
    if (this.#chunk.length >= this.#options.chunksize) this.#flush();
  }

  #endInput(failure?: { error: unknown }): void {
    if (this.#inputEnded) return;
    this.#inputEnded = true;
    this.#inputError = failure;
    this.#flush();
    this.#endIfDone();
  }

  /** A chunk that the window keeps from growing goes as it is. */
  #flushIfWaiting(): void {
    if (!this.#hasRoom()) this.#flush();
  }

  #flush(): void {
    if (this.#chunk.length === 0) return;
    this.#units.push(makeUnit(this, Kind.MAP, this.#chunk, this.#sent));
    this.#sent += this.#chunk.length;
    this.#dispatcher.tally.submitted += this.#chunk.length;
    this.#chunk = [];
    if (!this.#isFilling || this.#isDue) this.#submit();
  }

  #submit(): void {
    if (this.#units.length === 0) return;
    const units = this.#units;
    this.#units = [];
    this.#dispatcher.submit(units);
  }

  // ---- results

  settle(index: number, value: unknown): void {
    if (!this.#isAborted) this.#dispatcher.tally.done++;
    this.#put(index, { value });
  }

  fail(index: number, error: unknown): void {
    if (!this.#isAborted) this.#count(error);
    this.#put(index, { error });
  }

  /** What nobody wants any more and was not run counts nowhere. */
  #count(error: unknown): void {
    const { tally } = this.#dispatcher;
    if (error === STOPPED) tally.submitted--;
    else tally.fail(error);
  }

  #put(index: number, outcome: Outcome): void {
    if (this.#isAborted) return;
    this.#settled++;
    if (!this.#isOver) {
      this.#outcomes.set(this.#options.ordered ? index : this.#arrived++, outcome);
      this.#serve();
      if (this.#isFinishing) this.#fill();
    }
    this.#endIfDone();
  }

  /** Whether results were taken or not: the pool has nothing more to do for it. */
  #endIfDone(): void {
    if ((this.#inputEnded || this.#isOver) && this.#settled === this.#sent && this.#chunk.length === 0)
      this.#dispatcher.ended(this, true);
  }

  abort(error: unknown): void {
    if (!this.#isAborted) this.#dispatcher.tally.failed += this.#sent - this.#settled;
    this.#isAborted = true;
    if (!this.#isOver) {
      this.#closeSource();
      this.#inputError ??= { error };
      // What has arrived is still there to be taken; what has not fails.
      for (let index = this.#taken; index < this.#sent; index++)
        if (!this.#outcomes.has(index)) this.#outcomes.set(index, { error });
      this.#settled = this.#sent;
      this.#chunk = [];
      this.#serve();
    }
    this.#dispatcher.ended(this, true);
  }

  /** The pool is joined: nobody may be left to take results, so the input is read to its end, a window ahead of what is done. */
  finish(): void {
    this.#isFinishing = true;
    this.#fill();
  }

  get waitsForInput(): boolean {
    return this.#isPulling;
  }

  get isStopped(): boolean {
    return this.#isOver || this.#isCancelled;
  }

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** The iteration ends with the reason. */
  cancel(reason: unknown = cancelledError(this.fn)): void {
    if (this.#isOver || this.#isCancelled) return;
    this.#isCancelled = true;
    if (!this.#isAborted) this.#dispatcher.tally.failed += this.#sent - this.#settled;
    this.reason = reason;
    this.#isAborted = true;
    this.#forgetSignal?.();
    this.#closeSource();
    this.#inputError = { error: reason };
    this.#outcomes.clear();
    this.#chunk = [];
    this.#taken = this.#sent;
    this.#dispatcher.stopped(this);
    this.#dispatcher.ended(this, true);
    this.#serve();
  }

  // ---- the user's side

  /** The next result if it is there and nobody waits before: without the bookkeeping of a wait, which costs more than a quick task. */
  takeNow(): Promise<IteratorResult<unknown, undefined>> | undefined {
    const outcome = this.#takes.length === 0 ? this.#takeOutcome() : undefined;
    if (outcome === undefined) return undefined;
    return 'error' in outcome ? Promise.reject(outcome.error) : Promise.resolve({ done: false, value: outcome.value });
  }

  #takeOutcome(): Outcome | undefined {
    const outcome = this.#isOver ? undefined : this.#outcomes.get(this.#taken);
    if (outcome === undefined) return undefined;
    this.#outcomes.delete(this.#taken++);
    // Several items at a time: reading, sending and waking cost less in bulk.
    if (this.#sent + this.#chunk.length - this.#taken <= this.#window * REFILL_AT) this.#fill();
    return outcome;
  }

  /** What is next where nobody waits: a result, the input's error, 'end', or undefined: not there yet. */
  tryTake(): Outcome | 'end' | undefined {
    if (this.#isOver) return 'end';
    const outcome = this.#takeOutcome();
    if (outcome !== undefined || !this.#isUsedUp()) return outcome;
    this.#isOver = true;
    this.#dispatcher.ended(this, true);
    return this.#inputError ?? 'end';
  }

  /** Every result was taken, and there will be no more. */
  #isUsedUp(): boolean {
    return this.#inputEnded && this.#taken === this.#sent && this.#chunk.length === 0;
  }

  /** Blocks until `isDone`, or the next result cannot come without a turn of the event loop: that is thrown. False = time ran out. */
  waitSync(isDone: () => boolean, timeout: number): boolean {
    let missing: unknown;
    const isOver = (): boolean => {
      if (isDone()) return true;
      missing = this.#dispatcher.importing(this, this.#taken);
      return missing !== undefined;
    };
    if (!this.#dispatcher.waitSync(isOver, timeout)) return false;
    if (missing !== undefined) throw notLoaded(missing);
    return true;
  }

  take(iterator: object): { promise: Promise<IteratorResult<unknown, undefined>>; withdraw: () => boolean } {
    const { promise, resolve, reject } = deferred<IteratorResult<unknown, undefined>>();
    const take = { resolve, reject, iterator };
    this.#takes.push(take);
    waiting().keepAlive(1);
    this.#serve();
    return {
      promise,
      withdraw: () => {
        const index = this.#takes.indexOf(take);
        if (index < 0) return false;
        this.#takes.splice(index, 1);
        waiting().keepAlive(-1);
        return true;
      },
    };
  }

  /** Nobody wants more results: what is not sent is not run. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#forgetSignal?.();
    this.#closeSource();
    this.#dispatcher.stopped(this);
    this.#chunk = [];
    this.#outcomes.clear();
    this.#serve();
    this.#endIfDone();
  }

  #closeSource(): void {
    if (this.#inputEnded) return;
    this.#inputEnded = true;
    closeSource(this.#source);
  }

  /** Gives what has arrived to who waits for it. */
  #serve(): void {
    let isServed = false;
    while (this.#takes.length > 0) {
      const outcome = this.#outcomes.get(this.#taken);
      if (outcome && !this.#isOver) {
        this.#outcomes.delete(this.#taken++);
        isServed = true;
        const take = this.#nextTake();
        if ('error' in outcome) take.reject(outcome.error);
        else take.resolve({ done: false, value: outcome.value });
      } else if (this.#isOver || this.#isUsedUp()) {
        const failure = this.#isOver ? undefined : this.#inputError;
        this.#isOver = true;
        this.#forgetSignal?.();
        const take = this.#nextTake();
        if (failure) take.reject(failure.error);
        else take.resolve({ done: true, value: undefined });
        this.#dispatcher.ended(this, true);
      } else break;
    }
    if (isServed) this.#fill();
  }

  #nextTake(): Take {
    waiting().keepAlive(-1);
    return this.#takes.shift()!;
  }
}

/** An async iterator over results; `next({ timeout })` throws TimeoutError and loses no result. */
export interface Results<R> extends AsyncIterableIterator<R, undefined, WaitOptions | undefined>, AsyncDisposable {
  next(options?: WaitOptions): Promise<IteratorResult<R, undefined>>;
}

/** An iterator over results, each of which blocks the thread until it is there. `next({ timeout })` throws TimeoutError and loses no result. */
export interface ResultsSync<R> extends IterableIterator<R, undefined, WaitSyncOptions | undefined>, Disposable {
  next(options?: WaitSyncOptions): IteratorResult<R, undefined>;
}

/** `timeout` (ms) is that of each result. */
export function streamResultsSync<R>(
  dispatcher: Dispatcher,
  fn: TaskFunction,
  items: Items<unknown>,
  options: StreamOptions,
  timeout: number,
): ResultsSync<R> {
  const job = new StreamJob(dispatcher, fn, items, options);
  const stop = (): void => {
    job.stop();
    dispatcher.enforceStops();
  };
  const results: ResultsSync<R> = {
    next: (wait) => nextSync(job, checkTimeout(wait, timeout)) as IteratorResult<R, undefined>,
    return: () => {
      stop();
      return { done: true, value: undefined };
    },
    throw: (error) => {
      stop();
      throw error;
    },
    [Symbol.iterator]() {
      return this;
    },
    [Symbol.dispose]: stop,
  };
  abandoned.register(results, job);
  return results;
}

function nextSync(job: StreamJob, timeout: number): IteratorResult<unknown, undefined> {
  let next = job.tryTake();
  const isThere = (): boolean => {
    next ??= job.tryTake();
    return next !== undefined;
  };
  if (next === undefined && !job.waitSync(isThere, timeout)) throw new TimeoutError(`no result within ${timeout} ms`);
  if (next === 'end') return { done: true, value: undefined };
  const outcome = next as Outcome;
  if ('error' in outcome) throw outcome.error;
  return { done: false, value: outcome.value };
}

export function streamResults<R>(
  dispatcher: Dispatcher,
  fn: TaskFunction,
  items: Items<unknown>,
  options: StreamOptions,
): Results<R> {
  const job = new StreamJob(dispatcher, fn, items, options);
  const done = async (): Promise<IteratorResult<R, undefined>> => {
    job.stop();
    return { done: true, value: undefined };
  };
  const results: Results<R> = {
    next: (wait) =>
      ((wait === undefined && job.takeNow()) || limited(job, results, wait)) as Promise<IteratorResult<R, undefined>>,
    return: done,
    throw: async (error) => {
      job.stop();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: async () => job.stop(),
  };
  abandoned.register(results, job);
  return results;
}

/** Whoever lets go of an iterator wants no more results. */
const abandoned = new FinalizationRegistry<StreamJob>((job) => job.stop());

function limited(job: StreamJob, iterator: object, options?: WaitOptions): Promise<IteratorResult<unknown, undefined>> {
  let timeout: number;
  const signal = options?.signal;
  try {
    timeout = checkTimeout(options);
    signal?.throwIfAborted();
  } catch (error) {
    return Promise.reject(error);
  }
  const { promise, withdraw } = job.take(iterator);
  return timeout === Infinity && !signal ? promise : withLimits(promise, withdraw, timeout, signal);
}

/** Waits with a limit of time (ms) or a signal; `withdraw` says whether there was still something to withdraw. */
export async function withLimits<T>(
  promise: Promise<T>,
  withdraw: () => boolean,
  timeout: number,
  signal?: AbortSignal,
): Promise<T> {
  const limit = deferred<never>();
  const timer =
    timeout === Infinity
      ? undefined
      : setTimeout(
          () => withdraw() && limit.reject(new TimeoutError(`no result within ${timeout} ms`)),
          Math.min(timeout, 2 ** 31 - 1),
        );
  const ignoreAbort = signal && onAbort(signal, () => withdraw() && limit.reject(signal.reason));
  try {
    return await Promise.race([promise, limit.promise]);
  } finally {
    clearTimeout(timer);
    ignoreAbort?.();
  }
}
