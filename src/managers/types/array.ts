/** The array of a manager, of elements of a type of `multiproc/sharedctypes`. */

import { inspect } from 'node:util';
import type { SharedArray } from '../../sharedctypes/shared_array.ts';
import type { CType, Initial, JsValue, SizeOrInit } from '../../sharedctypes/type_names.ts';
import { type ArgumentCounts, methodsOf } from '../argument_counts.ts';
import { type Cell, compareAndSet, increment, type Updater, update } from './changes.ts';
import { localArray } from './place.ts';

/** `multiprocessing.managers`' Array, in the manager's server. What is written is checked as by SharedArray. */
export class ManagedArray<T extends CType = any> {
  /** With how many arguments it is made, and its methods are called. */
  static readonly argumentCounts: ArgumentCounts = {
    new: 2,
    length: 0,
    get: 1,
    set: [1, 2],
    slice: [0, 2],
    fill: [1, 3],
    update: [2, Infinity],
    increment: [1, 2],
    compareAndSet: 3,
    iterate: 0,
    getValue: 0,
  };
  /** What clients may call. */
  static readonly exposed: readonly string[] = methodsOf(ManagedArray.argumentCounts);

  readonly #array: SharedArray<T>;

  constructor(type: T, sizeOrInit: SizeOrInit<T>) {
    this.#array = localArray(type, sizeOrInit);
  }

  length(): number {
    return this.#array.length;
  }

  /** A negative index counts from the end. RangeError beyond the ends. */
  get(index: number): JsValue<T> {
    return this.#array.get(index);
  }

  /** Writes an element, or all of `values` from `offset` on, or none of them. */
  set(index: number, value: Initial<JsValue<T>>): void;
  set(values: Iterable<Initial<JsValue<T>>>, offset?: number): void;
  set(indexOrValues: any, valueOrOffset?: any): void {
    this.#array.set(indexOrValues, valueOrOffset);
  }

  slice(start?: number, end?: number): JsValue<T>[] {
    return this.#array.slice(start, end);
  }

  fill(value: Initial<JsValue<T>>, start?: number, end?: number): void {
    this.#array.fill(value, start, end);
  }

  update<A extends readonly unknown[]>(index: number, change: Updater<JsValue<T>, A>, ...args: A): JsValue<T> {
    return update(this.#cell(index), change, args);
  }

  increment(index: number, difference: number | bigint = 1): number | bigint {
    return increment(this.#cell(index), difference, `element ${index}`);
  }

  compareAndSet(index: number, expected: JsValue<T>, next: JsValue<T>): boolean {
    return compareAndSet(this.#cell(index), expected, next);
  }

  /** Element by element: changes that are made meanwhile are seen. */
  *iterate(): Generator<JsValue<T>, void, undefined> {
    yield* this.#array;
  }

  /** A copy. */
  getValue(): JsValue<T>[] {
    return this.#array.slice();
  }

  [Symbol.iterator](): IterableIterator<JsValue<T>> {
    return this.#array[Symbol.iterator]();
  }

  toString(): string {
    return `Array(${inspect(this.#array.slice())})`;
  }

  #cell(index: number): Cell<any> {
    return { get: () => this.#array.get(index), set: (value) => this.#array.set(index, value) };
  }
}
