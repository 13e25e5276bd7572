/** The set of a manager. */

import { inspect } from 'node:util';
import { type ArgumentCounts, methodsOf } from '../argument_counts.ts';
import { checkIterable } from './iterables.ts';

/** `multiprocessing.managers`' set, in the manager's server, with the methods of a Set. Other sets may be of the manager, too, or anything iterable. */
export class ManagedSet<T = unknown> {
  /** With how many arguments it is made, and its methods are called. */
  static readonly argumentCounts: ArgumentCounts = {
    new: [0, 1],
    add: 1,
    has: 1,
    delete: 1,
    clear: 0,
    size: 0,
    values: 0,
    union: [0, Infinity],
    intersection: [0, Infinity],
    difference: [0, Infinity],
    symmetricDifference: 1,
    isSubsetOf: 1,
    isSupersetOf: 1,
    isDisjointFrom: 1,
    equals: 1,
    pop: 0,
    update: [0, Infinity],
    intersectionUpdate: [0, Infinity],
    differenceUpdate: [0, Infinity],
    symmetricDifferenceUpdate: 1,
    iterate: 0,
    getValue: 0,
  };
  /** What clients may call. */
  static readonly exposed: readonly string[] = methodsOf(ManagedSet.argumentCounts);

  readonly #set: Set<T>;

  constructor(items: Iterable<T> = []) {
    this.#set = new Set(checkIterable<T>('what a set begins with', items));
  }

  // ---- as a Set's

  add(item: T): void {
    this.#set.add(item);
  }

  has(item: T): boolean {
    return this.#set.has(item);
  }

  delete(item: T): boolean {
    return this.#set.delete(item);
  }

  clear(): void {
    this.#set.clear();
  }

  size(): number {
    return this.#set.size;
  }

  values(): T[] {
    return [...this.#set];
  }

  /** This one's items, then the others'. */
  union<U = T>(...others: Iterable<U>[]): Set<T | U> {
    const result = new Set<T | U>(this.#set);
    for (const other of others) for (const item of iterable<U>(other)) result.add(item);
    return result;
  }

  intersection<U = T>(...others: Iterable<U>[]): Set<T & U> {
    let result = this.#set as Set<any>;
    for (const other of others) {
      const kept = setOf<any>(other);
      result = filtered(result, (item) => kept.has(item));
    }
    return new Set(result);
  }

  difference<U = T>(...others: Iterable<U>[]): Set<T> {
    const result = new Set<T>(this.#set);
    for (const other of others) for (const item of iterable(other)) result.delete(item as unknown as T);
    return result;
  }

  symmetricDifference<U = T>(other: Iterable<U>): Set<T | U> {
    const their = setOf<any>(other);
    const result = filtered<any>(this.#set, (item) => !their.has(item));
    for (const item of their) if (!this.#set.has(item)) result.add(item);
    return result;
  }

  isSubsetOf(other: Iterable<unknown>): boolean {
    const their = setOf<unknown>(other);
    return this.#set.size <= their.size && this.values().every((item) => their.has(item));
  }

  isSupersetOf(other: Iterable<unknown>): boolean {
    return [...setOf<any>(other)].every((item) => this.#set.has(item));
  }

  isDisjointFrom(other: Iterable<unknown>): boolean {
    return ![...setOf<any>(other)].some((item) => this.#set.has(item));
  }

  // ---- as Python's

  equals(other: Iterable<unknown>): boolean {
    return setOf(other).size === this.#set.size && this.isSupersetOf(other);
  }

  /** Removes an item and returns it: undefined when there is none. */
  pop(): T | undefined {
    const [first] = this.#set;
    this.#set.delete(first);
    return first;
  }

  /** Adds the items of others. */
  update(...others: Iterable<T>[]): void {
    this.#become(this.union(...others));
  }

  intersectionUpdate(...others: Iterable<unknown>[]): void {
    this.#become(this.intersection(...(others as Iterable<T>[])));
  }

  differenceUpdate(...others: Iterable<unknown>[]): void {
    this.#become(this.difference(...others));
  }

  symmetricDifferenceUpdate(other: Iterable<T>): void {
    this.#become(this.symmetricDifference(other));
  }

  // ---- besides

  /** Item by item: changes that are made meanwhile are seen. */
  *iterate(): Generator<T, void, undefined> {
    yield* this.#set;
  }

  /** A copy. */
  getValue(): Set<T> {
    return new Set(this.#set);
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.#set.values();
  }

  toString(): string {
    return inspect(this.#set);
  }

  [inspect.custom](): ReadonlySet<T> {
    return this.#set;
  }

  /** Those that stay keep their place, for who iterates. */
  #become(items: ReadonlySet<T>): void {
    for (const item of this.#set) if (!items.has(item)) this.#set.delete(item);
    for (const item of items) this.#set.add(item);
  }
}

function iterable<T>(other: unknown): Iterable<T> {
  return checkIterable<T>('the other set', other);
}

function setOf<T>(other: unknown): Set<T> {
  return other instanceof Set ? other : new Set(iterable<T>(other));
}

function filtered<T>(items: Iterable<T>, keep: (item: T) => boolean): Set<T> {
  const result = new Set<T>();
  for (const item of items) if (keep(item)) result.add(item);
  return result;
}
