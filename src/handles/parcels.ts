/**
 * Parcels: descriptors on their way. A descriptor cannot lie in shared memory, so the message names a parcel, an object of shared memory that says who
 * keeps the descriptor. Whoever receives the message asks the keeper for it (fetching.ts); the keeper keeps it while the parcel lives, which is while a message
 * carries it. So a descriptor is fetched by any process at any later time, twice where a message is handed out twice, and closed when nobody can ask any more.
 *
 * Fields
 *   KEEPER   owner word of who keeps the descriptor; changed once at the most, by a keeper that leaves, to its parent
 *   SECRET   four random words, which whoever asks must know
 *
 * Crash: a parcel whose keeper is dead is refused by its fetcher; a parcel that goes rings its keeper, which looks by itself now and then as well.
 */
import { type ObjectKind, type ObjectReference, registerObjectKind } from '../memory/object_kinds.ts';
import type { OwnerWord } from '../memory/participants.ts';
import { session } from '../memory/session.ts';
import { load, store } from '../platform/atomics.ts';
import { waiting } from '../wakeup/waiting.ts';

const Field = { KEEPER: 0, SECRET: 1 } as const;
export const SECRET_WORDS = 4;
const WORDS = Field.SECRET + SECRET_WORDS;

const kind: ObjectKind = {
  code: 11,
  name: 'parcel',
  destroy(unit) {
    waiting().ringer.ring(keeperOf(unit));
  },
};
registerObjectKind(kind);

/** A parcel that this participant keeps, and holds until it says otherwise. Throws SharedMemoryError. */
export function createParcel(): { readonly reference: ObjectReference; readonly secret: Int32Array } {
  const { heap, objects, holds, self } = session();
  const secret = process.getBuiltinModule('node:crypto').randomBytes(SECRET_WORDS * 4);
  const secretWords = new Int32Array(SECRET_WORDS).map((_, i) => secret.readInt32LE(4 * i));
  const unit = heap.allocate(WORDS * 4, true);
  const { words, index } = heap.structure(unit);
  store(words, index + Field.KEEPER, self);
  words.set(secretWords, index + Field.SECRET);
  const reference = objects.publish(kind, unit);
  holds.retain(reference.index);
  return { reference, secret: secretWords };
}

/** Where a live parcel lies. Throws SharedMemoryError when it is gone, or no parcel. */
export function openParcel(reference: ObjectReference): number {
  return session().objects.block(reference, kind);
}

export function keeperOf(unit: number): OwnerWord {
  const { words, index } = session().heap.structure(unit);
  return load(words, index + Field.KEEPER);
}

export function setKeeper(unit: number, keeper: OwnerWord): void {
  const { words, index } = session().heap.structure(unit);
  store(words, index + Field.KEEPER, keeper);
}

export function secretOf(unit: number): Int32Array {
  const { words, index } = session().heap.structure(unit);
  return words.slice(index + Field.SECRET, index + WORDS);
}
