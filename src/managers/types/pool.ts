/** The pool of a manager: its workers are children of the server. */

import type { MapOptions, PoolOptions } from '../../pool/options.ts';
import { Pool } from '../../pool/pool.ts';
import type { ProgressEvent } from '../../pool/progress_event.ts';
import type { TaskOptions } from '../../pool/terms.ts';
import { type ArgumentCounts, methodsOf } from '../argument_counts.ts';
import { caller } from '../caller.ts';
import { PoolStream } from './pool_stream.ts';
import { Tellings } from './tellings.ts';

type AnyTask = (...args: any[]) => unknown;
/** `progress` may be a number, by which the client asks for the events. */
type Told<O> = Omit<O, 'progress'> & { progress?: number | boolean };

/** `multiprocessing.managers`' Pool, in the manager's server. A client that is gone, or cancels, takes back what it has called. */
export class ManagedPool {
  /** With how many arguments it is made, and its methods are called. */
  static readonly argumentCounts: ArgumentCounts = {
    new: [0, 1],
    apply: [1, 3],
    map: [2, 3],
    starmap: [2, 3],
    imap: [2, 3],
    imapUnordered: [2, 3],
    stream: 3,
    nextProgress: 1,
    resize: 1,
    stats: 0,
    close: 0,
    terminate: 0,
    join: 0,
  };
  /** What clients may call. */
  static readonly exposed: readonly string[] = methodsOf(ManagedPool.argumentCounts);

  readonly #pool: Pool;
  readonly #tellings = new Tellings();

  constructor(options?: number | PoolOptions) {
    this.#pool = new Pool(options);
  }

  apply(f: AnyTask, args: readonly unknown[] = [], options?: Told<TaskOptions>): Promise<unknown> {
    return this.#result<TaskOptions>(options, (all) => this.#pool.apply(f, args, all));
  }

  map(f: AnyTask, items: readonly unknown[], options?: Told<MapOptions>): Promise<unknown[]> {
    return this.#result<MapOptions, unknown[]>(options, (all) => this.#pool.map(f, items, all));
  }

  starmap(f: AnyTask, items: readonly (readonly unknown[])[], options?: Told<MapOptions>): Promise<unknown[]> {
    return this.#result<MapOptions, unknown[]>(options, (all) => this.#pool.starmap(f, items, all));
  }

  /** `imap`, or `imapUnordered`, of input that the client sends as it is read. */
  stream(f: AnyTask, options: Told<MapOptions> | undefined, isOrdered: boolean): PoolStream {
    return this.#told<MapOptions, PoolStream>(
      options,
      (told) =>
        new PoolStream(caller(), (input, signal) => {
          const all = { ...told, signal };
          return isOrdered ? this.#pool.imap(f, input, all) : this.#pool.imapUnordered(f, input, all);
        }),
    );
  }

  /** How far a call is that was given this number as its `progress`: the next event. Undefined: there is none any more. */
  nextProgress(number: number): ProgressEvent | undefined | Promise<ProgressEvent | undefined> {
    return this.#tellings.next(caller(), number);
  }

  /** Of input that is there. */
  async *imap(f: AnyTask, items: readonly unknown[], options?: MapOptions): AsyncGenerator<unknown, void, undefined> {
    yield* this.#pool.imap(f, items, options);
  }

  async *imapUnordered(f: AnyTask, items: readonly unknown[], options?: MapOptions): AsyncGenerator<unknown, void, undefined> {
    yield* this.#pool.imapUnordered(f, items, options);
  }

  resize(processes: number): void {
    this.#pool.resize(processes);
  }

  stats(): unknown {
    return this.#pool.stats();
  }

  close(): void {
    this.#pool.close();
  }

  terminate(): void {
    this.#pool.terminate();
  }

  join(): Promise<void> {
    return this.#pool.join();
  }

  toString(): string {
    return String(this.#pool);
  }

  /** Of a call that its client can cancel. */
  #result<O extends TaskOptions, R = unknown>(options: Told<O> | undefined, run: (options: O) => Promise<R>): Promise<R> {
    const client = caller();
    const result = this.#told<O, Promise<R>>(options, (told) => run({ ...told, signal: client.signal }));
    const { progress } = options ?? {};
    if (typeof progress !== 'number') return result;
    // The last event comes by itself, after the result.
    const end = (): void => void setImmediate(() => this.#tellings.end(client, progress));
    result.then(end, end);
    return result;
  }

  #told<O extends TaskOptions, R>(options: Told<O> | undefined, run: (options: O) => R): R {
    const progress = options?.progress;
    if (typeof progress !== 'number') return run(options as O);
    const client = caller();
    try {
      return run({ ...options, progress: this.#tellings.begin(client, progress) } as O);
    } catch (error) {
      this.#tellings.end(client, progress);
      throw error;
    }
  }
}
