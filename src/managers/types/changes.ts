/** What reads a value and writes another in one step, for which a client would need a lock: the server runs one method at a time. */
import { isDeepStrictEqual } from 'node:util';
import { argumentTypeError } from '../../base/errors.ts';
import { checkFunction, refusePromise } from '../../sync/functions.ts';

/** A place that holds a value. */
export interface Cell<V> {
  get(): V;
  set(value: V): void;
}

/** What `update` runs: a function that the server can import, or that travels by its source. */
export type Updater<V, A extends readonly unknown[]> = (value: V, ...args: A) => V;

/** Writes what `change` makes of the value, and returns it. */
export function update<V, A extends readonly unknown[]>(cell: Cell<V>, change: Updater<V, A>, args: A): V {
  checkFunction('the function of update()', change);
  const value = change(cell.get(), ...args);
  refusePromise(value, 'the function', 'update()', 'a lock of the manager around get() and set()');
  cell.set(value);
  return value;
}

/** Adds to a number or bigint, of which a missing one is 0, and returns the sum. */
export function increment(cell: Cell<unknown>, difference: unknown, what: string): number | bigint {
  const kind = typeof difference;
  if (kind !== 'number' && kind !== 'bigint') throw argumentTypeError(`increment() adds a number or a bigint, not ${kind}`);
  const value = cell.get() ?? (kind === 'bigint' ? 0n : 0);
  if (typeof value !== kind) throw argumentTypeError(`increment() adds a ${kind} to ${what}, which is a ${typeof value}`);
  const sum = (value as number) + (difference as number);
  cell.set(sum);
  return sum;
}

/** Writes `next` if `expected` is there. */
export function compareAndSet<V>(cell: Cell<V>, expected: unknown, next: V): boolean {
  if (!isSame(cell.get(), expected)) return false;
  cell.set(next);
  return true;
}

/** Equal as keys of a Map are; objects by what they hold: what a client sends is a copy, and never the same object. */
export function isSame(a: unknown, b: unknown): boolean {
  return a === b || isDeepStrictEqual(a, b);
}
