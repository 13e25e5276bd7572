/** Checks of sizes and indices. */
import { argumentRangeError, argumentTypeError } from '../base/errors.ts';
import { shown } from './type.ts';

/** A size in elements: a whole number, 0 or more. Throws TypeError, RangeError. */
export function checkCount(what: string, count: unknown): number {
  if (typeof count !== 'number') throw argumentTypeError(`${what} must be a number of elements, not ${shown(count)}`);
  if (!(Number.isSafeInteger(count) && count >= 0))
    throw argumentRangeError(`${what} must be a whole number of elements, 0 or more, not ${count}`);
  return count;
}

/** The index of an element, where a negative one counts from the end. Throws TypeError, RangeError. */
export function checkIndex(what: string, index: unknown, length: number): number {
  if (typeof index !== 'number') throw argumentTypeError(`an index of ${what} must be a number, not ${shown(index)}`);
  const found = index < 0 ? index + length : index;
  if (!(Number.isInteger(found) && found >= 0 && found < length)) {
    const range = length === 0 ? 'it has no elements' : `it has ${length}, so ${-length} to ${length - 1} are valid`;
    throw argumentRangeError(`index ${index} is out of range for ${what}: ${range}`);
  }
  return found;
}

/** Where a slice starts and ends, as for `Array.prototype.slice`. */
export function sliceRange(start: number | undefined, end: number | undefined, length: number): [start: number, end: number] {
  const clamp = (value: number | undefined, missing: number): number => {
    if (value === undefined) return missing;
    const whole = Math.trunc(value) || 0;
    return whole < 0 ? Math.max(0, whole + length) : Math.min(whole, length);
  };
  const from = clamp(start, 0);
  return [from, Math.max(from, clamp(end, length))];
}
