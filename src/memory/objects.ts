/**
 * The object table: every shared object of the session (locks, pipes, queues), who holds it, and when it goes.
 *
 * STATE of an entry: FREE, LIVE, or the owner word of the participant that destroys it.
 *   FREE -> LIVE        one store, everything else written before, the creator's hold bit too
 *   LIVE -> destroying  one store that names the destroyer, under OBJECT_LOCK, where nobody holds it
 *   destroying -> FREE  one store, after its blocks are freed
 * A hold bit is set by its holder, or by another holder on its behalf. Nobody can come to hold an object that nobody holds and no message carries;
 * ACTIVITY counts grants, so that a scan of the rows can tell that a hold moved past it, and messages that come and go, so that a recount can.
 *
 * An object that nobody holds and no message carries (IN_FLIGHT = 0) goes at once. Where a message may carry it, the collector decides (collector.ts):
 * the message may lie in a queue that nobody can reach, or IN_FLIGHT be too high after a crash.
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
import { type ObjectKind, type ObjectReference, objectKind } from './object_kinds.ts';
import type { OwnerWord } from './participants.ts';
import { raise, slotOf } from './participants.ts';

/** The position with which an object's own block is linked. */
const OWN_BLOCK = -1;

export class Objects {
  readonly #words: Int32Array;
  readonly #heap: Heap;
  readonly #environment: LockEnvironment;
  readonly #highSlot: () => number;
  readonly #repair = (): void => this.#rebuild();
  /** Claimed by this thread, to be destroyed next. */
  readonly #going: number[] = [];
  #isDestroying = false;

  constructor(words: Int32Array, heap: Heap, environment: LockEnvironment, highSlot: () => number) {
    this.#words = words;
    this.#heap = heap;
    this.#environment = environment;
    this.#highSlot = highSlot;
  }

  /** Set by the session: called when an object is found that only a collection can free. */
  onCandidate: (() => void) | undefined;
  /** Set by the session: frees what it can. False = nothing came of it. */
  onPressure: (() => boolean) | undefined;

  /** Makes a filled block an object, held by the caller. */
  publish(kind: ObjectKind, unit: number): ObjectReference {
    let index = this.#tryPublish(kind, unit);
    if (index === 0 && this.onPressure?.()) index = this.#tryPublish(kind, unit);
    if (index === 0) {
      this.#heap.free(unit);
      throw new SharedMemoryError(
        `a session holds at most ${MAX_OBJECTS - 1} shared objects: close those that are no longer used, or let go of them`,
      );
    }
    this.#heap.disown(unit);
    return { index, generation: this.generation(index) };
  }

  #tryPublish(kind: ObjectKind, unit: number): number {
    const words = this.#words;
    return this.#locked(() => {
      const entry = this.#takeEntry();
      if (entry === 0) return 0;
      store(words, word(entry, ObjectEntry.KIND), kind.code);
      store(words, word(entry, ObjectEntry.BLOCK), unit);
      store(words, word(entry, ObjectEntry.IN_FLIGHT), 0);
      store(words, word(entry, ObjectEntry.GENERATION), (load(words, word(entry, ObjectEntry.GENERATION)) + 1) & 0x7fffffff);
      this.#heap.link(unit, entry, OWN_BLOCK);
      this.hold(entry);
      store(words, word(entry, ObjectEntry.STATE), ObjectState.LIVE);
      store(words, Header.LIVE_OBJECTS, load(words, Header.LIVE_OBJECTS) + 1);
      return entry;
    });
  }

  kind(index: number): ObjectKind | undefined {
    return objectKind(load(this.#words, word(index, ObjectEntry.KIND)));
  }

  /** The object's own block. */
  unit(index: number): number {
    return load(this.#words, word(index, ObjectEntry.BLOCK));
  }

  generation(index: number): number {
    return load(this.#words, word(index, ObjectEntry.GENERATION));
  }

  /** The block of a live object of a kind. Throws SharedMemoryError when it is gone or another. */
  block(reference: ObjectReference, kind: ObjectKind): number {
    const { index } = reference;
    const words = this.#words;
    if (!this.isLive(reference) || load(words, word(index, ObjectEntry.KIND)) !== kind.code) {
      throw new SharedMemoryError(
        `this ${kind.name} is gone: nobody held it any more when the reference to it was used. Keep it referenced until the receiver has it`,
      );
    }
    return load(words, word(index, ObjectEntry.BLOCK));
  }

  /** Whether the object that a reference names is there. References may come from damaged memory. */
  isLive({ index, generation }: ObjectReference): boolean {
    return (
      index > 0 &&
      index < MAX_OBJECTS &&
      load(this.#words, word(index, ObjectEntry.STATE)) === ObjectState.LIVE &&
      this.generation(index) === generation
    );
  }

  isHeldBy(index: number, owner: OwnerWord): boolean {
    return (load(this.#words, holdWord(slotOf(owner), index)) & holdBit(index)) !== 0;
  }

  /**
   * Sets a hold bit. The caller holds the object itself, or reads a message that carries it.
   * The collector may have begun, and passed this bit, between the mark and the bit: then it is marked again, before the caller takes it out of anywhere.
   */
  hold(index: number, owner: OwnerWord = this.#environment.self): void {
    const words = this.#words;
    for (let epoch = load(words, Header.EPOCH), again = -1; epoch !== again; epoch = load(words, Header.EPOCH)) {
      again = epoch;
      raise(words, word(index, ObjectEntry.MARK), epoch);
      or(words, holdWord(slotOf(owner), index), holdBit(index));
    }
    add(words, word(index, ObjectEntry.ACTIVITY), 1);
  }

  // ---- going

  /** Takes a participant's hold back; the object goes when that was the last one. */
  release(index: number, owner: OwnerWord = this.#environment.self): void {
    and(this.#words, holdWord(slotOf(owner), index), ~holdBit(index));
    this.destroyIfUnheld(index);
  }

  destroyIfUnheld(index: number): void {
    const words = this.#words;
    const activity = load(words, word(index, ObjectEntry.ACTIVITY));
    if (load(words, word(index, ObjectEntry.STATE)) !== ObjectState.LIVE) return;
    const inFlight = load(words, word(index, ObjectEntry.IN_FLIGHT));
    if (this.#isHeld(index) || load(words, word(index, ObjectEntry.ACTIVITY)) !== activity) return;
    // Who does not know the kind cannot free what belongs to it, either.
    if (inFlight !== 0 || this.kind(index) === undefined) {
      add(words, Header.CANDIDATES, 1);
      this.onCandidate?.();
    } else if (this.#claim(index, () => load(words, word(index, ObjectEntry.ACTIVITY)) === activity)) this.#destroy(index);
  }

  /** Frees an object that a whole collection has not reached. False = it is no longer there, or somebody pins it. */
  destroyUnreached(index: number, epoch: number): boolean {
    if (!this.#claim(index, () => load(this.#words, word(index, ObjectEntry.MARK)) !== epoch)) return false;
    this.#destroy(index);
    return true;
  }

  /** Holds an object that perhaps nobody holds, so that it is not freed meanwhile. False = it is gone. */
  pin({ index, generation }: ObjectReference): boolean {
    return this.#locked(() => {
      if (!this.isLive({ index, generation })) return false;
      or(this.#words, holdWord(slotOf(this.#environment.self), index), holdBit(index));
      return true;
    });
  }

  /** The caller destroys it from here on. Under the lock, against `pin`. */
  #claim(index: number, isStillSo: () => boolean): boolean {
    return this.#locked(() => {
      const state = word(index, ObjectEntry.STATE);
      if (load(this.#words, state) !== ObjectState.LIVE || this.#isHeld(index) || !isStillSo()) return false;
      store(this.#words, state, this.#environment.self);
      return true;
    });
  }

  /** Claimed. What goes with its messages goes after it, not inside: a chain of queues may be longer than the stack is deep. */
  #destroy(claimed: number): void {
    this.#going.push(claimed);
    if (this.#isDestroying) return;
    this.#isDestroying = true;
    try {
      for (let index = this.#going.pop(); index !== undefined; index = this.#going.pop()) {
        this.kind(index)?.destroy?.(this.unit(index), index);
        this.#finishDestroy(index);
      }
    } finally {
      this.#isDestroying = false;
    }
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
          this.kind(index)?.holderGone?.(load(words, word(index, ObjectEntry.BLOCK)), owner);
        }
        this.release(index, owner);
      }
    }
    for (let index = 1; index <= high; index++) {
      const state = word(index, ObjectEntry.STATE);
      // It may have died between giving a hold back, its own or another's, and looking whether that was the last.
      if (load(words, state) === ObjectState.LIVE) this.destroyIfUnheld(index);
      if (load(words, state) !== owner || compareExchange(words, state, owner, this.#environment.self) !== owner) continue;
      // What its messages carried is still counted.
      if (this.kind(index)?.passengers) add(words, Header.RECOUNT, 1);
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
    return this.kind(index)?.isReachable?.(own, position, block) ?? false;
  };

  /** Live objects: reference, kind and block. */
  *live(): Generator<ObjectReference & { kind: ObjectKind | undefined; unit: number }> {
    const words = this.#words;
    for (let index = 1; index <= load(words, Header.HIGH_OBJECT); index++) {
      const generation = this.generation(index);
      if (load(words, word(index, ObjectEntry.STATE)) !== ObjectState.LIVE) continue;
      yield {
        index,
        generation,
        kind: this.kind(index),
        unit: load(words, word(index, ObjectEntry.BLOCK)),
      };
    }
  }

  /** More (or less) messages carry it. Who makes them less looks afterwards whether it goes, or holds it. */
  addInFlight(index: number, change: 1 | -1): void {
    add(this.#words, word(index, ObjectEntry.IN_FLIGHT), change);
    add(this.#words, word(index, ObjectEntry.ACTIVITY), 1);
  }

  // ---- what the collector asks

  mark(index: number, epoch: number): void {
    raise(this.#words, word(index, ObjectEntry.MARK), epoch);
  }

  isMarked(index: number, epoch: number): boolean {
    return load(this.#words, word(index, ObjectEntry.MARK)) === epoch;
  }

  /** Marks what a participant holds. */
  markHeld(slot: number, epoch: number): void {
    const words = this.#words;
    const high = load(words, Header.HIGH_OBJECT);
    for (let base = 0; base <= high; base += 32) {
      for (let bits = load(words, holdWord(slot, base)); bits !== 0; bits &= bits - 1)
        this.mark(base + 31 - Math.clz32(bits & -bits), epoch);
    }
  }

  activity(index: number): number {
    return load(this.#words, word(index, ObjectEntry.ACTIVITY));
  }

  inFlight(index: number): number {
    return load(this.#words, word(index, ObjectEntry.IN_FLIGHT));
  }

  /** Whether somebody is destroying an object. */
  isAnyGoing(): boolean {
    for (let index = 1; index <= load(this.#words, Header.HIGH_OBJECT); index++) {
      const state = load(this.#words, word(index, ObjectEntry.STATE));
      if (state !== ObjectState.LIVE && state !== ObjectState.FREE) return true;
    }
    return false;
  }

  /** Puts a count right that was found to be `wrong`; nothing happens when it has changed meanwhile. */
  correctInFlight(index: number, wrong: number, right: number): boolean {
    return compareExchange(this.#words, word(index, ObjectEntry.IN_FLIGHT), wrong, right) === wrong;
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

  /** 0 = there is none left. */
  #takeEntry(): number {
    const words = this.#words;
    const free = load(words, Header.FREE_OBJECT);
    if (free !== 0) {
      store(words, Header.FREE_OBJECT, load(words, word(free, ObjectEntry.NEXT_FREE)));
      return free;
    }
    const index = load(words, Header.HIGH_OBJECT) + 1;
    if (index >= MAX_OBJECTS) return 0;
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
