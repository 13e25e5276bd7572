/**
 * One instance for each shared object and thread: it carries this participant's hold, and the local part of the object's wait sets.
 * When the last reference to it is gone (or at `forget`) the hold is given back.
 */
import { unwatch, type Watch, watched, whenCollected } from './collected.ts';
import type { ObjectKind, ObjectReference } from './object_kinds.ts';
import type { Session } from './session.ts';

/** An instance that knows its reference. Others (the ArrayBuffers of shared memory) are registered beside theirs. */
export interface Instance {
  readonly reference: ObjectReference;
}

interface Known {
  readonly generation: number;
  readonly watch: Watch;
}

const known = new Map<number, Known>();

/** Registers the instance of an object that this thread has just made. */
export function addInstance<T extends object>(session: Session, instance: T, reference: ObjectReference): T {
  const { index, generation } = reference;
  session.holds.retain(index);
  const watch = whenCollected(instance, () => {
    // The object may have come back in a message before this ran: then there is a new instance, with a reason of its own.
    if (known.get(index)?.watch === watch) known.delete(index);
    session.holds.drop(index);
  });
  known.set(index, { generation, watch });
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
  const present = entry?.generation === reference.generation ? watched(entry.watch) : undefined;
  if (present) return present as T;
  const unit = session.objects.block(reference, kind);
  return addInstance(session, make(unit), reference);
}

/** Gives the hold back at once; the instance must not be used any more. */
export function forgetInstance(session: Session, instance: object, reference: ObjectReference): void {
  const entry = known.get(reference.index);
  if (!entry || watched(entry.watch) !== instance) return;
  known.delete(reference.index);
  unwatch(entry.watch);
  session.holds.drop(reference.index);
}
