/** The proxy of dict. */
import { BaseProxy } from '../proxy.ts';
import { registerProxyClass } from '../proxy_classes.ts';
import type { Updater } from './changes.ts';
import type { ManagedDict } from './dict.ts';
import type { Entries } from './entries.ts';

/**
 * A dictionary of a manager, with the methods of a Map. Keys are strings, numbers and the like: an object that is sent is another one each time.
 * What comes back is a copy, except for objects of the manager (a list in a dict ...): those come back as proxies.
 */
export class DictProxy<K = string, V = unknown> extends BaseProxy<ManagedDict<K, V>> implements AsyncIterable<[K, V]> {
  /** The value of a key, or `missing`. */
  get(key: K): Promise<V | undefined>;
  get(key: K, missing: V): Promise<V>;
  get(key: K, missing?: V): Promise<V | undefined> {
    return this.callMethod('get', missing === undefined ? [key] : [key, missing]);
  }

  set(key: K, value: V): Promise<void> {
    return this.callMethod('set', [key, value]);
  }

  has(key: K): Promise<boolean> {
    return this.callMethod('has', [key]);
  }

  /** Whether it was there. */
  delete(key: K): Promise<boolean> {
    return this.callMethod('delete', [key]);
  }

  clear(): Promise<void> {
    return this.callMethod('clear');
  }

  size(): Promise<number> {
    return this.callMethod('size');
  }

  /** A copy, as an array. */
  keys(): Promise<K[]> {
    return this.callMethod('keys');
  }

  /** A copy, as an array. */
  values(): Promise<V[]> {
    return this.callMethod('values');
  }

  /** Python's `items()`. A copy, as an array. */
  entries(): Promise<[K, V][]> {
    return this.callMethod('entries');
  }

  /** Python's `setdefault`: the value, which becomes `value` where there is none. */
  getOrInsert(key: K, value: V): Promise<V> {
    return this.callMethod('getOrInsert', [key, value]);
  }

  /** The same with what `make(key, ...args)` returns. It runs in the server: exported, or made by `byValue`; not async. */
  getOrInsertComputed<A extends readonly unknown[]>(key: K, make: (key: K, ...args: A) => V, ...args: A): Promise<V> {
    return this.callMethod('getOrInsertComputed', [key, make, ...args]);
  }

  /** Python's `update`: sets several, in one step. */
  assign(entries: Entries<K, V>): Promise<void> {
    return this.callMethod('assign', [entries]);
  }

  /** Removes a key: its value, or `missing`. */
  pop(key: K, missing?: V): Promise<V | undefined> {
    return this.callMethod('pop', [key, missing]);
  }

  /** Python's `popitem`: removes the entry that was added last. Undefined when there is none. */
  popEntry(): Promise<[K, V] | undefined> {
    return this.callMethod('popEntry');
  }

  /**
   * In one step: replaces the value by what `change`, which runs in the server, makes of it (undefined where there is none), and returns that.
   * `change` is exported, or made by `byValue`; not async.
   */
  update<A extends readonly unknown[]>(key: K, change: Updater<V | undefined, A>, ...args: A): Promise<V> {
    return this.callMethod('update', [key, change, ...args]);
  }

  /** In one step: adds to a number or bigint, of which a missing one is 0, and returns the sum. */
  increment(key: K, difference: number | bigint = 1): Promise<V> {
    return this.callMethod('increment', [key, difference]);
  }

  /** In one step: writes `next` if `expected` is there (undefined: nothing is; objects are compared by what they hold). */
  compareAndSet(key: K, expected: V | undefined, next: V): Promise<boolean> {
    return this.callMethod('compareAndSet', [key, expected, next]);
  }

  /** A copy, as a Map. */
  override getValue(): Promise<any> {
    return this.callMethod('getValue');
  }

  /** Entry by entry. IterationError at the step after the dict has changed its size. Each step asks the server; `entries()` gives all at once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<[K, V], void, undefined> {
    yield* await this.callMethod<AsyncIterable<[K, V]>>('iterate');
  }
}

registerProxyClass('dict', DictProxy);
