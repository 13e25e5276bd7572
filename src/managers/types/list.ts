/** The list of a manager. */

import { inspect } from 'node:util';
import { argumentTypeError } from '../../base/errors.ts';
import { checkIndex } from '../../sharedctypes/counts.ts';
import { type ArgumentCounts, methodsOf } from '../argument_counts.ts';
import { type Cell, compareAndSet, increment, isSame, type Updater, update } from './changes.ts';
import { checkIterable } from './iterables.ts';

/** `multiprocessing.managers`' list, in the manager's server, with the methods of an Array. What it holds may be live objects of the manager. */
export class ManagedList<T = unknown> {
  /** With how many arguments it is made, and its methods are called. */
  static readonly argumentCounts: ArgumentCounts = {
    new: [0, 1],
    at: 1,
    get: 1,
    set: 2,
    update: [2, Infinity],
    increment: [1, 2],
    compareAndSet: 3,
    length: 0,
    push: [0, Infinity],
    pop: 0,
    shift: 0,
    unshift: [0, Infinity],
    splice: [1, Infinity],
    slice: [0, 2],
    concat: [0, Infinity],
    indexOf: [1, 2],
    lastIndexOf: [1, 2],
    includes: [1, 2],
    join: [0, 1],
    sort: [0, 1],
    reverse: 0,
    fill: [1, 3],
    copyWithin: [2, 3],
    clear: 0,
    remove: 1,
    iterate: 0,
    getValue: 0,
  };
  /** What clients may call. */
  static readonly exposed: readonly string[] = methodsOf(ManagedList.argumentCounts);

  readonly #items: T[];

  constructor(items: Iterable<T> = []) {
    this.#items = [...checkIterable<T>('what a list begins with', items)];
  }

  // ---- one item

  /** Undefined beyond the ends; a negative index counts from the end. */
  at(index: number): T | undefined {
    return this.#items.at(index);
  }

  get(index: number): T | undefined {
    return this.#items.at(index);
  }

  /** Replaces an item; a negative index counts from the end. RangeError where there is none. */
  set(index: number, item: T): void {
    this.#items[this.#index(index)] = item;
  }

  update<A extends readonly unknown[]>(index: number, change: Updater<T, A>, ...args: A): T {
    return update(this.#cell(index), change, args);
  }

  increment(index: number, difference: number | bigint = 1): number | bigint {
    return increment(this.#cell(index), difference, `item ${index} of the list`);
  }

  compareAndSet(index: number, expected: T, next: T): boolean {
    return compareAndSet(this.#cell(index), expected, next);
  }

  // ---- as an Array's

  length(): number {
    return this.#items.length;
  }

  push(...items: T[]): number {
    // Not in one call: a call has at most some 100,000 arguments.
    for (const item of items) this.#items.push(item);
    return this.#items.length;
  }

  pop(): T | undefined {
    return this.#items.pop();
  }

  shift(): T | undefined {
    return this.#items.shift();
  }

  unshift(...items: T[]): number {
    this.#items.splice(0, 0, ...items);
    return this.#items.length;
  }

  splice(start: number, deleteCount?: number, ...items: T[]): T[] {
    return deleteCount === undefined ? this.#items.splice(start) : this.#items.splice(start, deleteCount, ...items);
  }

  slice(start?: number, end?: number): T[] {
    return this.#items.slice(start, end);
  }

  /** A plain array. Arrays and lists of the manager among `others` give their items. */
  concat<U>(...others: (U | readonly U[] | ManagedList<U>)[]): (T | U)[] {
    const plain = others.map((other) => (other instanceof ManagedList ? other.#items : other));
    return (this.#items as (T | U)[]).concat(...(plain as (U | U[])[]));
  }

  /** Objects are equal by what they hold: what a client looks for is a copy. */
  indexOf(item: T, from = 0): number {
    const start = from < 0 ? Math.max(0, this.#items.length + from) : from;
    for (let i = start; i < this.#items.length; i++) if (isEqual(this.#items[i], item)) return i;
    return -1;
  }

  lastIndexOf(item: T, from = this.#items.length - 1): number {
    const start = from < 0 ? this.#items.length + from : Math.min(from, this.#items.length - 1);
    for (let i = start; i >= 0; i--) if (isEqual(this.#items[i], item)) return i;
    return -1;
  }

  includes(item: T, from = 0): boolean {
    const start = from < 0 ? Math.max(0, this.#items.length + from) : from;
    for (let i = start; i < this.#items.length; i++) if (isSame(this.#items[i], item)) return true;
    return false;
  }

  join(separator?: string): string {
    return this.#items.join(separator);
  }

  sort(compare?: (a: T, b: T) => number): void {
    if (compare !== undefined && typeof compare !== 'function')
      throw argumentTypeError(`sort() takes a function that compares two items, not ${typeof compare}`);
    this.#items.sort(compare);
  }

  reverse(): void {
    this.#items.reverse();
  }

  fill(item: T, start?: number, end?: number): void {
    this.#items.fill(item, start, end);
  }

  copyWithin(target: number, start: number, end?: number): void {
    this.#items.copyWithin(target, start, end);
  }

  // ---- besides

  /** Removes all items. */
  clear(): void {
    this.#items.length = 0;
  }

  /** Removes the first item that equals this one. False = there is none. */
  remove(item: T): boolean {
    const index = this.indexOf(item);
    if (index >= 0) this.#items.splice(index, 1);
    return index >= 0;
  }

  /** Item by item: changes that are made meanwhile are seen. */
  *iterate(): Generator<T, void, undefined> {
    yield* this.#items;
  }

  /** A copy. */
  getValue(): T[] {
    return [...this.#items];
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.#items.values();
  }

  toString(): string {
    return inspect(this.#items);
  }

  [inspect.custom](): readonly T[] {
    return this.#items;
  }

  #index(index: number): number {
    return checkIndex('a list', index, this.#items.length);
  }

  #cell(index: number): Cell<T> {
    const at = this.#index(index);
    const items = this.#items;
    return {
      get: () => items[at],
      set(item) {
        items[at] = item;
      },
    };
  }
}

/** As `===`, with objects by what they hold. */
function isEqual(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && a !== null && isSame(a, b));
}
