/** The dictionary of a manager. */

import { inspect } from 'node:util';
import { IterationError } from '../../base/errors.ts';
import { checkFunction, refusePromise } from '../../sync/functions.ts';
import { type ArgumentCounts, methodsOf } from '../argument_counts.ts';
import { type Cell, compareAndSet, increment, type Updater, update } from './changes.ts';
import { type Entries, entriesOf } from './entries.ts';

/** `multiprocessing.managers`' dict, in the manager's server, with the methods of a Map. What it holds may be live objects of the manager. */
export class ManagedDict<K = string, V = unknown> {
  /** With how many arguments it is made, and its methods are called. */
  static readonly argumentCounts: ArgumentCounts = {
    new: [0, 1],
    get: [1, 2],
    set: 2,
    has: 1,
    delete: 1,
    clear: 0,
    size: 0,
    keys: 0,
    values: 0,
    entries: 0,
    getOrInsert: 2,
    getOrInsertComputed: [2, Infinity],
    assign: 1,
    pop: [1, 2],
    popEntry: 0,
    update: [2, Infinity],
    increment: [1, 2],
    compareAndSet: 3,
    iterate: 0,
    getValue: 0,
  };
  /** What clients may call. */
  static readonly exposed: readonly string[] = methodsOf(ManagedDict.argumentCounts);

  readonly #map: Map<K, V>;

  constructor(entries?: Entries<K, V>) {
    this.#map = new Map(entries === undefined ? [] : entriesOf('what a dict begins with', entries));
  }

  // ---- as a Map's

  get(key: K): V | undefined;
  get(key: K, missing: V): V;
  get(key: K, missing?: V): V | undefined {
    return this.#map.has(key) ? this.#map.get(key) : missing;
  }

  set(key: K, value: V): void {
    this.#map.set(key, value);
  }

  has(key: K): boolean {
    return this.#map.has(key);
  }

  delete(key: K): boolean {
    return this.#map.delete(key);
  }

  clear(): void {
    this.#map.clear();
  }

  size(): number {
    return this.#map.size;
  }

  keys(): K[] {
    return [...this.#map.keys()];
  }

  values(): V[] {
    return [...this.#map.values()];
  }

  entries(): [K, V][] {
    return [...this.#map.entries()];
  }

  /** The value, which becomes `value` where there is none. */
  getOrInsert(key: K, value: V): V {
    if (!this.#map.has(key)) this.#map.set(key, value);
    return this.#map.get(key)!;
  }

  /** The same with what `make` returns, which is called in the server where there is none. */
  getOrInsertComputed<A extends readonly unknown[]>(key: K, make: (key: K, ...args: A) => V, ...args: A): V {
    checkFunction('the function of getOrInsertComputed()', make);
    if (!this.#map.has(key)) {
      const value = make(key, ...args);
      refusePromise(value, 'the function', 'getOrInsertComputed()', 'a lock of the manager around has() and set()');
      this.#map.set(key, value);
    }
    return this.#map.get(key)!;
  }

  // ---- besides

  /** Sets several. */
  assign(entries: Entries<K, V>): void {
    for (const [key, value] of entriesOf('what assign() takes', entries)) this.#map.set(key, value);
  }

  /** Removes a key: its value, or `missing`. */
  pop(key: K, missing?: V): V | undefined {
    const value = this.get(key, missing as V);
    this.#map.delete(key);
    return value;
  }

  /** Removes the entry that was added last: undefined when there is none. */
  popEntry(): [K, V] | undefined {
    const last = this.entries().at(-1);
    if (last) this.#map.delete(last[0]);
    return last;
  }

  update<A extends readonly unknown[]>(key: K, change: Updater<V | undefined, A>, ...args: A): V {
    return update(this.#cell(key), change, args) as V;
  }

  increment(key: K, difference: number | bigint = 1): number | bigint {
    return increment(this.#cell(key), difference, `the value of ${inspect(key)}`);
  }

  /** A missing key has the value undefined. */
  compareAndSet(key: K, expected: V | undefined, next: V): boolean {
    return compareAndSet(this.#cell(key), expected, next as V | undefined);
  }

  /** Entry by entry. Throws IterationError at the step after its size has changed. */
  *iterate(): Generator<[K, V], void, undefined> {
    const { size } = this.#map;
    for (const entry of this.#map) {
      this.#checkSize(size);
      yield entry;
    }
    this.#checkSize(size);
  }

  /** A copy. */
  getValue(): Map<K, V> {
    return new Map(this.#map);
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.#map.entries();
  }

  toString(): string {
    return inspect(this.#map);
  }

  [inspect.custom](): ReadonlyMap<K, V> {
    return this.#map;
  }

  #checkSize(size: number): void {
    if (this.#map.size === size) return;
    throw new IterationError(
      `the dict changed its size during the iteration, from ${size} to ${this.#map.size}: iterate over a copy, await dict.entries()`,
    );
  }

  #cell(key: K): Cell<V | undefined> {
    return { get: () => this.#map.get(key), set: (value) => void this.#map.set(key, value as V) };
  }
}
