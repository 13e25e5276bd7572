/** Checks of the numbers that constructors and methods of this layer take. */
import { argumentRangeError, argumentTypeError } from '../base/errors.ts';

/** What a word holds. CPython's semaphores end there, too. */
export const MAX_COUNT = 2 ** 31 - 1;

export function checkCount(what: string, count: unknown, least: 0 | 1, most = MAX_COUNT): number {
  if (typeof count !== 'number')
    throw argumentTypeError(`${what} must be a number, not ${count === null ? 'null' : typeof count}`);
  if (!Number.isInteger(count) || count < least || count > most)
    throw argumentRangeError(`${what} must be an integer from ${least} to ${most}, not ${count}`);
  return count;
}
