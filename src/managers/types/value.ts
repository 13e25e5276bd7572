/** The value of a manager, of a type of `multiproc/sharedctypes`. */

import type { CType, Initial, JsValue } from '../../sharedctypes/type_names.ts';
import type { SharedValue } from '../../sharedctypes/value.ts';
import { type ArgumentCounts, methodsOf } from '../argument_counts.ts';
import { type Cell, compareAndSet, type Updater, update } from './changes.ts';
import { localValue } from './place.ts';

/** `multiprocessing.managers`' Value, in the manager's server. What is written is checked as by Value in shared memory. */
export class ManagedValue<T extends CType = any> {
  /** With how many arguments it is made, and its methods are called. */
  static readonly argumentCounts: ArgumentCounts = {
    new: [1, 2],
    get: 0,
    set: 1,
    update: [1, Infinity],
    compareAndSet: 2,
    add: 1,
    sub: 1,
    and: 1,
    or: 1,
    xor: 1,
    exchange: 1,
    compareExchange: 2,
    getValue: 0,
  };
  /** What clients may call. */
  static readonly exposed: readonly string[] = methodsOf(ManagedValue.argumentCounts);

  readonly #value: SharedValue;
  readonly #cell: Cell<JsValue<T>>;

  constructor(type: T, initial?: Initial<JsValue<T>>) {
    const value = localValue(type, initial);
    this.#value = value;
    this.#cell = {
      get: () => value.value,
      set(next) {
        value.value = next;
      },
    };
  }

  get(): JsValue<T> {
    return this.#cell.get();
  }

  set(value: JsValue<T>): void {
    this.#cell.set(value);
  }

  update<A extends readonly unknown[]>(change: Updater<JsValue<T>, A>, ...args: A): JsValue<T> {
    return update(this.#cell, change, args);
  }

  compareAndSet(expected: JsValue<T>, next: JsValue<T>): boolean {
    return compareAndSet(this.#cell, expected, next);
  }

  // ---- integers, each returns the former value; as of Value in shared memory

  add(difference: number | bigint): JsValue<T> {
    return this.#value.add(difference);
  }

  sub(difference: number | bigint): JsValue<T> {
    return this.#value.sub(difference);
  }

  and(bits: number | bigint): JsValue<T> {
    return this.#value.and(bits);
  }

  or(bits: number | bigint): JsValue<T> {
    return this.#value.or(bits);
  }

  xor(bits: number | bigint): JsValue<T> {
    return this.#value.xor(bits);
  }

  exchange(value: JsValue<T>): JsValue<T> {
    return this.#value.exchange(value);
  }

  compareExchange(expected: JsValue<T>, value: JsValue<T>): JsValue<T> {
    return this.#value.compareExchange(expected, value);
  }

  getValue(): JsValue<T> {
    return this.#cell.get();
  }

  toString(): string {
    return String(this.#value).replace(/^<Synchronized wrapper for (.*)>$/s, 'Value($1)');
  }
}
