/** The namespace of a manager: attributes by name. */

import { inspect } from 'node:util';
import { argumentTypeError } from '../../base/errors.ts';
import { type ArgumentCounts, methodsOf } from '../argument_counts.ts';
import { type Cell, compareAndSet, increment, type Updater, update } from './changes.ts';

/** `multiprocessing.managers`' Namespace, in the manager's server. */
export class ManagedNamespace<T extends object = Record<string, any>> {
  /** With how many arguments it is made, and its methods are called. */
  static readonly argumentCounts: ArgumentCounts = {
    new: [0, 1],
    get: 1,
    set: 2,
    has: 1,
    delete: 1,
    assign: 1,
    update: [2, Infinity],
    increment: [1, 2],
    compareAndSet: 3,
    getValue: 0,
  };
  /** What clients may call. */
  static readonly exposed: readonly string[] = methodsOf(ManagedNamespace.argumentCounts);

  readonly #values = new Map<keyof T, any>();

  constructor(values?: Partial<T>) {
    if (values !== undefined) this.assign(values);
  }

  get<K extends keyof T>(name: K): T[K] | undefined {
    return this.#values.get(name);
  }

  set<K extends keyof T>(name: K, value: T[K]): void {
    this.#values.set(checkName(name), value);
  }

  has(name: keyof T): boolean {
    return this.#values.has(name);
  }

  delete(name: keyof T): boolean {
    return this.#values.delete(name);
  }

  /** Sets several. */
  assign(values: Partial<T>): void {
    if (values === null || typeof values !== 'object') throw argumentTypeError('the values of a Namespace must be an object');
    for (const [name, value] of Object.entries(values)) this.#values.set(name as keyof T, value);
  }

  update<K extends keyof T, A extends readonly unknown[]>(name: K, change: Updater<T[K] | undefined, A>, ...args: A): T[K] {
    return update(this.#cell(name), change, args) as T[K];
  }

  increment(name: keyof T, difference: number | bigint = 1): number | bigint {
    return increment(this.#cell(name), difference, `the value of ${String(name)}`);
  }

  /** A missing one has the value undefined. */
  compareAndSet<K extends keyof T>(name: K, expected: T[K] | undefined, next: T[K]): boolean {
    return compareAndSet(this.#cell(name), expected, next as T[K] | undefined);
  }

  /** A copy, as a plain object. */
  getValue(): Partial<T> {
    return Object.fromEntries(this.#values) as Partial<T>;
  }

  toString(): string {
    return `Namespace(${[...this.#values].map(([name, value]) => `${String(name)}=${inspect(value)}`).join(', ')})`;
  }

  [inspect.custom](): string {
    return this.toString();
  }

  #cell<K extends keyof T>(name: K): Cell<T[K] | undefined> {
    checkName(name);
    return { get: () => this.#values.get(name), set: (value) => void this.#values.set(name, value) };
  }
}

function checkName<K>(name: K): K {
  if (typeof name === 'string') return name;
  throw argumentTypeError(`the name of an attribute must be a string, not ${typeof name}`);
}
