/** What methods of collections take besides their own kind. */
import { argumentTypeError } from '../../base/errors.ts';
import { shown } from '../../sharedctypes/type.ts';

/** Throws TypeError for what cannot be iterated. */
export function checkIterable<T>(what: string, value: unknown): Iterable<T> {
  if (value !== null && value !== undefined && typeof (value as Iterable<T>)[Symbol.iterator] === 'function')
    return value as Iterable<T>;
  throw argumentTypeError(`${what} must be iterable (an array, a Set, a Map, a collection of the manager), not ${shown(value)}`);
}
