/**
 * `imap` and `imapUnordered` of a pool of a manager, in the server. The client sends input as far as the pool reads it, and fetches results by their number: what it
 * has not got, since a batch of them could not be sent, it asks for again.
 */
import { type Deferred, deferred } from '../../base/deferred.ts';
import type { Results } from '../../pool/results.ts';
import type { Caller } from '../caller.ts';
import type { Kind } from '../referents.ts';
import { Staying } from '../staying.ts';
import { Mailbox } from './mailbox.ts';
import { type Outcome, PoolStreamProxy } from './pool_stream_proxy.ts';

/** Results that are kept for a client which has not fetched them: then the pool is asked for no more. */
const AHEAD = 64;

const KIND: Kind = {
  typeid: 'results',
  methods: new Map(['feed', 'take', 'stop', 'cancel'].map((name) => [name, undefined])),
  proxyClass: PoolStreamProxy,
  dropped: (stream: PoolStream) => stream.stop(),
};

export class PoolStream extends Staying {
  readonly #input = new Mailbox<unknown>();
  readonly #results: Results<unknown>;
  readonly #canceller = new AbortController();
  readonly #forget: () => void;
  /** From `#first` on. */
  readonly #outcomes: Outcome[] = [];
  #first = 0;
  #isOver = false;
  #news: Deferred<void> | undefined;
  #room: Deferred<void> | undefined;

  /** `start` has the pool read the input. The end of the client cancels what runs for it. */
  constructor(client: Caller, start: (input: AsyncIterable<unknown>, signal: AbortSignal) => Results<unknown>) {
    super();
    this.#results = start(this.#input, this.#canceller.signal);
    this.#forget = client.whenGone(() => this.cancel());
    this.#pump();
  }

  get kind(): Kind {
    return KIND;
  }

  /** More input. Settles when the pool has read it. */
  feed(items: readonly unknown[], isLast: boolean): Promise<void> | undefined {
    return this.#input.put(items, isLast);
  }

  /** Results from a number on, `most` at the most; waits for one. Those before it are forgotten. Undefined: there are no more. */
  async take(from: number, most: number): Promise<readonly Outcome[] | undefined> {
    this.#outcomes.splice(0, from - this.#first);
    this.#first = from;
    if (this.#outcomes.length < AHEAD) this.#room?.resolve();
    while (this.#outcomes.length === 0) {
      if (this.#isOver) return undefined;
      this.#news ??= deferred();
      await this.#news.promise;
    }
    return this.#outcomes.slice(0, most);
  }

  /** What has not begun is not run. */
  stop(): void {
    this.#results.return?.();
    this.#end();
  }

  /** What runs is ended, too. */
  cancel(reason?: unknown): void {
    this.#canceller.abort(reason);
    this.#end();
  }

  #end(): void {
    this.#forget();
    this.#input.return();
    this.#room?.resolve();
  }

  async #pump(): Promise<void> {
    for (;;) {
      let outcome: Outcome;
      try {
        const { done, value } = await this.#results.next();
        if (done) break;
        outcome = [false, value];
      } catch (error) {
        outcome = [true, error];
      }
      this.#outcomes.push(outcome);
      this.#tell();
      if (this.#outcomes.length < AHEAD) continue;
      this.#room = deferred();
      await this.#room.promise;
      this.#room = undefined;
    }
    this.#isOver = true;
    this.#forget();
    this.#tell();
  }

  #tell(): void {
    this.#news?.resolve();
    this.#news = undefined;
  }
}
