/**
 * How the objects of shared memory (locks, queues, ends of pipes) stand in a message: by session, index and generation.
 * The channel that carries the message counts them in flight, so that they live while nobody else holds them.
 */
import { SerializationError, SharedMemoryError } from '../base/errors.ts';
import type { Instance } from '../memory/instances.ts';
import type { ObjectReference, Passenger } from '../memory/object_kinds.ts';
import { session } from '../memory/session.ts';
import { registerObjectKind } from './registry.ts';

/** The context that channels in shared memory give to `encode`. */
export interface Passengers {
  readonly passengers: Passenger[];
}

/** [session, index, generation] */
export type PackedReference = readonly [session: number, index: number, generation: number];

/** What stands in the message for an object in one of its roles (0 where it has only one). */
export function packReference({ index, generation }: ObjectReference, role: number, context: unknown): PackedReference {
  const passengers = (context as Passengers | undefined)?.passengers;
  if (!passengers) {
    throw new SerializationError(
      'an object in shared memory cannot travel this way: send it through a Pipe or a Queue, or as an argument of a Process',
    );
  }
  passengers.push({ index, generation, role });
  return [session().id, index, generation];
}

/** The reference in a message. Throws SharedMemoryError when it comes from another session. */
export function unpackReference(packed: unknown): ObjectReference {
  const { id } = session();
  if (!Array.isArray(packed) || packed.length !== 3 || !packed.every(Number.isInteger))
    throw new SerializationError('a message names an object of shared memory in a form that is not ours');
  const [from, index, generation] = packed as unknown as PackedReference;
  if (from !== id) {
    throw new SharedMemoryError(
      `this object belongs to session ${from}, and this process to session ${id}: objects in shared memory travel inside one session only`,
    );
  }
  return { index, generation };
}

/** Makes the instances of a class travel; `from` gives this thread's instance for a reference. */
export function registerSharedObject<T extends Instance>(
  tag: number,
  type: abstract new (...args: any[]) => T,
  from: (reference: ObjectReference) => T,
): void {
  registerObjectKind<T>({
    tag,
    class: type,
    encode: (object, context) => packReference(object.reference, 0, context),
    decode: (packed) => from(unpackReference(packed)),
  });
}
