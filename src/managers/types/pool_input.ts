/** The input of `imap` at a client: read as far as the pool in the server reads it, and a little further. */
import { deferred } from '../../base/deferred.ts';
import { isThenable } from '../../base/thenable.ts';
import { closeSource } from '../../pool/chunks.ts';
import type { Items } from '../../pool/results.ts';

/** Items that travel together at the most. */
const MOST = 32;
/** Parts that are under way: the next one is there when the pool has read the one before. */
const UNDER_WAY = 2;

/** Sends a part, and throws where that cannot be; settles when it has been read there. */
type Send = (items: readonly unknown[], isLast: boolean) => Promise<unknown>;

export class PoolInput {
  readonly #source: Iterator<unknown> | AsyncIterator<unknown>;
  readonly #send: Send;
  #part: unknown[] = [];
  #underWay = 0;
  #isEnded = false;
  #isLastSent = false;
  #isStopped = false;
  #room = deferred<void>();
  /** What the input threw, or why an item cannot be sent: comes after the results of those before it. */
  failure: { readonly error: unknown } | undefined;

  constructor(items: Items<unknown>, send: Send) {
    this.#source =
      Symbol.asyncIterator in Object(items)
        ? (items as AsyncIterable<unknown>)[Symbol.asyncIterator]()
        : (items as Iterable<unknown>)[Symbol.iterator]();
    this.#send = send;
  }

  /** Reads until the end, or `stop`. */
  async read(): Promise<void> {
    try {
      while (!this.#isStopped && !this.#isEnded) {
        const next = this.#source.next();
        const { done, value } = isThenable(next) ? await next : (next as IteratorResult<unknown>);
        if (this.#isStopped || this.#isEnded) return;
        if (done) break;
        this.#part.push(value);
        this.#flush();
        while (this.#part.length >= MOST && !this.#isStopped) await this.#room.promise;
      }
    } catch (error) {
      this.failure = { error };
    }
    this.#isEnded = true;
    this.#flush();
  }

  /** Nobody wants results any more. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    if (!this.#isEnded) closeSource(this.#source);
    this.#room.resolve();
  }

  #flush(): void {
    if (this.#isStopped || this.#isLastSent || this.#underWay >= UNDER_WAY) return;
    // One after the other while the pool is quicker than the input; many together while it is not.
    const isDue = this.#isEnded || this.#part.length >= MOST || (this.#part.length > 0 && this.#underWay === 0);
    if (!isDue) return;
    const part = this.#part;
    this.#part = [];
    this.#underWay++;
    const read = (): void => {
      this.#underWay--;
      this.#room.resolve();
      this.#room = deferred();
      this.#flush();
    };
    // A manager that is gone is what who takes results hears.
    this.#deliver(part).then(read, read);
  }

  #deliver(part: readonly unknown[]): Promise<unknown> {
    this.#isLastSent = this.#isEnded;
    try {
      return this.#send(part, this.#isEnded);
    } catch {
      return this.#deliverEach(part);
    }
  }

  /** Something of it cannot be sent: the input ends with that item. */
  #deliverEach(part: readonly unknown[]): Promise<unknown> {
    const read: Promise<unknown>[] = [];
    try {
      for (const item of part) read.push(this.#send([item], false));
      if (this.#isEnded) read.push(this.#send([], true));
    } catch (error) {
      this.failure = { error };
      if (!this.#isEnded) closeSource(this.#source);
      this.#isEnded = true;
      this.#isLastSent = true;
      read.push(this.#sendEnd());
    }
    return Promise.all(read);
  }

  async #sendEnd(): Promise<void> {
    await this.#send([], true);
  }
}
