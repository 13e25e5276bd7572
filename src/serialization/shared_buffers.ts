/**
 * Buffers over shared memory travel by reference: the receiver gets a view of the same memory. Memory of the session's arena is known here;
 * layers above add other kinds.
 */

import { SerializationError } from '../base/errors.ts';
import { referenceOfBuffer, sharedBufferFrom } from '../memory/shared_buffer.ts';
import { ModuleNotLoaded } from '../references/module_not_loaded.ts';
import { setBufferCodec } from './hooks.ts';
import { ALL_KINDS, lacksKinds } from './registry.ts';
import { type Passengers, packReference, unpackReference } from './shared_objects.ts';

/** A kind of memory that more than one process sees. */
export interface SharedBufferKind {
  /** 1 to 255, fixed: it stands on the wire. */
  readonly tag: number;
  /** A small plain value that stands for `buffer`, undefined if it is not of this kind. One WeakMap look-up: it is called for every buffer. */
  describe(buffer: ArrayBufferLike): unknown;
  /** The buffer. The description may come from hostile bytes. */
  resolve(description: unknown): ArrayBufferLike;
}

const kinds: SharedBufferKind[] = [];

export function registerSharedBufferKind(kind: SharedBufferKind): void {
  kinds.push(kind);
}

/** Where references cannot travel (through a socket) the bytes are copied like any others. */
function carriesReferences(context: unknown): boolean {
  return (context as Passengers | undefined)?.passengers !== undefined;
}

/** [tag, description] */
function describeOther(buffer: ArrayBufferLike): [tag: number, description: unknown] | undefined {
  for (const kind of kinds) {
    const description = kind.describe(buffer);
    if (description !== undefined) return [kind.tag, description];
  }
  return undefined;
}

setBufferCodec({
  isShared: (buffer, context) =>
    carriesReferences(context) && (referenceOfBuffer(buffer) !== undefined || describeOther(buffer) !== undefined),
  describe(buffer, context) {
    if (!carriesReferences(context)) return undefined;
    const reference = referenceOfBuffer(buffer);
    return reference ? packReference(reference, 0, context) : describeOther(buffer);
  },
  resolve(description) {
    // References have three parts.
    if (!Array.isArray(description) || description.length !== 2) return sharedBufferFrom(unpackReference(description));
    const other = kinds.find(({ tag }) => tag === description[0]);
    if (other) return other.resolve(description[1]);
    if (lacksKinds()) throw new ModuleNotLoaded(ALL_KINDS, 'a buffer of this library', 'nothing imported it so far');
    throw new SerializationError('a message names shared memory of a kind that is not known here');
  },
});
