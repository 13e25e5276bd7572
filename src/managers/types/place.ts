/** The types of Value and Array of a manager, over memory of the server alone. */
import { argumentTypeError } from '../../base/errors.ts';
import { arrayType } from '../../sharedctypes/arrays.ts';
import { checkCount } from '../../sharedctypes/counts.ts';
import { Memory } from '../../sharedctypes/memory.ts';
import { initialElements, type Place } from '../../sharedctypes/raw.ts';
import { resolve } from '../../sharedctypes/resolve.ts';
import { arrayAt, type SharedArray } from '../../sharedctypes/shared_array.ts';
import type { Type } from '../../sharedctypes/type.ts';
import { type SharedValue, valueAt } from '../../sharedctypes/value.ts';

/** Throws TypeError for structures and arrays, of which a client would get views of memory that it does not have. */
function scalar(type: unknown): Type {
  const resolved = resolve(type);
  if (resolved.kind === 'struct' || resolved.kind === 'array')
    throw argumentTypeError(
      `a manager has no values of ${resolved.name}: use a Namespace, a dict or a list, or a Value in shared memory`,
    );
  return resolved;
}

function placeFor(type: Type): Place {
  return { type, memory: new Memory(new ArrayBuffer(type.size)), offset: 0 };
}

/** Throws TypeError, RangeError. */
export function localValue(type: unknown, initial: unknown): SharedValue {
  const value = valueAt(placeFor(scalar(type)), undefined);
  if (initial !== undefined) value.value = initial;
  return value;
}

/** Throws TypeError, RangeError. */
export function localArray(type: unknown, sizeOrInit: unknown): SharedArray<any> {
  const element = scalar(type);
  const isSize = typeof sizeOrInit === 'number';
  const source = isSize ? undefined : initialElements('Array', element, sizeOrInit);
  const array = arrayAt(placeFor(arrayType(element, source?.length ?? checkCount('Array: the size', sizeOrInit))), undefined);
  if (source) array.set(source as unknown as Iterable<any>);
  return array;
}
