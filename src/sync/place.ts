/** Where a shared object of this layer lies: in a block of its own, made by its constructor, or there already when it came in a message. */
import { instanceOf } from '../memory/instances.ts';
import type { ObjectKind, ObjectReference } from '../memory/object_kinds.ts';
import { type Session, session } from '../memory/session.ts';

export interface Place {
  readonly session: Session;
  readonly words: Int32Array;
  /** Of the block's first word. */
  readonly index: number;
  readonly reference: ObjectReference;
  /** The caller makes the object, and registers its instance. */
  readonly isNew: boolean;
}

/** From `adopt`: the constructor takes the object that exists instead of making one. */
let adopted: { readonly unit: number; readonly reference: ObjectReference } | undefined;

/** For constructors. `fill` writes what is not zero in a new block, before anybody else can see it. Throws SharedMemoryError when memory is used up. */
export function place(kind: ObjectKind, wordCount: number, fill?: (words: Int32Array, index: number) => void): Place {
  const found = adopted;
  adopted = undefined;
  const here = session();
  const unit = found?.unit ?? here.heap.allocate(wordCount * 4, true);
  const { words, index } = here.heap.structure(unit);
  if (!found) fill?.(words, index);
  return { session: here, words, index, reference: found?.reference ?? here.objects.publish(kind, unit), isNew: !found };
}

/** This thread's instance of the object that a reference names. Throws SharedMemoryError when it is gone. */
export function adopt<T extends object>(reference: ObjectReference, kind: ObjectKind, construct: () => T): T {
  return instanceOf(session(), reference, kind, (unit) => {
    adopted = { unit, reference };
    try {
      return construct();
    } finally {
      adopted = undefined;
    }
  });
}
