/** The pool of a manager: its workers are children of the server. */

import type { MapOptions, PoolOptions } from '../../pool/options.ts';
import { Pool } from '../../pool/pool.ts';
import type { TaskOptions } from '../../pool/terms.ts';
import { type ArgumentCounts, methodsOf } from '../argument_counts.ts';
import { caller } from '../caller.ts';

type AnyTask = (...args: any[]) => unknown;

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
    resize: 1,
    stats: 0,
    close: 0,
    terminate: 0,
    join: 0,
  };
  /** What clients may call. */
  static readonly exposed: readonly string[] = methodsOf(ManagedPool.argumentCounts);

  readonly #pool: Pool;

  constructor(options?: number | PoolOptions) {
    this.#pool = new Pool(options);
  }

  apply(f: AnyTask, args: readonly unknown[] = [], options?: TaskOptions): Promise<unknown> {
    return this.#pool.apply(f, args, cancellable(options));
  }

  map(f: AnyTask, items: readonly unknown[], options?: MapOptions): Promise<unknown[]> {
    return this.#pool.map(f, items, cancellable(options));
  }

  starmap(f: AnyTask, items: readonly (readonly unknown[])[], options?: MapOptions): Promise<unknown[]> {
    return this.#pool.starmap(f, items, cancellable(options));
  }

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
}

function cancellable<O extends TaskOptions>(options: O | undefined): O {
  return { ...(options as O), signal: caller().signal };
}
