/** What the object table knows of objects: how they are named, and what the layers above tell of each kind. */
import type { OwnerWord } from './participants.ts';

/** Names an object of this session for ever: its index, and which of the objects that ever had this index. */
export interface ObjectReference {
  readonly index: number;
  readonly generation: number;
}

/** An object that a message carries, and as what: a channel's ends are different roles of one object. */
export interface Passenger extends ObjectReference {
  readonly role: number;
}

/** What the layers above tell of their objects. */
export interface ObjectKind {
  /** Unique, 1 to 255. */
  readonly code: number;
  readonly name: string;
  /** Frees the blocks that belong to the object (not its own), and releases what its undelivered messages carry. */
  destroy?(unit: number, index: number): void;
  /** A holder died: clear what it left in the object's words. */
  holderGone?(unit: number, owner: OwnerWord): void;
  /** Whether undelivered messages of the object may carry others; false saves the walk. */
  carries?(unit: number): boolean;
  /** What they carry. Nobody frees the object meanwhile; messages may come and go. */
  passengers?(unit: number): Passenger[];
  /** For objects that travel in roles. */
  readonly roles?: ObjectRoles;
  /** Whether a block that names the object at `position` had been published there. */
  isReachable?(unit: number, position: number, block: number): boolean;
  /** Problems found, for fsck. */
  check?(unit: number, index: number): Iterable<string>;
}

/** An object that travels as one of several things: a channel as one of its ends. Roles are 1 and 2. */
export interface ObjectRoles {
  /** This participant has the end because a message of its own names it. */
  open(unit: number, role: number): void;
  /** No message of this thread names it any more. */
  close(unit: number, index: number, role: number): void;
  /** Words that count the ends in undelivered messages, and one that changes with each opening and sending. */
  counters(unit: number): { words: Int32Array; inFlight: Readonly<Record<number, number>>; activity: number };
  /** Ends in flight turned out to be fewer: wake who waits for the last one to go. */
  recounted(unit: number): void;
}

const kinds = new Map<number, ObjectKind>();

export function registerObjectKind(kind: ObjectKind): void {
  const other = kinds.get(kind.code);
  if (other && other.name !== kind.name) throw new Error(`object kinds ${other.name} and ${kind.name} share code ${kind.code}`);
  kinds.set(kind.code, kind);
}

/** Undefined = this program has not loaded it. */
export function objectKind(code: number): ObjectKind | undefined {
  return kinds.get(code);
}

/**
 * Whether this program knows the kinds of all objects that there can be. A worker that was sent none of them has not loaded them: it waits for none, and leaves
 * cleaning up after the dead to the others, who know how (those who started it do).
 */
let knowsAll = true;

export function knowsAllObjectKinds(): boolean {
  return knowsAll;
}

export function setKnowsAllObjectKinds(knows: boolean): void {
  knowsAll = knows;
}
