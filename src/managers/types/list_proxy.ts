/** The proxy of list. */
import { BaseProxy } from '../proxy.ts';
import { registerProxyClass } from '../proxy_classes.ts';
import type { Updater } from './changes.ts';
import type { ManagedList } from './list.ts';

/**
 * A list of a manager, with the methods of an Array. What comes back is a copy, except for objects of the manager (a list in a list ...): those come back as proxies.
 * Methods whose callback is written on the spot (`map`, `filter`, `forEach` ...) work on a copy here: `(await list.getValue()).map(...)`.
 */
export class ListProxy<T = unknown> extends BaseProxy<ManagedList<T>> implements AsyncIterable<T> {
  /** Python's `list[i]`: undefined beyond the ends; a negative index counts from the end. */
  at(index: number): Promise<T | undefined> {
    return this.callMethod('at', [index]);
  }

  /** The same. */
  get(index: number): Promise<T | undefined> {
    return this.callMethod('get', [index]);
  }

  /** Python's `list[i] = item`: a negative index counts from the end. RangeError where there is no item. */
  set(index: number, item: T): Promise<void> {
    return this.callMethod('set', [index, item]);
  }

  /** In one step: replaces an item by what `change`, which runs in the server, makes of it, and returns that. `change` is exported, or made by `byValue`; not async. */
  update<A extends readonly unknown[]>(index: number, change: Updater<T, A>, ...args: A): Promise<T> {
    return this.callMethod('update', [index, change, ...args]);
  }

  /** In one step: adds to a number or bigint, and returns the sum. */
  increment(index: number, difference: number | bigint = 1): Promise<T> {
    return this.callMethod('increment', [index, difference]);
  }

  /** In one step: writes `next` if `expected` is there (objects are compared by what they hold). */
  compareAndSet(index: number, expected: T, next: T): Promise<boolean> {
    return this.callMethod('compareAndSet', [index, expected, next]);
  }

  /** Python's `len(list)`. */
  length(): Promise<number> {
    return this.callMethod('length');
  }

  /** Python's `append` and `extend`. Returns the new length. */
  push(...items: T[]): Promise<number> {
    return this.callMethod('push', items);
  }

  pop(): Promise<T | undefined> {
    return this.callMethod('pop');
  }

  /** Python's `pop(0)`. */
  shift(): Promise<T | undefined> {
    return this.callMethod('shift');
  }

  /** Python's `insert(0, item)`. Returns the new length. */
  unshift(...items: T[]): Promise<number> {
    return this.callMethod('unshift', items);
  }

  /** Python's `insert`, `del list[i:j]` and `list[i:j] = items`. Returns what it removed. */
  splice(start: number, deleteCount?: number, ...items: T[]): Promise<T[]> {
    return this.callMethod('splice', deleteCount === undefined ? [start] : [start, deleteCount, ...items]);
  }

  /** Python's `list[i:j]`. */
  slice(start?: number, end?: number): Promise<T[]> {
    return this.callMethod('slice', [start, end]);
  }

  /** Python's `list + other`: a plain array. */
  concat<U = T>(...others: (U | readonly U[] | ListProxy<U>)[]): Promise<(T | U)[]> {
    return this.callMethod('concat', others);
  }

  /** As `===`; objects are equal by what they hold. */
  indexOf(item: T, from?: number): Promise<number> {
    return this.callMethod('indexOf', [item, from]);
  }

  lastIndexOf(item: T, from?: number): Promise<number> {
    return this.callMethod('lastIndexOf', [item, from]);
  }

  /** Python's `item in list`. */
  includes(item: T, from?: number): Promise<boolean> {
    return this.callMethod('includes', [item, from]);
  }

  join(separator?: string): Promise<string> {
    return this.callMethod('join', [separator]);
  }

  /** In place, in the server, where `compare` runs: it is exported, or made by `byValue`. */
  async sort(compare?: (a: T, b: T) => number): Promise<this> {
    await this.callMethod('sort', [compare]);
    return this;
  }

  async reverse(): Promise<this> {
    await this.callMethod('reverse');
    return this;
  }

  async fill(item: T, start?: number, end?: number): Promise<this> {
    await this.callMethod('fill', [item, start, end]);
    return this;
  }

  async copyWithin(target: number, start: number, end?: number): Promise<this> {
    await this.callMethod('copyWithin', [target, start, end]);
    return this;
  }

  clear(): Promise<void> {
    return this.callMethod('clear');
  }

  /** Python's `remove`: the first item that equals this one. False where there is none. */
  remove(item: T): Promise<boolean> {
    return this.callMethod('remove', [item]);
  }

  /** A copy, as an array. */
  override getValue(): Promise<any> {
    return this.callMethod('getValue');
  }

  /** Item by item: changes that are made meanwhile are seen. Each step asks the server; `getValue()` gives all at once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    yield* await this.callMethod<AsyncIterable<T>>('iterate');
  }
}

registerProxyClass('list', ListProxy);
