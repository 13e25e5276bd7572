/**
 * How the objects of this folder stand in a message: the type's description, the memory by reference, the place in it, and the lock as it travels itself.
 * What arrives may come from hostile bytes.
 */
import { SerializationError } from '../base/errors.ts';
import type { ObjectReference } from '../memory/object_kinds.ts';
import { referenceOfBuffer, sharedBufferFrom } from '../memory/shared_buffer.ts';
import { registerObjectKind } from '../serialization/registry.ts';
import { type PackedReference, packReference, unpackReference } from '../serialization/shared_objects.ts';
import { Lock } from '../sync/lock.ts';
import { RLock } from '../sync/rlock.ts';
import { itemsType } from './arrays.ts';
import { CharBytes } from './char_array.ts';
import { Memory } from './memory.ts';
import { objectAt, type Place, placeOf } from './raw.ts';
import { resolve } from './resolve.ts';
import { structType } from './struct.ts';
import { type AnyLock, Synchronized } from './synchronized.ts';
import { charType, wcharType } from './texts.ts';
import { type Description, Type } from './type.ts';
import { View } from './view.ts';

/** [type, memory, offset in bytes] */
type PackedPlace = readonly [Description, PackedReference, number];
/** Types in types: more is an attack on the stack. */
const MAX_DEPTH = 50;

function packPlace({ type, memory, offset }: Place, context: unknown): PackedPlace {
  const reference = referenceOfBuffer(memory.buffer) as ObjectReference;
  return [type.description, packReference(reference, 0, context), offset];
}

function unpackPlace(packed: unknown): Place {
  if (!Array.isArray(packed) || packed.length !== 3) refuse();
  const [description, reference, offset] = packed as unknown as PackedPlace;
  const type = typeOf(description);
  const memory = Memory.of(sharedBufferFrom(unpackReference(reference)));
  if (!(Number.isSafeInteger(offset) && offset >= 0 && offset % type.alignment === 0)) refuse();
  if (offset + type.size > memory.buffer.byteLength) refuse();
  return { type, memory, offset };
}

function typeOf(description: unknown, depth = 0): Type {
  if (depth > MAX_DEPTH) refuse();
  try {
    if (typeof description === 'string') return resolve(description);
    if (!Array.isArray(description)) refuse();
    const [kind, first, second] = description as unknown as [string, unknown, unknown];
    if (kind === 'char') return charType(count(first));
    if (kind === 'wchar') return wcharType(count(first));
    if (kind === 'array') return itemsType(typeOf(first, depth + 1), count(second));
    if (kind !== 'struct') refuse();
    return structType(description.slice(1).map((field: unknown) => namedType(field, depth + 1)));
  } catch (error) {
    if (error instanceof SerializationError) throw error;
    throw new SerializationError('a message describes a type of shared memory in a form that is not ours', '', { cause: error });
  }
}

function namedType(field: unknown, depth: number): [string, Type] {
  if (!Array.isArray(field) || field.length !== 2 || typeof field[0] !== 'string') refuse();
  return [field[0], typeOf(field[1], depth)];
}

function count(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : refuse();
}

function refuse(): never {
  throw new SerializationError('a message describes shared memory in a form that is not ours');
}

/** Makes the instances of a class travel; `make` gives the object of a place, or undefined for a type that the class has none of. */
export function registerSynchronized<T extends Synchronized>(
  tag: number,
  classOf: abstract new (...args: any[]) => T,
  make: (place: Place, lock: AnyLock | undefined) => T | undefined,
): void {
  registerObjectKind<T>({
    tag,
    class: classOf,
    encode: (object, context) => [packPlace(Synchronized.placeOf(object), context), Synchronized.lockOf(object) ?? null],
    decode(packed) {
      if (!Array.isArray(packed) || packed.length !== 2) refuse();
      const lock: unknown = packed[1];
      if (lock !== null && !(lock instanceof Lock) && !(lock instanceof RLock)) refuse();
      return make(unpackPlace(packed[0]), lock ?? undefined) ?? refuse();
    },
  });
}

registerObjectKind<Type>({
  tag: 12,
  class: Type,
  encode: ({ description }) => description,
  decode: (description) => typeOf(description),
});
registerObjectKind<View>({
  tag: 13,
  class: View,
  encode: (view, context) => packPlace(placeOf(view), context),
  decode: (packed) => objectAt(unpackPlace(packed)),
});
registerObjectKind({
  tag: 14,
  class: CharBytes,
  encode: (bytes, context) => packPlace(placeOf(bytes), context),
  decode: (packed) => objectAt(unpackPlace(packed)),
});
