/** `Pool`: worker processes that run exported functions. */
import { checkTimeout, type WaitSyncOptions } from '../base/deadlines.ts';
import { argumentTypeError, PoolTerminatedError, ProcessError } from '../base/errors.ts';
import { cpuCount } from '../platform/cpu_count.ts';
import { startMethodOf } from '../process/start_method.ts';
import { describeFunction } from '../references/describe.ts';
import { assertNotImporting } from '../references/import_guard.ts';
import { type AsyncResult, type CallbackOptions, takeSync, withCallbacks } from './async_result.ts';
import { AsyncInput, chunkSize, collect, cut } from './chunks.ts';
import { Dispatcher } from './dispatcher.ts';
import { warnIfDropped } from './dropped.ts';
import { insights } from './insights.ts';
import { CallJob, follow, ListJob, type TaskFunction } from './jobs.ts';
import { checkCount, checkMapOptions, checkPoolOptions, type MapOptions, type PoolOptions } from './options.ts';
import { checkProgress, watch } from './progress.ts';
import { Kind } from './protocol.ts';
import { type Items, type Results, type ResultsSync, type StreamOptions, streamResults, streamResultsSync } from './results.ts';
import { SharedArguments } from './shared_arguments.ts';
import { statistics } from './statistics.ts';
import type { PoolStats } from './stats.ts';
import { defaultTerms, type TaskOptions, type Terms, termsOf } from './terms.ts';

/** Chunks for each worker that `map` cuts its input into, as in CPython. */
const CHUNKS_PER_WORKER = 4;
/** Chunks for each worker that `imap` reads ahead. */
const WINDOW_CHUNKS = 64;

/**
 * A fixed number of worker processes, each with a private channel.
 *
 * The functions must be exported; what starts the pool stands under `isMain(import.meta)`. A worker that dies costs the task it ran (WorkerLostError) and is replaced.
 * An idle pool does not keep the program alive. Follows CPython's `multiprocessing.pool.Pool`.
 */
export class Pool<I extends readonly unknown[] = any> implements AsyncDisposable {
  readonly #dispatcher: Dispatcher;
  #processes: number;
  readonly #concurrency: number;
  readonly #terms: Terms | undefined;

  /** Throws RangeError for a number of workers that is none, BootstrapError where no process may be started. */
  constructor(options?: number | PoolOptions<I>) {
    const given = (typeof options === 'object' && options !== null ? options : { processes: options }) as PoolOptions<I>;
    checkPoolOptions(given);
    const { processes = cpuCount(), initializer, initargs, shared, concurrency = 1, retries } = given;
    const { maxTasksPerChild, maxAgePerChild, maxMemoryPerChild } = given;
    assertNotImporting('new Pool()');
    if (initializer) describeFunction(initializer);
    this.#processes = processes;
    this.#concurrency = concurrency;
    this.#terms = defaultTerms(retries);
    this.#dispatcher = new Dispatcher({
      method: startMethodOf(new.target),
      processes,
      initializer: initializer as TaskFunction | undefined,
      initargs: initargs ?? [],
      concurrency,
      limits: { tasks: maxTasksPerChild, age: maxAgePerChild, memory: maxMemoryPerChild },
      shared: shared && shared.length > 0 ? new SharedArguments(shared) : undefined,
    });
    warnIfDropped(this, this.#dispatcher);
  }

  /** Runs `f(...args)` in a worker. */
  apply<R>(f: () => R): AsyncResult<Awaited<R>>;
  apply<A extends readonly unknown[], R>(
    f: (...args: A) => R,
    args: readonly [...A],
    options?: TaskOptions,
  ): AsyncResult<Awaited<R>>;
  apply(f: TaskFunction, args: readonly unknown[] = [], options?: TaskOptions): AsyncResult<unknown> {
    this.#check(f, 'apply');
    if (!Array.isArray(args)) throw argumentTypeError(`args must be an array, not ${typeof args}: write pool.apply(f, [value])`);
    const terms = termsOf(options, this.#terms);
    if (options !== undefined) checkProgress(options);
    const job = new CallJob(f, args, this.#dispatcher, terms);
    if (options !== undefined) watch(job, options, 1);
    this.#dispatcher.begin(job);
    if (options?.signal) follow(job, options.signal);
    if (!job.isStopped) this.#dispatcher.submit([job]);
    return job.result;
  }

  /** The same with callbacks, for code that comes from Python. */
  applyAsync<A extends readonly unknown[], R>(
    f: (...args: A) => R,
    args?: readonly [...A],
    options?: TaskOptions & CallbackOptions<Awaited<R>>,
  ): AsyncResult<Awaited<R>> {
    return withCallbacks(this.apply(f, (args === undefined ? [] : args) as readonly [...A], options), options);
  }

  /** `f(item)` for each item, as a list in the order of the items. Waits for all; rejects with the failure of the first item that failed. */
  map<T, R>(f: (item: T) => R, items: Items<T>, options?: MapOptions): AsyncResult<Awaited<R>[]> {
    return this.#list('map', Kind.MAP, f as TaskFunction, items, options) as AsyncResult<Awaited<R>[]>;
  }

  mapAsync<T, R>(
    f: (item: T) => R,
    items: Items<T>,
    options?: MapOptions & CallbackOptions<Awaited<R>[]>,
  ): AsyncResult<Awaited<R>[]> {
    return withCallbacks(this.map(f, items, options), options);
  }

  /** `f(...item)` for each item. */
  starmap<A extends readonly unknown[], R>(
    f: (...args: A) => R,
    items: Items<readonly [...A]>,
    options?: MapOptions,
  ): AsyncResult<Awaited<R>[]> {
    return this.#list('starmap', Kind.STAR, f as TaskFunction, items, options) as AsyncResult<Awaited<R>[]>;
  }

  starmapAsync<A extends readonly unknown[], R>(
    f: (...args: A) => R,
    items: Items<readonly [...A]>,
    options?: MapOptions & CallbackOptions<Awaited<R>[]>,
  ): AsyncResult<Awaited<R>[]> {
    return withCallbacks(this.starmap(f, items, options), options);
  }

  /** Results one by one in the order of the items. The input is read lazily, a bounded window ahead: it may be endless. */
  imap<T, R>(f: (item: T) => R, items: Items<NoInfer<T>>, options?: MapOptions): Results<Awaited<R>> {
    return this.#stream('imap', f as TaskFunction, items, options, true);
  }

  /**
   * `apply` that blocks the thread and returns the result. `timeout` (ms) is of the whole wait, the queue included: TimeoutError, and what has not begun is not
   * run. Other calls of this pool go on meanwhile, and workers that die are replaced. FunctionReferenceError when the class of the result is in a module that
   * has to be imported first; DeadlockError inside what the pool calls while it sends or receives (getters, reducers, iterators over items).
   */
  applySync<R>(f: () => R): Awaited<R>;
  applySync<A extends readonly unknown[], R>(
    f: (...args: A) => R,
    args: readonly [...A],
    options?: Blocking<TaskOptions>,
  ): Awaited<R>;
  applySync(f: TaskFunction, args: readonly unknown[] = [], options?: Blocking<TaskOptions>): unknown {
    const limit = checkTimeout(options);
    return takeSync(this.apply(f, args, termsAlone(options)), limit);
  }

  /** `map` that blocks the thread, as `applySync`. No async iterables: a thread that blocks cannot read them. */
  mapSync<T, R>(f: (item: T) => R, items: Iterable<T>, options?: Blocking<MapOptions>): Awaited<R>[] {
    return this.#listSync('mapSync', Kind.MAP, f as TaskFunction, items, options) as Awaited<R>[];
  }

  /** `starmap` that blocks the thread, as `mapSync`. */
  starmapSync<A extends readonly unknown[], R>(
    f: (...args: A) => R,
    items: Iterable<readonly [...A]>,
    options?: Blocking<MapOptions>,
  ): Awaited<R>[] {
    return this.#listSync('starmapSync', Kind.STAR, f as TaskFunction, items, options) as Awaited<R>[];
  }

  /**
   * `imap` whose results are had by a plain `for`, which blocks the thread until the next is there; `timeout` (ms) is that of each result. The input is
   * read a bounded window ahead; leaving the loop, or `return()`, gives up what has not begun.
   */
  imapSync<T, R>(f: (item: T) => R, items: Iterable<NoInfer<T>>, options?: Blocking<MapOptions>): ResultsSync<Awaited<R>> {
    this.#check(f, 'imapSync');
    checkSyncItems(items, 'imapSync');
    checkMapOptions(options);
    const limit = checkTimeout(options);
    return streamResultsSync(this.#dispatcher, f as TaskFunction, items, this.#streamOptions(termsAlone(options), true), limit);
  }

  /** Results one by one as they come. */
  imapUnordered<T, R>(f: (item: T) => R, items: Items<NoInfer<T>>, options?: MapOptions): Results<Awaited<R>> {
    return this.#stream('imapUnordered', f as TaskFunction, items, options, false);
  }

  /**
   * From now on the pool has `processes` workers. More start at once. Of too many the idle ones end first; a busy one finishes the task or chunk that
   * it runs, and what it has not started others get. After close() it changes how many do the rest.
   *
   * Throws RangeError for a number that is none, BootstrapError where a worker cannot be started, ProcessError when the pool was terminated.
   */
  resize(processes: number): void {
    checkCount(processes, 'the number of workers');
    this.#dispatcher.resize(processes);
    this.#processes = processes;
  }

  /** Takes no more tasks; the workers end when all are done. */
  close(): void {
    this.#dispatcher.close();
  }

  /** Ends the workers at once; tasks that have not ended fail with PoolTerminatedError. */
  terminate(): void {
    this.#dispatcher.terminate(new PoolTerminatedError('the pool was terminated before this task ended'));
  }

  /** Waits until the workers have ended, after close() or terminate(). */
  async join(): Promise<void> {
    this.#checkEnding('join');
    const { gone } = this.#dispatcher;
    this.#dispatcher.keepsAlive = true;
    await gone;
  }

  /** The same, blocking the thread. DeadlockError when a call has an async input, or a result that waits for an import. */
  joinSync(): void {
    this.#checkEnding('joinSync');
    this.#dispatcher.joinSync();
  }

  /** The same without waiting: whether the workers have ended. */
  tryJoin(): boolean {
    this.#checkEnding('tryJoin');
    return this.#dispatcher.isGone;
  }

  /** What the workers do and have done, how tasks end, how long they wait and run: at this moment, also when the pool has ended. */
  stats(): PoolStats {
    return statistics(this.#dispatcher.tally, this.#dispatcher.roster);
  }

  /** The same as a table to read: `console.log(pool.insights())`. With a warning where the workers spent less than 80% of their time in tasks. */
  insights(): string {
    return insights(this.stats());
  }

  /** terminate and join, as in Python. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.terminate();
    await this.join();
  }

  toString(): string {
    const state = this.#dispatcher.isEnding ? 'CLOSE' : 'RUN';
    return `<Pool state=${state} pool_size=${this.#processes}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  #checkEnding(method: string): void {
    if (!this.#dispatcher.isEnding)
      throw new ProcessError(`the pool is still running: call close() or terminate() before ${method}()`);
  }

  #check(f: unknown, method: string): asserts f is TaskFunction {
    if (typeof f !== 'function')
      throw argumentTypeError(
        `pool.${method}() needs a function, not ${f === null ? 'null' : typeof f}: pass the function itself`,
      );
    const { refusal } = this.#dispatcher;
    if (refusal) throw refusal;
    // At the call: that a function cannot travel is the caller's mistake, not a task's.
    describeFunction(f);
  }

  #list(
    method: string,
    kind: typeof Kind.MAP | typeof Kind.STAR,
    f: TaskFunction,
    items: Items<unknown>,
    options?: MapOptions,
  ): AsyncResult<unknown[]> {
    this.#check(f, method);
    checkItems(items, method);
    checkMapOptions(options);
    const job = new ListJob(f, this.#dispatcher, termsOf(options, this.#terms));
    const progress = watch(job, options);
    this.#dispatcher.begin(job);
    if (options?.signal) follow(job, options.signal);
    if (job.isStopped) return job.result;
    const submit = (list: readonly unknown[]): void => {
      job.input = undefined;
      if (job.result.ready()) return;
      progress?.expect(list.length);
      job.expect(list.length);
      const chunk = options?.chunksize ?? this.#chunkSize(list.length);
      this.#dispatcher.submit(cut(job, kind, list, chunk));
    };
    // An input that throws fails the result, whether it is sync or async.
    try {
      if (Symbol.asyncIterator in Object(items)) {
        const input = new AsyncInput(items as AsyncIterable<unknown>);
        job.input = input;
        input.read().then(submit, (error) => {
          job.input = undefined;
          job.abort(error);
        });
      } else submit(collect(items as Iterable<unknown>));
    } catch (error) {
      job.abort(error);
    }
    return job.result;
  }

  /** Where a worker has several tasks at once they are such as wait: what a message costs is little against that, and one by one they go where there is room. */
  #chunkSize(items: number): number {
    return this.#concurrency > 1 ? 1 : chunkSize(items, this.#processes * CHUNKS_PER_WORKER);
  }

  #stream<R>(
    method: string,
    f: TaskFunction,
    items: Items<unknown>,
    options: MapOptions | undefined,
    ordered: boolean,
  ): Results<R> {
    this.#check(f, method);
    checkItems(items, method);
    checkMapOptions(options);
    return streamResults<R>(this.#dispatcher, f, items, this.#streamOptions(options, ordered));
  }

  #streamOptions(options: MapOptions | undefined, ordered: boolean): StreamOptions {
    const chunksize = options?.chunksize ?? 1;
    return {
      ordered,
      chunksize,
      progress: options?.progress,
      window: chunksize * Math.max(WINDOW_CHUNKS, 2 * this.#concurrency) * this.#processes,
      terms: termsOf(options, this.#terms),
      signal: options?.signal,
    };
  }

  #listSync(
    method: string,
    kind: typeof Kind.MAP | typeof Kind.STAR,
    f: TaskFunction,
    items: Iterable<unknown>,
    options?: Blocking<MapOptions>,
  ): unknown[] {
    const limit = checkTimeout(options);
    checkSyncItems(items, method);
    return takeSync(this.#list(method, kind, f, items, termsAlone(options)), limit);
  }
}

/** Of a call that blocks: `timeout` is that of the wait, and no signal can be heard. */
type Blocking<O extends TaskOptions> = Omit<O, 'timeout' | 'signal'> & WaitSyncOptions;

/** What is said of the tasks, and not of the wait. */
function termsAlone<O extends TaskOptions>(options: Blocking<O> | undefined): O | undefined {
  return options && ({ ...options, timeout: undefined } as unknown as O);
}

function checkSyncItems(items: unknown, method: string): void {
  checkItems(items, method);
  if (typeof items === 'object' && !(Symbol.iterator in items!))
    throw argumentTypeError(
      `pool.${method}() needs items that can be had without waiting, not an async iterable: use the async form`,
    );
}

/** Throws TypeError for what is no input. */
export function checkItems(items: unknown, method: string): void {
  const isIterable =
    (typeof items === 'object' && items !== null && (Symbol.iterator in items || Symbol.asyncIterator in items)) ||
    typeof items === 'string';
  if (!isIterable)
    throw argumentTypeError(
      `pool.${method}() needs an array, an iterable or an async iterable of items, not ${items === null ? 'null' : typeof items}`,
    );
}
