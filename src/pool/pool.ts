/** `Pool`: worker processes that run exported functions. */
import { argumentTypeError, PoolTerminatedError, ProcessError } from '../base/errors.ts';
import { cpuCount } from '../platform/cpu_count.ts';
import { startMethodOf } from '../process/start_method.ts';
import { describeFunction } from '../references/describe.ts';
import { assertNotImporting } from '../references/import_guard.ts';
import { type AsyncResult, type CallbackOptions, withCallbacks } from './async_result.ts';
import { chunkSize, collect, cut } from './chunks.ts';
import { Dispatcher } from './dispatcher.ts';
import { warnIfDropped } from './dropped.ts';
import { CallJob, follow, ListJob, makeUnit, type TaskFunction } from './jobs.ts';
import { checkCount, checkMapOptions, checkPoolOptions, type MapOptions, type PoolOptions } from './options.ts';
import { Kind } from './protocol.ts';
import { type Items, type Results, streamResults } from './results.ts';
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
  readonly #terms: Terms | undefined;

  /** Throws RangeError for a number of workers that is none, BootstrapError where no process may be started. */
  constructor(options?: number | PoolOptions<I>) {
    const given = (typeof options === 'object' && options !== null ? options : { processes: options }) as PoolOptions<I>;
    checkPoolOptions(given);
    const { processes = cpuCount(), initializer, initargs, retries, maxTasksPerChild, maxAgePerChild, maxMemoryPerChild } = given;
    assertNotImporting('new Pool()');
    if (initializer) describeFunction(initializer);
    this.#processes = processes;
    this.#terms = defaultTerms(retries);
    this.#dispatcher = new Dispatcher({
      method: startMethodOf(new.target),
      processes,
      initializer: initializer as TaskFunction | undefined,
      initargs: initargs ?? [],
      limits: { tasks: maxTasksPerChild, age: maxAgePerChild, memory: maxMemoryPerChild },
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
    const job = new CallJob(f, this.#dispatcher, termsOf(options, this.#terms));
    this.#dispatcher.begin(job);
    if (options?.signal) follow(job, options.signal);
    if (!job.isStopped) this.#dispatcher.submit([makeUnit(job, Kind.CALL, args, 0)]);
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
    if (!this.#dispatcher.isEnding)
      throw new ProcessError('the pool is still running: call close() or terminate() before join()');
    const { gone } = this.#dispatcher;
    this.#dispatcher.keepsAlive = true;
    await gone;
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
    this.#dispatcher.begin(job);
    if (options?.signal) follow(job, options.signal);
    if (job.isStopped) return job.result;
    const submit = (list: readonly unknown[]): void => {
      if (job.result.ready()) return;
      job.expect(list.length);
      const chunk = options?.chunksize ?? chunkSize(list.length, this.#processes * CHUNKS_PER_WORKER);
      this.#dispatcher.submit(cut(job, kind, list, chunk));
    };
    // An input that throws fails the result, whether it is sync or async.
    try {
      const list = collect(items, () => job.result.ready());
      if (Array.isArray(list)) submit(list);
      else (list as Promise<unknown[]>).then(submit, (error) => job.abort(error));
    } catch (error) {
      job.abort(error);
    }
    return job.result;
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
    const terms = termsOf(options, this.#terms);
    const chunksize = options?.chunksize ?? 1;
    return streamResults<R>(this.#dispatcher, f, items, {
      ordered,
      chunksize,
      window: chunksize * WINDOW_CHUNKS * this.#processes,
      terms,
      signal: options?.signal,
    });
  }
}

function checkItems(items: unknown, method: string): void {
  const isIterable =
    (typeof items === 'object' && items !== null && (Symbol.iterator in items || Symbol.asyncIterator in items)) ||
    typeof items === 'string';
  if (!isIterable)
    throw argumentTypeError(
      `pool.${method}() needs an array, an iterable or an async iterable of items, not ${items === null ? 'null' : typeof items}`,
    );
}
