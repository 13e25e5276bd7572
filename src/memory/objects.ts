/**
 * The object table: every shared object of the session (locks, pipes, queues), who holds it, and when it goes.
 *
 * STATE of an entry: FREE, LIVE, or the owner word of the participant that destroys it.
 *   FREE -> LIVE        one store, everything else written before, the creator's hold bit too
 *   LIVE -> destroying  compare-and-swap that names the destroyer
 *   destroying -> FREE  one store, after its blocks are freed
 * A hold bit is set by its holder, or by another holder on its behalf. Nobody can come to hold an object that nobody holds and no message carries;
 * ACTIVITY counts grants, so that a scan of the rows can tell that a hold moved past it.
 *
 * Crash: a destroyer's word in STATE names a dead participant; whoever cleans up after it goes on. An object whose last hold was given back by one that
 * died before it destroyed it is found by a look at all objects, at each clean-up. Free entries are a list that one scan rebuilds.
 */
import { SharedMemoryError } from '../base/errors.ts';
import { add, and, compareExchange, load, or, store } from '../platform/atomics.ts';
import type { Heap } from './heap.ts';
import type { LockEnvironment } from './internal_lock.ts';
import { acquireInternal } from './internal_lock.ts';
import {
  BLOCK_HEADER_WORDS,
  Block,
  Header,
  HOLD_ROW_WORDS,
  HOLDS_WORD,
  MAX_OBJECTS,
  OBJECT_WORDS,
  OBJECTS_WORD,
  ObjectEntry,
  ObjectState,
} from './layout.ts';
import type { OwnerWord } from './participants.ts';
import { slotOf } from './participants.ts';

/** What the layers above tell of their objects. */
export interface ObjectKind {
  /** Unique, 1 to 255. */
  readonly code: number;
  readonly name: string;
  /** Frees the blocks that belong to the object (not its own), and releases what its undelivered messages carry. */
  destroy?(unit: number, index: number): void;
  /** A holder died: clear what it left in the object's words. */
  holderGone?(unit: number, owner: OwnerWord): void;
  /** The object, in one of its roles (an end of a channel), goes into a message (+1) or came out of one (-1). */
  inFlight?(unit: number, role: number, change: 1 | -1): void;
  /** Whether a block that names the object at `position` had been published there. */
  isReachable?(unit: number, position: number, block: number): boolean;
  /** Problems found, for fsck. */
  check?(unit: number, index: number): Iterable<string>;
}

const kinds = new Map<number, ObjectKind>();

export function registerObjectKind(kind: ObjectKind): void {
  const other = kinds.get(kind.code);
  if (other && other.name !== kind.name) throw new Error(`object kinds ${other.name} and ${kind.name} share code ${kind.code}`);
  kinds.set(kind.code, kind);
}

/** Names an object of this session for ever: its index, and which of the objects that ever had this index. */
export interface ObjectReference {
  readonly index: number;
  readonly generation: number;
}

/** An object that a message carries, and as what: a channel's ends are different roles of one object. */
export interface Passenger extends ObjectReference {
  readonly role: number;
}

/** The position with which an object's own block is linked. */
const OWN_BLOCK = -1;

export class Objects {
  readonly #words: Int32Array;
  readonly #heap: Heap;
  readonly #environment: LockEnvironment;
  readonly #highSlot: () => number;
  readonly #repair = (): void => this.#rebuild();

  constructor(words: Int32Array, heap: Heap, environment: LockEnvironment, highSlot: () => number) {
    this.#words = words;
    this.#heap = heap;
    this.#environment = environment;
    this.#highSlot = highSlot;
  }

  /** Makes a filled block an object, held by the caller. */
  publish(kind: ObjectKind, unit: number): ObjectReference {
    const words = this.#words;
    const index = this.#locked(() => {
      const entry = this.#takeEntry();
      store(words, word(entry, ObjectEntry.KIND), kind.code);
      store(words, word(entry, ObjectEntry.BLOCK), unit);
      store(words, word(entry, ObjectEntry.IN_FLIGHT), 0);
      store(words, word(entry, ObjectEntry.GENERATION), (load(words, word(entry, ObjectEntry.GENERATION)) + 1) & 0x7fffffff);
      this.#heap.link(unit, entry, OWN_BLOCK);
      or(words, holdWord(slotOf(this.#environment.self), entry), holdBit(entry));
      store(words, word(entry, ObjectEntry.STATE), ObjectState.LIVE);
      store(words, Header.LIVE_OBJECTS, load(words, Header.LIVE_OBJECTS) + 1);
      return entry;
    });
    this.#heap.disown(unit);
    return { index, generation: this.generation(index) };
  }

  generation(index: number): number {
    return load(this.#words, word(index, ObjectEntry.GENERATION));
  }

  /** The block of a live object of a kind. Throws SharedMemoryError when it is gone or another. */
  block(reference: ObjectReference, kind: ObjectKind): number {
    const { index, generation } = reference;
    const words = this.#words;
    const known = index > 0 && index < MAX_OBJECTS && load(words, word(index, ObjectEntry.STATE)) === ObjectState.LIVE;
    if (!known || this.generation(index) !== generation || load(words, word(index, ObjectEntry.KIND)) !== kind.code) {
      throw new SharedMemoryError(
        `this ${kind.name} is gone: nobody held it any more when the reference to it was used. Keep it referenced until the receiver has it`,
      );
    }
    return load(words, word(index, ObjectEntry.BLOCK));
  }

  isHeldBy(index: number, owner: OwnerWord): boolean {
    return (load(this.#words, holdWord(slotOf(owner), index)) & holdBit(index)) !== 0;
  }

  /** Sets a hold bit. The caller holds the object itself, or reads a message that carries it. */
  hold(index: number, owner: OwnerWord = this.#environment.self): void {
    or(this.#words, holdWord(slotOf(owner), index), holdBit(index));
    add(this.#words, word(index, ObjectEntry.ACTIVITY), 1);
  }

  /** A message that carries the object is about to be published. */
  send({ index, role }: Passenger): void {
    this.#inFlight(index, role, 1);
    add(this.#words, word(index, ObjectEntry.IN_FLIGHT), 1);
    add(this.#words, word(index, ObjectEntry.ACTIVITY), 1);
  }

  /** A message that carried the object was consumed or dropped; the receiver holds the object by now, if it wants it. */
  delivered({ index, role, generation }: Passenger): void {
    if (!(index > 0 && index < MAX_OBJECTS) || this.generation(index) !== generation) return;
    add(this.#words, word(index, ObjectEntry.IN_FLIGHT), -1);
    this.#inFlight(index, role, -1);
    this.destroyIfUnheld(index);
  }

  #inFlight(index: number, role: number, change: 1 | -1): void {
    const kind = kinds.get(load(this.#words, word(index, ObjectEntry.KIND)));
    kind?.inFlight?.(load(this.#words, word(index, ObjectEntry.BLOCK)), role, change);
  }

  /** Takes a participant's hold back; the object goes when that was the last one. */
  release(index: number, owner: OwnerWord = this.#environment.self): void {
    and(this.#words, holdWord(slotOf(owner), index), ~holdBit(index));
    this.destroyIfUnheld(index);
  }

  destroyIfUnheld(index: number): void {
    const words = this.#words;
    const activity = load(words, word(index, ObjectEntry.ACTIVITY));
    if (load(words, word(index, ObjectEntry.STATE)) !== ObjectState.LIVE || load(words, word(index, ObjectEntry.IN_FLIGHT)) !== 0)
      return;
    if (this.#isHeld(index) || load(words, word(index, ObjectEntry.ACTIVITY)) !== activity) return;
    if (compareExchange(words, word(index, ObjectEntry.STATE), ObjectState.LIVE, this.#environment.self) !== ObjectState.LIVE)
      return;
    const block = load(words, word(index, ObjectEntry.BLOCK));
    kinds.get(load(words, word(index, ObjectEntry.KIND)))?.destroy?.(block, index);
    this.#finishDestroy(index);
  }

  /** What a dead participant left: its holds, and what it was destroying. */
  reclaim(owner: OwnerWord): void {
    const words = this.#words;
    const slot = slotOf(owner);
    const high = load(words, Header.HIGH_OBJECT);
    for (let base = 0; base <= high; base += 32) {
      let bits = load(words, holdWord(slot, base));
      for (; bits !== 0; bits &= bits - 1) {
        const index = base + 31 - Math.clz32(bits & -bits);
        if (load(words, word(index, ObjectEntry.STATE)) === ObjectState.LIVE) {
          kinds.get(load(words, word(index, ObjectEntry.KIND)))?.holderGone?.(load(words, word(index, ObjectEntry.BLOCK)), owner);
        }
        this.release(index, owner);
      }
    }
    for (let index = 1; index <= high; index++) {
      const state = word(index, ObjectEntry.STATE);
      // It may have died between giving a hold back, its own or another's, and looking whether that was the last.
      if (load(words, state) === ObjectState.LIVE) this.destroyIfUnheld(index);
      if (load(words, state) !== owner || compareExchange(words, state, owner, this.#environment.self) !== owner) continue;
      this.#freeLinked(index);
      this.#finishDestroy(index);
    }
  }

  /** See Heap.reclaim. */
  readonly isReachable = (index: number, position: number, block: number): boolean => {
    const words = this.#words;
    if (index <= 0 || index >= MAX_OBJECTS || load(words, word(index, ObjectEntry.STATE)) !== ObjectState.LIVE) return false;
    const own = load(words, word(index, ObjectEntry.BLOCK));
    if (position === OWN_BLOCK) return own === block;
    return kinds.get(load(words, word(index, ObjectEntry.KIND)))?.isReachable?.(own, position, block) ?? false;
  };

  /** Live objects: index, kind and block. */
  *live(): Generator<{ index: number; kind: ObjectKind | undefined; unit: number }> {
    const words = this.#words;
    for (let index = 1; index <= load(words, Header.HIGH_OBJECT); index++) {
      if (load(words, word(index, ObjectEntry.STATE)) !== ObjectState.LIVE) continue;
      yield {
        index,
        kind: kinds.get(load(words, word(index, ObjectEntry.KIND))),
        unit: load(words, word(index, ObjectEntry.BLOCK)),
      };
    }
  }

  isUnheld(index: number): boolean {
    return !this.#isHeld(index) && load(this.#words, word(index, ObjectEntry.IN_FLIGHT)) <= 0;
  }

  #isHeld(index: number): boolean {
    for (let slot = 1; slot <= this.#highSlot(); slot++) {
      if ((load(this.#words, holdWord(slot, index)) & holdBit(index)) !== 0) return true;
    }
    return false;
  }

  #finishDestroy(index: number): void {
    const words = this.#words;
    const block = load(words, word(index, ObjectEntry.BLOCK));
    if (block !== 0 && this.#isLinked(block, index)) {
      this.#heap.adopt(block);
      store(words, word(index, ObjectEntry.BLOCK), 0);
      this.#heap.free(block);
    }
    this.#locked(() => {
      store(words, word(index, ObjectEntry.NEXT_FREE), load(words, Header.FREE_OBJECT));
      store(words, word(index, ObjectEntry.STATE), ObjectState.FREE);
      store(words, Header.FREE_OBJECT, index);
      store(words, Header.LIVE_OBJECTS, load(words, Header.LIVE_OBJECTS) - 1);
    });
  }

  #isLinked(unit: number, index: number): boolean {
    const { words, index: payload } = this.#heap.structure(unit);
    return this.#heap.isBlock(unit, 0) && load(words, payload - BLOCK_HEADER_WORDS + Block.LINK) === index + 1;
  }

  /** A destroyer died in the middle: everything that still names the object is freed, found by a walk. */
  #freeLinked(index: number): void {
    const own = load(this.#words, word(index, ObjectEntry.BLOCK));
    for (const unit of this.#heap.linkedTo(index)) if (unit !== own) this.#heap.free(unit);
  }

  #takeEntry(): number {
    const words = this.#words;
    const free = load(words, Header.FREE_OBJECT);
    if (free !== 0) {
      store(words, Header.FREE_OBJECT, load(words, word(free, ObjectEntry.NEXT_FREE)));
      return free;
    }
    const index = load(words, Header.HIGH_OBJECT) + 1;
    if (index >= MAX_OBJECTS)
      throw new SharedMemoryError(
        `a session holds at most ${MAX_OBJECTS - 1} shared objects: close() those that are no longer used`,
      );
    store(words, Header.HIGH_OBJECT, index);
    return index;
  }

  #locked<T>(change: () => T): T {
    acquireInternal(this.#words, Header.OBJECT_LOCK, this.#environment, this.#repair);
    try {
      return change();
    } finally {
      store(this.#words, Header.OBJECT_LOCK, 0);
    }
  }

  #rebuild(): void {
    const words = this.#words;
    let live = 0;
    store(words, Header.FREE_OBJECT, 0);
    for (let index = load(words, Header.HIGH_OBJECT); index > 0; index--) {
      if (load(words, word(index, ObjectEntry.STATE)) !== ObjectState.FREE) {
        live++;
        continue;
      }
      store(words, word(index, ObjectEntry.NEXT_FREE), load(words, Header.FREE_OBJECT));
      store(words, Header.FREE_OBJECT, index);
    }
    store(words, Header.LIVE_OBJECTS, live);
  }
}

function word(index: number, field: number): number {
  return OBJECTS_WORD + index * OBJECT_WORDS + field;
}

function holdWord(slot: number, index: number): number {
  return HOLDS_WORD + slot * HOLD_ROW_WORDS + (index >>> 5);
}

function holdBit(index: number): number {
  return 1 << (index & 31);
}
