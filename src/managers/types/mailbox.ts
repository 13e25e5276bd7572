/** Input that a client sends in parts, and that is read item by item. A part is acknowledged when it has been read: so nobody sends more than is wanted. */
import { type Deferred, deferred } from '../../base/deferred.ts';

interface Part<T> {
  readonly items: readonly T[];
  readonly read: Deferred<void>;
  /** How many of them were read. */
  at: number;
}

type Result<T> = IteratorResult<T, undefined>;

const END = { done: true, value: undefined } as const;

export class Mailbox<T> {
  readonly #parts: Part<T>[] = [];
  #waiting: Deferred<Result<T>> | undefined;
  #isEnded = false;

  /** Settles when they were read, or nobody reads any more. */
  put(items: readonly T[], isLast: boolean): Promise<void> | undefined {
    if (this.#isEnded) return undefined;
    this.#isEnded = isLast;
    const read = deferred<void>();
    if (items.length > 0) this.#parts.push({ items, read, at: 0 });
    else read.resolve();
    if (this.#waiting && (items.length > 0 || isLast)) {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      waiting.resolve(this.#take() ?? END);
    }
    return read.promise;
  }

  /** What is there comes without a promise. One reader, which waits for each. */
  next(): Result<T> | Promise<Result<T>> {
    const result = this.#take() ?? (this.#isEnded ? END : undefined);
    if (result) return result;
    this.#waiting = deferred();
    return this.#waiting.promise;
  }

  /** Nobody reads any more. */
  return(): Result<T> {
    this.#isEnded = true;
    for (const { read } of this.#parts.splice(0)) read.resolve();
    this.#waiting?.resolve(END);
    this.#waiting = undefined;
    return END;
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return this as unknown as AsyncIterator<T>;
  }

  #take(): Result<T> | undefined {
    const [part] = this.#parts;
    if (!part) return undefined;
    const value = part.items[part.at++];
    if (part.at === part.items.length) {
      this.#parts.shift();
      part.read.resolve();
    }
    return { done: false, value };
  }
}
