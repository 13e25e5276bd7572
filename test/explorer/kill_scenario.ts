/** What a scenario for the explorer of kills is, and what several of them need. Loaded by the test and by the children. */
import { forgetInstance } from '#dist/memory/instances.js';
import type { ObjectReference } from '#dist/memory/objects.js';
import type { OwnerWord } from '#dist/memory/participants.js';
import { session } from '#dist/memory/session.js';
import { platform } from '#dist/platform/current.js';

const PATIENCE_MS = 30_000;

/** One operation. The same module is loaded by the test and by the child. */
export interface KillScenario<State = any> {
  /** Survivor, before each kill: fresh objects, and what of them goes to the child. */
  prepare(): { state: State; args?: readonly unknown[] } | Promise<{ state: State; args?: readonly unknown[] }>;
  /** Child: what comes before the operation, not counted. Returns the arguments of `run`; left out: those of `prepare`. */
  open?(...args: any[]): readonly unknown[] | Promise<readonly unknown[]>;
  /** Survivor, once the child is ready for its operation: begins waits that have to end whatever becomes of the child. */
  meanwhile?(state: State): void;
  /** Child: the operation; every step of it is one at which the child is killed. */
  run(...opened: any[]): unknown;
  /** Survivor, after the kill: the objects are as if the operation had been done or not, and can be used. Gives back what `prepare` made. */
  check(state: State): void | Promise<void>;
  /** One child at a time: others would change what the operation does. */
  readonly alone?: boolean;
}

export type KillScenarios = Record<string, KillScenario>;

/** What a survivor waits for comes soon, or the test fails and says what it was. */
export async function within<T>(promise: Promise<T>, problem: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const impatience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(problem)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, impatience]);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs `act` as a participant of its own, which is dead afterwards, and not cleaned up after yet. Returns its owner word. */
export function actAndDie(act: () => void): OwnerWord {
  const { participants } = session();
  const { owner, doorbell, lock } = session().claimChild();
  const { self } = participants;
  try {
    participants.self = owner;
    act();
  } finally {
    participants.self = self;
    platform().close(doorbell);
    platform().close(lock);
  }
  return owner;
}

/** Makes an object by somebody who uses it and dies; this thread keeps it. */
export function leftByTheDead<T extends { readonly reference: ObjectReference }>(
  make: () => T,
  use: (made: T) => void,
  from: (reference: ObjectReference) => T,
): T {
  let reference: ObjectReference | undefined;
  const { objects, self } = session();
  const dead = actAndDie(() => {
    const made = make();
    use(made);
    reference = made.reference;
    objects.hold(reference.index, self);
    forgetInstance(session(), made, reference);
    // As one who is killed: it held the object to the end.
    objects.hold(reference.index);
  });
  session().bury(dead);
  return from(reference!);
}
