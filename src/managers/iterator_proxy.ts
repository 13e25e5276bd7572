/** Generators and other iterators that a method returns: pulled from elsewhere, one item at a time. */
import { BaseProxy } from './proxy.ts';
import { registerProxyClass } from './proxy_classes.ts';

export const ITERATOR_METHODS = ['next', 'return', 'throw'] as const;

/** The referent: an iterator, sync or async. */
export class RemoteIterator {
  readonly #iterator: Iterator<unknown> | AsyncIterator<unknown>;
  #isOver = false;

  constructor(iterator: Iterator<unknown> | AsyncIterator<unknown>) {
    this.#iterator = iterator;
  }

  next(...value: [] | [unknown]): unknown {
    return this.#iterator.next(...(value as []));
  }

  return(value?: unknown): unknown {
    this.#isOver = true;
    return this.#iterator.return ? this.#iterator.return(value) : { done: true, value };
  }

  throw(error: unknown): unknown {
    if (!this.#iterator.throw) throw error;
    return this.#iterator.throw(error);
  }

  /** Nobody has it any more: a generator's `finally` runs. */
  dropped(): void {
    if (this.#isOver) return;
    try {
      const result: unknown = this.return();
      if (result instanceof Promise) result.catch(() => {});
    } catch {
      // Nobody is there to hear of it.
    }
  }
}

/** Whether a result is to be pulled rather than copied. Arrays, Maps and the like are no iterators. */
export function isIterator(value: unknown): value is Iterator<unknown> | AsyncIterator<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    (Symbol.iterator in value || Symbol.asyncIterator in value) &&
    typeof (value as { next?: unknown }).next === 'function'
  );
}

/** An iterator in the server. The loop that leaves it, or reaches its end, ends it there. */
export class IteratorProxy<Y = unknown> extends BaseProxy<never> implements AsyncIterableIterator<Y> {
  #isOver = false;

  async next(...value: [] | [unknown]): Promise<IteratorResult<Y>> {
    if (this.#isOver) return { done: true, value: undefined };
    return this.#step('next', value);
  }

  async return(value?: unknown): Promise<IteratorResult<Y>> {
    if (this.#isOver) return { done: true, value };
    return this.#step('return', [value]);
  }

  async throw(error?: unknown): Promise<IteratorResult<Y>> {
    if (this.#isOver) throw error;
    return this.#step('throw', [error]);
  }

  override get sync(): IterableIterator<Y> {
    const step = (method: string, args: unknown[]): IteratorResult<Y> => {
      if (this.#isOver) return { done: true, value: undefined };
      try {
        return this.#ended(this.callMethodSync(method, args));
      } catch (error) {
        this.#end();
        throw error;
      }
    };
    const iterator: IterableIterator<Y> = {
      next: (...value) => step('next', value),
      return: (value?: unknown) => step('return', [value]),
      [Symbol.iterator]: () => iterator,
    };
    return iterator;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** One that throws is over. */
  async #step(method: string, args: readonly unknown[]): Promise<IteratorResult<Y>> {
    try {
      return this.#ended(await this.callMethod<IteratorResult<Y>>(method, args));
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  #ended(result: IteratorResult<Y>): IteratorResult<Y> {
    if (result.done) this.#end();
    return result;
  }

  #end(): void {
    this.#isOver = true;
    this[Symbol.dispose]();
  }
}

registerProxyClass('iterator', IteratorProxy);
