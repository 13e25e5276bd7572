/** The proxy of Array. */
import type { CType, Initial, JsValue } from '../../sharedctypes/type_names.ts';
import { BaseProxy } from '../proxy.ts';
import { registerProxyClass } from '../proxy_classes.ts';
import type { Updater } from './changes.ts';

/** An array of a manager, of elements of a type of `multiproc/sharedctypes`. What is written is checked as by SharedArray: TypeError, RangeError. */
export class ArrayProxy<T extends CType = any> extends BaseProxy<JsValue<T>[]> implements AsyncIterable<JsValue<T>> {
  /** Python's `len(array)`. */
  length(): Promise<number> {
    return this.callMethod('length');
  }

  /** An element; a negative index counts from the end. RangeError. */
  get(index: number): Promise<JsValue<T>> {
    return this.callMethod('get', [index]);
  }

  /** Writes an element, or all of `values` from `offset` on, or none of them. */
  set(index: number, value: Initial<JsValue<T>>): Promise<void>;
  set(values: Iterable<Initial<JsValue<T>>>, offset?: number): Promise<void>;
  set(indexOrValues: unknown, valueOrOffset?: unknown): Promise<void> {
    return this.callMethod('set', valueOrOffset === undefined ? [indexOrValues] : [indexOrValues, valueOrOffset]);
  }

  /** A plain array. */
  slice(start?: number, end?: number): Promise<JsValue<T>[]> {
    return this.callMethod('slice', [start, end]);
  }

  async fill(value: Initial<JsValue<T>>, start?: number, end?: number): Promise<this> {
    await this.callMethod('fill', [value, start, end]);
    return this;
  }

  /** In one step: replaces an element by what `change`, which runs in the server, makes of it, and returns that. `change` is exported, or made by `byValue`; not async. */
  update<A extends readonly unknown[]>(index: number, change: Updater<JsValue<T>, A>, ...args: A): Promise<JsValue<T>> {
    return this.callMethod('update', [index, change, ...args]);
  }

  /** In one step: adds, and returns the sum. RangeError when it does not fit the type. */
  increment(index: number, difference: number | bigint = 1): Promise<JsValue<T>> {
    return this.callMethod('increment', [index, difference]);
  }

  /** In one step: writes `next` if `expected` is there. */
  compareAndSet(index: number, expected: JsValue<T>, next: JsValue<T>): Promise<boolean> {
    return this.callMethod('compareAndSet', [index, expected, next]);
  }

  /** A copy, as an array. */
  override getValue(): Promise<JsValue<T>[]> {
    return this.callMethod('getValue');
  }

  /** Element by element, each asked from the server; `getValue()` gives all at once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<JsValue<T>, void, undefined> {
    yield* await this.callMethod<AsyncIterable<JsValue<T>>>('iterate');
  }
}

registerProxyClass('Array', ArrayProxy);
