/**
 * Presence: a shared object without content. That somebody holds it, in a process, a thread or an undelivered message, is all it says: for things that live in one
 * process and are named in others, and that go with the last name. The object table knows its holders, also after `kill -9`; nothing is counted here.
 *
 * Transitions
 *   grant    the thing's own process makes it, or takes hold of it while it is there, to put it into a message
 *   from     a receiver has it from the message
 *   release  the last user of a process lets go of it; its entry in the object table is free again when all have
 *
 * Crash: holds of the dead are taken back with their row; a message that carries it is found by the collector, or goes with its channel.
 */
import { addInstance, forgetInstance, type Instance } from '../memory/instances.ts';
import { type ObjectKind, type ObjectReference, registerObjectKind } from '../memory/object_kinds.ts';
import { session } from '../memory/session.ts';
import { registerSharedObject } from '../serialization/shared_objects.ts';
import { adopt, place } from './place.ts';

const kind: ObjectKind = { code: 12, name: 'presence' };
registerObjectKind(kind);

/** A presence as it is named in a message that is being written. */
export class PresenceName implements Instance {
  readonly reference: ObjectReference;

  constructor(reference: ObjectReference) {
    this.reference = reference;
  }
}

/** This thread's hold of a presence. */
export class Presence extends PresenceName {
  #users = 0;

  constructor() {
    const { session, reference, isNew } = place(kind, 1);
    super(reference);
    if (isNew) addInstance(session, this, reference);
  }

  /** This thread's instance of a presence that came in a message. Throws SharedMemoryError when it is gone. */
  static from(reference: ObjectReference): Presence {
    return adopt(reference, kind, () => new Presence());
  }

  /** One user more; without `release` it is one until it is collected as garbage. */
  use(): this {
    this.#users++;
    return this;
  }

  /** One user less: with the last one this thread lets go. */
  release(): void {
    if (--this.#users <= 0) forgetInstance(session(), this, this.reference);
  }
}

/** A presence that this thread holds once more until `letGo`: `present`, if somebody still holds that, else a new one. Throws SharedMemoryError. */
export function grant(present: ObjectReference | undefined): ObjectReference {
  const { heap, objects, holds } = session();
  const reference = present && objects.pin(present) ? present : objects.publish(kind, heap.allocate(4, true));
  holds.retain(reference.index);
  return reference;
}

export function letGo({ index }: ObjectReference): void {
  session().holds.drop(index);
}

/** Whether anybody holds it, or a message carries it. */
export function isPresent(reference: ObjectReference): boolean {
  return session().objects.isLive(reference);
}

registerSharedObject(23, PresenceName, (reference) => Presence.from(reference));
