/** Atomic operations on integers of every size. */
import { argumentRangeError, argumentTypeError } from '../base/errors.ts';
import type { Memory } from './memory.ts';
import { refuseInteger } from './scalars.ts';
import type { IntegerArray, Type } from './type.ts';

/** The memory of an integer type as an array, and the index in it. Throws TypeError for other types. */
export function integersAt(type: Type, memory: Memory, operation: string): IntegerArray {
  if (type.integers) return type.integers.view(memory);
  throw argumentTypeError(`${operation}() needs an integer type, and this Value holds ${type.name}: use runExclusive()`);
}

/** A value of the type. Throws TypeError, RangeError. */
export function checkOperand(type: Type, value: any): any {
  const { min, max } = type.integers!;
  const fits = typeof value === typeof min && value >= min && value <= max;
  if (!fits || (typeof value === 'number' && !Number.isInteger(value)))
    refuseInteger(type.name, type.description as string, min, max, value);
  return value;
}

/** A difference of two values of the type: of either sign. Throws TypeError, RangeError. */
export function checkDifference(type: Type, value: any): any {
  const { min, max } = type.integers!;
  if (typeof value !== typeof min || (typeof value === 'number' && !Number.isInteger(value))) checkOperand(type, value);
  const span = (max as number) - (min as number);
  if (value > span || value < -span)
    throw argumentRangeError(`${value} is more than two values of ${type.name} can differ by (${span})`);
  return value;
}
