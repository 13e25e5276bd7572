/** The proxy of Pool. */
import type { MapOptions } from '../../pool/options.ts';
import type { PoolStats } from '../../pool/stats.ts';
import type { TaskOptions } from '../../pool/terms.ts';
import { BaseProxy } from '../proxy.ts';
import { registerProxyClass } from '../proxy_classes.ts';

/** What travels: progress is told where the pool is. */
type RemoteOptions<O> = Omit<O, 'progress' | 'backoff'>;

/**
 * A pool of a manager: its workers are children of the manager's server, and any client gives them tasks. Functions are exported, as those of any pool. A client that
 * is gone takes back what it has called and not got.
 */
export class PoolProxy extends BaseProxy<never> implements AsyncDisposable {
  apply<R>(f: () => R): Promise<Awaited<R>>;
  apply<A extends readonly unknown[], R>(
    f: (...args: A) => R,
    args: readonly [...A],
    options?: RemoteOptions<TaskOptions>,
  ): Promise<Awaited<R>>;
  apply(f: unknown, args: readonly unknown[] = [], options?: object): Promise<any> {
    return this.callMethod('apply', [f, args, options]);
  }

  map<T, R>(f: (item: T) => R, items: Iterable<T>, options?: RemoteOptions<MapOptions>): Promise<Awaited<R>[]> {
    return this.callMethod('map', [f, [...items], options]);
  }

  starmap<A extends readonly unknown[], R>(
    f: (...args: A) => R,
    items: Iterable<readonly [...A]>,
    options?: RemoteOptions<MapOptions>,
  ): Promise<Awaited<R>[]> {
    return this.callMethod('starmap', [f, [...items], options]);
  }

  /** Results one by one, in order. */
  async *imap<T, R>(
    f: (item: T) => R,
    items: Iterable<NoInfer<T>>,
    options?: RemoteOptions<MapOptions>,
  ): AsyncGenerator<Awaited<R>, void, undefined> {
    yield* await this.callMethod<AsyncIterable<Awaited<R>>>('imap', [f, [...items], options]);
  }

  /** Results one by one, as they come. */
  async *imapUnordered<T, R>(
    f: (item: T) => R,
    items: Iterable<NoInfer<T>>,
    options?: RemoteOptions<MapOptions>,
  ): AsyncGenerator<Awaited<R>, void, undefined> {
    yield* await this.callMethod<AsyncIterable<Awaited<R>>>('imapUnordered', [f, [...items], options]);
  }

  resize(processes: number): Promise<void> {
    return this.callMethod('resize', [processes]);
  }

  stats(): Promise<PoolStats> {
    return this.callMethod('stats');
  }

  /** No task is taken any more. */
  close(): Promise<void> {
    return this.callMethod('close');
  }

  terminate(): Promise<void> {
    return this.callMethod('terminate');
  }

  /** Waits until the workers have ended, after `close()` or `terminate()`. */
  join(): Promise<void> {
    return this.callMethod('join');
  }

  /** Ends the pool for everybody: `terminate()` and `join()`, as in CPython. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.terminate();
    await this.join();
  }
}

registerProxyClass('Pool', PoolProxy);
