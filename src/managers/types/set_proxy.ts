/** The proxy of set. */
import { BaseProxy } from '../proxy.ts';
import { registerProxyClass } from '../proxy_classes.ts';
import type { ListProxy } from './list_proxy.ts';
import type { ManagedSet } from './set.ts';

/** What a set is compared and put together with. */
export type SetItems<T> = Iterable<T> | SetProxy<T> | ListProxy<T>;

/** A set of a manager, with the methods of a Set, and Python's that change it in place. Others may be sets or lists of the same manager, or anything iterable. */
export class SetProxy<T = unknown> extends BaseProxy<ManagedSet<T>> implements AsyncIterable<T> {
  async add(item: T): Promise<this> {
    await this.callMethod('add', [item]);
    return this;
  }

  has(item: T): Promise<boolean> {
    return this.callMethod('has', [item]);
  }

  /** Python's `discard`. Whether it was there. */
  delete(item: T): Promise<boolean> {
    return this.callMethod('delete', [item]);
  }

  clear(): Promise<void> {
    return this.callMethod('clear');
  }

  size(): Promise<number> {
    return this.callMethod('size');
  }

  /** A copy, as an array. */
  values(): Promise<T[]> {
    return this.callMethod('values');
  }

  /** A plain Set, as of the next three. */
  union<U = T>(...others: SetItems<U>[]): Promise<Set<T | U>> {
    return this.callMethod('union', others);
  }

  intersection<U = T>(...others: SetItems<U>[]): Promise<Set<T & U>> {
    return this.callMethod('intersection', others);
  }

  difference<U = T>(...others: SetItems<U>[]): Promise<Set<T>> {
    return this.callMethod('difference', others);
  }

  symmetricDifference<U = T>(other: SetItems<U>): Promise<Set<T | U>> {
    return this.callMethod('symmetricDifference', [other]);
  }

  isSubsetOf(other: SetItems<unknown>): Promise<boolean> {
    return this.callMethod('isSubsetOf', [other]);
  }

  isSupersetOf(other: SetItems<unknown>): Promise<boolean> {
    return this.callMethod('isSupersetOf', [other]);
  }

  isDisjointFrom(other: SetItems<unknown>): Promise<boolean> {
    return this.callMethod('isDisjointFrom', [other]);
  }

  /** Python's `==`. */
  equals(other: SetItems<unknown>): Promise<boolean> {
    return this.callMethod('equals', [other]);
  }

  /** Removes an item and returns it: undefined when there is none. */
  pop(): Promise<T | undefined> {
    return this.callMethod('pop');
  }

  /** Python's `|=`: adds the items of others. */
  async update(...others: SetItems<T>[]): Promise<this> {
    await this.callMethod('update', others);
    return this;
  }

  /** Python's `&=`: keeps what others have, too. */
  async intersectionUpdate(...others: SetItems<unknown>[]): Promise<this> {
    await this.callMethod('intersectionUpdate', others);
    return this;
  }

  /** Python's `-=`: removes the items of others. */
  async differenceUpdate(...others: SetItems<unknown>[]): Promise<this> {
    await this.callMethod('differenceUpdate', others);
    return this;
  }

  /** Python's `^=`: keeps what only one of the two has. */
  async symmetricDifferenceUpdate(other: SetItems<T>): Promise<this> {
    await this.callMethod('symmetricDifferenceUpdate', [other]);
    return this;
  }

  /** A copy, as a Set. */
  override getValue(): Promise<any> {
    return this.callMethod('getValue');
  }

  /** Item by item: changes that are made meanwhile are seen. Each step asks the server; `values()` gives all at once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    yield* await this.callMethod<AsyncIterable<T>>('iterate');
  }
}

registerProxyClass('set', SetProxy);
