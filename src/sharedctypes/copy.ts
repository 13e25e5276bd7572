/** Copies of shared memory, locks for what has none, and the bytes of anything. */
import { argumentTypeError } from '../base/errors.ts';
import { referenceOfBuffer } from '../memory/shared_buffer.ts';
import { newPlace, objectAt, type Place, placeOf } from './raw.ts';
import { arrayAt } from './shared_array.ts';
import { type AnyLock, lockFor, Synchronized } from './synchronized.ts';
import type { Synchronizes } from './synchronizes.ts';
import { shown } from './type.ts';
import { SharedValue, valueAt } from './value.ts';

/**
 * New shared memory with the same type and content, independent of the old. A Value or SharedArray comes with a new lock if it had one.
 * Throws TypeError for what shows no memory, SharedMemoryError when the session's memory is used up.
 */
export function copy<T extends object>(object: T): T {
  const from = object instanceof Synchronized ? Synchronized.placeOf(object) : placeOf(object);
  const place = newPlace(from.type);
  place.memory.u8.set(bytesAt(from));
  if (!(object instanceof Synchronized)) return objectAt(place);
  const lock = lockFor({ lock: Synchronized.lockOf(object) !== undefined });
  return (object instanceof SharedValue ? valueAt(place, lock) : arrayAt(place, lock)) as unknown as T;
}

/**
 * The same memory with a lock (a new RLock, or the one given): a Value for what RawValue returned, a SharedArray for what RawArray did, or for a part of
 * it. Throws TypeError for anything else.
 */
export function synchronized<O extends object>(object: O, lock?: AnyLock): Synchronizes<O> {
  if (object instanceof Synchronized)
    throw argumentTypeError(`${object} has a lock already: give what RawValue or RawArray returned, or its getObj()`);
  const place = placeOf(object);
  if (!referenceOfBuffer(place.memory.buffer))
    throw argumentTypeError(
      `${shown(object)} is in memory of this process alone: synchronized() takes what RawValue or RawArray returned; copy() moves it there`,
    );
  const { kind } = place.type;
  const isArray = kind === 'array' || kind === 'char' || kind === 'wchar';
  return (isArray ? arrayAt(place, lockFor({ lock })) : valueAt(place, lockFor({ lock }))) as never;
}

/**
 * The bytes of an object of this module in memory, or of one field of a structure, as a Buffer over the same memory: for text fields this is what `raw` is
 * in CPython. Throws TypeError for anything else, and for a field that there is not.
 */
export function raw(object: object, field?: string): Buffer {
  const place = object instanceof Synchronized ? Synchronized.placeOf(object) : placeOf(object);
  if (field === undefined) return bufferAt(place);
  const found = place.type.fields?.[field];
  if (!found) throw argumentTypeError(`${shown(object)} has no field '${field}'`);
  return bufferAt({ type: found.type, memory: place.memory, offset: place.offset + found.offset });
}

function bufferAt({ type, memory, offset }: Place): Buffer {
  return Buffer.from(memory.buffer, offset, type.size);
}

function bytesAt({ type, memory, offset }: Place): Uint8Array {
  return memory.u8.subarray(offset, offset + type.size);
}
