/** `imap` and `imapUnordered` of a pool of a manager, at the client: results are fetched as they are taken. */
import { onAbort } from '../../base/abort.ts';
import { checkTimeout, type WaitOptions } from '../../base/deadlines.ts';
import { deferred } from '../../base/deferred.ts';
import { ManagerGoneError } from '../../base/errors.ts';
import { whenCollected } from '../../memory/collected.ts';
import { type Items, type Results, withLimits } from '../../pool/results.ts';
import { PoolInput } from './pool_input.ts';
import type { Outcome, PoolStreamProxy } from './pool_stream_proxy.ts';

/** Results that are fetched together at the most. */
const MOST = 64;

type Result = IteratorResult<unknown, undefined>;

interface Take {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
  /** The iterator lives while somebody waits for it to give something. */
  readonly iterator: object;
}

const END = { done: true, value: undefined } as const;

/** `open` has the server's side made. `signal` ends the iteration with its reason, and what runs for it. */
export function remoteResults<R>(
  open: () => Promise<PoolStreamProxy>,
  items: Items<unknown>,
  signal: AbortSignal | undefined,
): Results<R> {
  const stream = new Stream(open, items, signal);
  const done = async (): Promise<IteratorResult<R, undefined>> => {
    stream.stop();
    return END;
  };
  const results: Results<R> = {
    next: (wait) => nextOf(stream, results, wait) as Promise<IteratorResult<R, undefined>>,
    return: done,
    throw: async (error) => {
      stream.stop();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: async () => stream.stop(),
  };
  stopWhenCollected(results, stream);
  return results;
}

/** A function of its own: a closure beside `results` would keep them. */
function stopWhenCollected(results: object, stream: Stream): void {
  whenCollected(results, () => stream.stop());
}

async function nextOf(stream: Stream, iterator: object, options: WaitOptions | undefined): Promise<Result> {
  const timeout = checkTimeout(options);
  const signal = options?.signal;
  signal?.throwIfAborted();
  const { promise, withdraw } = stream.take(iterator);
  return timeout === Infinity && !signal ? promise : withLimits(promise, withdraw, timeout, signal);
}

class Stream {
  readonly #input: PoolInput;
  readonly #proxy: Promise<PoolStreamProxy>;
  readonly #outcomes: Outcome[] = [];
  readonly #takes: Take[] = [];
  readonly #ignoreAbort: (() => void) | undefined;
  /** How many results were fetched. */
  #fetched = 0;
  #isFetching = false;
  /** Nothing more is to be fetched. */
  #isOver = false;
  /** What comes after the results that are there. */
  #failure: { readonly error: unknown } | undefined;

  constructor(open: () => Promise<PoolStreamProxy>, items: Items<unknown>, signal: AbortSignal | undefined) {
    let proxy: PoolStreamProxy;
    this.#input = new PoolInput(items, (part, isLast) => proxy.feed(part, isLast));
    this.#proxy = open();
    this.#proxy.then(
      (made) => {
        proxy = made;
        void this.#input.read();
      },
      (error) => this.#end({ error }),
    );
    if (signal?.aborted) this.#cancel(signal.reason);
    else this.#ignoreAbort = signal && onAbort(signal, () => this.#cancel(signal.reason));
  }

  take(iterator: object): { promise: Promise<Result>; withdraw: () => boolean } {
    const { promise, resolve, reject } = deferred<Result>();
    const take = { resolve, reject, iterator };
    this.#takes.push(take);
    this.#serve();
    const withdraw = (): boolean => {
      const index = this.#takes.indexOf(take);
      if (index >= 0) this.#takes.splice(index, 1);
      return index >= 0;
    };
    return { promise, withdraw };
  }

  /** What has not begun is not run. */
  stop(): void {
    this.#leave((proxy) => proxy.stop());
    this.#outcomes.length = 0;
    this.#end(undefined);
  }

  #cancel(reason: unknown): void {
    if (this.#isOver && this.#outcomes.length === 0) return;
    this.#leave((proxy) => proxy.cancel(reason));
    this.#outcomes.length = 0;
    this.#end({ error: reason });
  }

  #leave(say: (proxy: PoolStreamProxy) => void): void {
    if (this.#isOver) return;
    this.#proxy.then(say).catch(() => {});
  }

  #end(failure: { readonly error: unknown } | undefined): void {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#ignoreAbort?.();
      this.#input.stop();
      this.#proxy.then((proxy) => proxy[Symbol.dispose]()).catch(() => {});
    }
    this.#failure = failure;
    this.#serve();
  }

  /** Gives what is there to who waits for it. */
  #serve(): void {
    while (this.#takes.length > 0) {
      const outcome = this.#outcomes.shift();
      if (!outcome && !this.#isOver) {
        void this.#fetch();
        return;
      }
      const { resolve, reject } = this.#takes.shift()!;
      const failure = outcome ? (outcome[0] ? { error: outcome[1] } : undefined) : this.#failure;
      if (!outcome) this.#failure = undefined;
      if (failure) reject(failure.error);
      else resolve(outcome ? { done: false, value: outcome[1] } : END);
    }
  }

  async #fetch(): Promise<void> {
    if (this.#isFetching) return;
    this.#isFetching = true;
    await this.#fetchSome(MOST);
    this.#isFetching = false;
    this.#serve();
  }

  async #fetchSome(most: number): Promise<void> {
    try {
      const outcomes = await (await this.#proxy).take(this.#fetched, most);
      if (this.#isOver) return;
      if (outcomes === undefined) this.#end(this.#input.failure);
      else this.#add(outcomes);
    } catch (error) {
      if (this.#isOver) return;
      if (error instanceof ManagerGoneError) this.#end({ error });
      else if (most === 1) this.#add([[true, error]]);
      // One of several cannot be had: those before and after it can.
      else await this.#fetchSome(1);
    }
  }

  #add(outcomes: readonly Outcome[]): void {
    this.#fetched += outcomes.length;
    this.#outcomes.push(...outcomes);
  }
}
