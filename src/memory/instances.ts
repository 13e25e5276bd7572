/**
 * One instance for each shared object and thread: it carries this participant's hold, and the local part of the object's wait sets.
 * When the last reference to it is gone (or at `forget`) the hold is given back.
 */
import type { ObjectKind, ObjectReference } from './objects.ts';
import type { Session } from './session.ts';

/** An instance that knows its reference. Others (the ArrayBuffers of shared memory) are registered beside theirs. */
export interface Instance {
  readonly reference: ObjectReference;
}

interface Known {
  readonly generation: number;
  readonly instance: WeakRef<object>;
}

const known = new Map<number, Known>();
let held: { session: Session; registry: FinalizationRegistry<ObjectReference> } | undefined;

function registryOf(session: Session): FinalizationRegistry<ObjectReference> {
  held ??= { session, registry: new FinalizationRegistry((reference) => released(session, reference)) };
  return held.registry;
}

function released(session: Session, { index, generation }: ObjectReference): void {
  const entry = known.get(index);
  // The object may have come back in a message before this ran: then the hold is the new instance's.
  if (entry?.generation !== generation || entry.instance.deref()) return;
  known.delete(index);
  session.objects.release(index);
}

/** Registers the instance of an object that this thread has just made. */
export function addInstance<T extends object>(session: Session, instance: T, reference: ObjectReference): T {
  known.set(reference.index, { generation: reference.generation, instance: new WeakRef(instance) });
  registryOf(session).register(instance, reference, instance);
  return instance;
}

/** The instance of an object that came in a message, made if this thread has none. Throws SharedMemoryError when the object is gone. */
export function instanceOf<T extends object>(
  session: Session,
  reference: ObjectReference,
  kind: ObjectKind,
  make: (unit: number) => T,
): T {
  const entry = known.get(reference.index);
  const present = entry?.generation === reference.generation ? entry.instance.deref() : undefined;
  if (present) return present as T;
  const unit = session.objects.block(reference, kind);
  session.objects.hold(reference.index);
  return addInstance(session, make(unit), reference);
}

/** Gives the hold back at once; the instance must not be used any more. */
export function forgetInstance(session: Session, instance: object, reference: ObjectReference): void {
  const { index, generation } = reference;
  if (known.get(index)?.generation !== generation) return;
  known.delete(index);
  registryOf(session).unregister(instance);
  session.objects.release(index);
}
