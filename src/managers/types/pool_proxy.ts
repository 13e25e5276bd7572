/** The proxy of Pool. */
import { argumentTypeError } from '../../base/errors.ts';
import { type AsyncResult, type CallbackOptions, withCallbacks } from '../../pool/async_result.ts';
import type { MapOptions } from '../../pool/options.ts';
import { checkItems } from '../../pool/pool.ts';
import type { Items, Results } from '../../pool/results.ts';
import type { PoolStats } from '../../pool/stats.ts';
import type { TaskOptions } from '../../pool/terms.ts';
import { BaseProxy } from '../proxy.ts';
import { registerProxyClass } from '../proxy_classes.ts';
import { type AskProgress, remoteResult, toldProgress } from './pool_calls.ts';
import { remoteResults } from './pool_results.ts';
import type { PoolStreamProxy } from './pool_stream_proxy.ts';

type AnyTask = (...args: any[]) => unknown;

/**
 * A pool of a manager: its workers are children of the manager's server, and any client gives them tasks. Functions are exported, as those of any pool; so is one
 * that is given as `backoff`, which runs in the server. Callbacks and `progress` run here. A client that is gone takes back what it has called and not got.
 */
export class PoolProxy extends BaseProxy<never> implements AsyncDisposable {
  /** `f(...args)` in a worker. Rejects with what it throws, TypeError for arguments that are none. */
  apply<R>(f: () => R): AsyncResult<Awaited<R>>;
  apply<A extends readonly unknown[], R>(
    f: (...args: A) => R,
    args: readonly [...A],
    options?: TaskOptions,
  ): AsyncResult<Awaited<R>>;
  apply(f: AnyTask, args: readonly unknown[] = [], options?: TaskOptions): AsyncResult<any> {
    const send = (all: object): Promise<unknown> => this.callMethod('apply', [checked(f, 'apply'), args, all]);
    return remoteResult({ f, options, send, ask: this.#ask });
  }

  /** The same with callbacks, for code that comes from Python. They run here. */
  applyAsync<A extends readonly unknown[], R>(
    f: (...args: A) => R,
    args?: readonly [...A],
    options?: TaskOptions & CallbackOptions<Awaited<R>>,
  ): AsyncResult<Awaited<R>> {
    return called(options, (rest) => this.apply(f, (args === undefined ? [] : args) as readonly [...A], rest));
  }

  /** `f(item)` for each item, as a list in the order of the items. The input is read here, to its end, and then sent. */
  map<T, R>(f: (item: T) => R, items: Items<T>, options?: MapOptions): AsyncResult<Awaited<R>[]> {
    return this.#list('map', f, items, options);
  }

  mapAsync<T, R>(
    f: (item: T) => R,
    items: Items<T>,
    options?: MapOptions & CallbackOptions<Awaited<R>[]>,
  ): AsyncResult<Awaited<R>[]> {
    return called(options, (rest) => this.map(f, items, rest));
  }

  /** `f(...item)` for each item. */
  starmap<A extends readonly unknown[], R>(
    f: (...args: A) => R,
    items: Items<readonly [...A]>,
    options?: MapOptions,
  ): AsyncResult<Awaited<R>[]> {
    return this.#list('starmap', f, items, options);
  }

  starmapAsync<A extends readonly unknown[], R>(
    f: (...args: A) => R,
    items: Items<readonly [...A]>,
    options?: MapOptions & CallbackOptions<Awaited<R>[]>,
  ): AsyncResult<Awaited<R>[]> {
    return called(options, (rest) => this.starmap(f, items, rest));
  }

  /**
   * Results one by one in the order of the items. The input is read as far as the pool wants it: it may be endless. Its error comes out after the results of what came
   * before it; so does SerializationError for an item that cannot be sent. Leaving the loop, or `return()`, gives up what has not begun.
   */
  imap<T, R>(f: (item: T) => R, items: Items<NoInfer<T>>, options?: MapOptions): Results<Awaited<R>> {
    return this.#stream('imap', f, items, options);
  }

  /** The same, as they come. */
  imapUnordered<T, R>(f: (item: T) => R, items: Items<NoInfer<T>>, options?: MapOptions): Results<Awaited<R>> {
    return this.#stream('imapUnordered', f, items, options);
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

  readonly #ask: AskProgress = (number) => this.callMethod('nextProgress', [number]);

  #list<R>(method: 'map' | 'starmap', f: AnyTask, items: Items<unknown>, options: MapOptions | undefined): AsyncResult<R> {
    let list: readonly unknown[] | undefined;
    const collect = async (isOver: () => boolean): Promise<void> => {
      const collected: unknown[] = [];
      for await (const item of items as AsyncIterable<unknown>) {
        if (isOver()) break;
        collected.push(item);
      }
      list = collected;
    };
    const send = (all: object): Promise<R> => {
      checkItems(items, method);
      return this.callMethod(method, [checked(f, method), list ?? [...(items as Iterable<unknown>)], all]);
    };
    const read = Symbol.asyncIterator in Object(items) ? collect : undefined;
    return remoteResult<R>({ f, options, read, send, ask: this.#ask });
  }

  #stream<R>(method: 'imap' | 'imapUnordered', f: AnyTask, items: Items<unknown>, options: MapOptions | undefined): Results<R> {
    checked(f, method);
    checkItems(items, method);
    const told = toldProgress(f, options);
    const { signal, ...rest } = options ?? {};
    const open = async (): Promise<PoolStreamProxy> => {
      const pool = this.stay();
      const args = [f, { ...rest, progress: told.number }, method === 'imap'];
      const opened = this.callMethod<PoolStreamProxy>('stream', args);
      // The program does not stay for what nobody takes.
      told.follow((number) => pool.ask('nextProgress', [number]) as ReturnType<AskProgress>).then(() => pool.release());
      return opened;
    };
    return remoteResults<R>(open, items, signal);
  }
}

/** With callbacks, which stay here. */
function called<O extends CallbackOptions<any>, R>(
  options: O | undefined,
  call: (rest: Omit<O, keyof CallbackOptions<R>> | undefined) => AsyncResult<R>,
): AsyncResult<R> {
  if (options === undefined) return call(undefined);
  const { callback, errorCallback, ...rest } = options;
  return withCallbacks(call(rest), { callback, errorCallback });
}

function checked<F>(f: F, method: string): F {
  if (typeof f === 'function') return f;
  throw argumentTypeError(`pool.${method}() needs a function, not ${f === null ? 'null' : typeof f}: pass the function itself`);
}

registerProxyClass('Pool', PoolProxy);
