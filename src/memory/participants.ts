/**
 * Participants: the processes (and worker threads) of a session.
 *
 * States of a slot
 *   free      CLAIM = 0
 *   claiming  CLAIM = claimer, STATE = DEAD
 *   starting  STATE = STARTING: the doorbell exists, the child does not run yet
 *   alive     STATE = ALIVE
 *   cleaning  CLAIM = cleaner, STATE = DEAD
 *
 * Transitions
 *   free -> claiming      compare-and-swap of CLAIM, which names the claimer
 *   claiming -> starting  one store of STATE, everything else written before
 *   starting -> alive     by the child
 *   any -> cleaning       compare-and-swap of CLAIM, then one store of STATE
 *   cleaning -> free      one store of CLAIM
 *
 * Crash: a slot with STATE = DEAD whose CLAIM names a dead participant (be it the slot's own, which died while it left) is taken over by whoever
 * cleans up after that one, or wants the slot, and cleaned again; cleaning is idempotent. Dead is who is dead by the kernel's word: one that leaves by
 * itself is no longer listed and still at it, and two that clean at once would free the slot under its next participant.
 * A generation is never used twice for a slot, so an owner word of the dead never comes to life.
 */
import { SharedMemoryError } from '../base/errors.ts';
import { compareExchange, load, store } from '../platform/atomics.ts';
import {
  GENERATION_MASK,
  Header,
  MAX_SLOTS,
  PARTICIPANT_WORDS,
  PARTICIPANTS_WORD,
  Participant,
  ParticipantState,
  SLOT_BITS,
  SLOT_MASK,
  SpareState,
} from './layout.ts';

/** (generation << 10) | slot: names a participant for ever; 0 is nobody. */
export type OwnerWord = number;

export function slotOf(owner: OwnerWord): number {
  return owner & SLOT_MASK;
}

function ownerWord(slot: number, generation: number): OwnerWord {
  return (generation << SLOT_BITS) | slot;
}

/** Index of a word of a participant's slot. */
export function slotWord(slot: number, word: number): number {
  return PARTICIPANTS_WORD + slot * PARTICIPANT_WORDS + word;
}

export class Participants {
  readonly #words: Int32Array;
  /** This thread's own owner word. */
  self: OwnerWord = 0;

  constructor(words: Int32Array) {
    this.#words = words;
  }

  get highSlot(): number {
    return load(this.#words, Header.HIGH_SLOT);
  }

  /** The present or last owner word of a slot. */
  current(slot: number): OwnerWord {
    return ownerWord(slot, load(this.#words, slotWord(slot, Participant.GENERATION)) & GENERATION_MASK);
  }

  /** Whether nobody has found it dead yet. Ask the doorbell for the kernel's word on it. */
  isListed(owner: OwnerWord): boolean {
    const slot = slotOf(owner);
    return (
      slot !== 0 && this.current(slot) === owner && load(this.#words, slotWord(slot, Participant.STATE)) !== ParticipantState.DEAD
    );
  }

  pid(slot: number): number {
    return load(this.#words, slotWord(slot, Participant.PID));
  }

  parent(owner: OwnerWord): OwnerWord {
    return load(this.#words, slotWord(slotOf(owner), Participant.PARENT));
  }

  /** Whether a child is to end with this process. Called before it can come up, and before a spare gets its work. */
  setDaemonic(child: OwnerWord, isDaemonic: boolean): void {
    store(this.#words, slotWord(slotOf(child), Participant.DAEMONIC), isDaemonic ? 1 : 0);
  }

  /** Whether it ends with its parent. Of one that is not up yet nobody may have said so. */
  mayBeDaemonic(owner: OwnerWord): boolean {
    return (
      load(this.#words, slotWord(slotOf(owner), Participant.DAEMONIC)) === 1 ||
      load(this.#words, slotWord(slotOf(owner), Participant.STATE)) === ParticipantState.STARTING
    );
  }

  /** Owner words of all that are listed, this one included. */
  *listed(): Generator<OwnerWord> {
    for (let slot = 1; slot <= this.highSlot; slot++) {
      const owner = this.current(slot);
      if (this.isListed(owner)) yield owner;
    }
  }

  /** Whether it waits for work: it can end nobody's wait, and knows nobody. */
  isSpare(owner: OwnerWord): boolean {
    return load(this.#words, slotWord(slotOf(owner), Participant.SPARE)) !== SpareState.NONE;
  }

  /** Whether a spare of this process has loaded what it was to load. */
  isReady(owner: OwnerWord): boolean {
    return load(this.#words, slotWord(slotOf(owner), Participant.SPARE)) === SpareState.READY;
  }

  /** The spare's side: it is up. */
  ready(): void {
    compareExchange(this.#words, slotWord(slotOf(this.self), Participant.SPARE), SpareState.BOOTING, SpareState.READY);
  }

  /** From here on a spare of this process counts as somebody; its work follows. */
  enlist(spare: OwnerWord): void {
    store(this.#words, slotWord(slotOf(spare), Participant.SPARE), SpareState.NONE);
  }

  /** Takes the first slot for the program that creates the session: nobody else can see it yet. */
  claimFirst(pid: number): OwnerWord {
    this.self = ownerWord(1, 1);
    const words = this.#words;
    store(words, slotWord(1, Participant.CLAIM), this.self);
    store(words, slotWord(1, Participant.GENERATION), 1);
    store(words, slotWord(1, Participant.PID), pid);
    store(words, Header.HIGH_SLOT, 1);
    store(words, Header.MAIN, this.self);
    store(words, slotWord(1, Participant.STATE), ParticipantState.ALIVE);
    return this.self;
  }

  /** Takes a slot for a child, or for a spare. `prepare` makes its doorbell; the slot is published after it. */
  claim(
    spare: (typeof SpareState)['NONE' | 'BOOTING'],
    prepare: (owner: OwnerWord) => void,
    clean: (owner: OwnerWord) => void,
    isDead: (owner: OwnerWord) => boolean,
  ): OwnerWord {
    for (let slot = 1; slot < MAX_SLOTS; slot++) {
      if (!this.#claimSlot(slot, clean, isDead)) continue;
      const words = this.#words;
      const generation = (load(words, slotWord(slot, Participant.GENERATION)) + 1) & GENERATION_MASK;
      store(words, slotWord(slot, Participant.GENERATION), generation);
      for (let word = Participant.PID; word < PARTICIPANT_WORDS; word++) store(words, slotWord(slot, word), 0);
      store(words, slotWord(slot, Participant.PARENT), this.self);
      store(words, slotWord(slot, Participant.SPARE), spare);
      raise(words, Header.HIGH_SLOT, slot);
      const owner = ownerWord(slot, generation);
      try {
        prepare(owner);
      } catch (error) {
        store(words, slotWord(slot, Participant.CLAIM), 0);
        throw error;
      }
      store(words, slotWord(slot, Participant.STATE), ParticipantState.STARTING);
      return owner;
    }
    throw new SharedMemoryError(
      `a session has at most ${MAX_SLOTS - 1} processes and threads at a time: join some before starting more`,
    );
  }

  #claimSlot(slot: number, clean: (owner: OwnerWord) => void, isDead: (owner: OwnerWord) => boolean): boolean {
    const words = this.#words;
    const claimWord = slotWord(slot, Participant.CLAIM);
    const claimer = load(words, claimWord);
    if (claimer === 0) return compareExchange(words, claimWord, 0, this.self) === 0;
    if (load(words, slotWord(slot, Participant.STATE)) !== ParticipantState.DEAD || claimer === this.self || !isDead(claimer))
      return false;
    if (compareExchange(words, claimWord, claimer, this.self) !== claimer) return false;
    clean(this.current(slot));
    return true;
  }

  /** A child comes up in the slot that its parent claimed. */
  enter(owner: OwnerWord, pid: number): void {
    this.self = owner;
    const slot = slotOf(owner);
    if (!this.isListed(owner)) throw new SharedMemoryError('this process was given up by its session before it came up');
    store(this.#words, slotWord(slot, Participant.PID), pid);
    store(this.#words, slotWord(slot, Participant.STATE), ParticipantState.ALIVE);
  }

  /** Marks a participant dead, runs `clean` and frees its slot. False = somebody else does it, or has done it. */
  retire(owner: OwnerWord, clean: (owner: OwnerWord) => void): boolean {
    const words = this.#words;
    const slot = slotOf(owner);
    const claimWord = slotWord(slot, Participant.CLAIM);
    const claimer = load(words, claimWord);
    if (claimer === 0 || !this.isListed(owner)) return false;
    if (compareExchange(words, claimWord, claimer, this.self) !== claimer) return false;
    if (!this.isListed(owner)) {
      // The slot went on to a new life between the two looks: put back who answers for it.
      store(words, claimWord, claimer);
      return false;
    }
    store(words, slotWord(slot, Participant.STATE), ParticipantState.DEAD);
    clean(owner);
    store(words, claimWord, 0);
    return true;
  }

  /** Finishes what a participant that is dead by the kernel's word was claiming or cleaning: itself, too, if it died while it left. */
  finish(dead: OwnerWord, clean: (owner: OwnerWord) => void): void {
    const words = this.#words;
    for (let slot = 1; slot <= this.highSlot; slot++) {
      const claimWord = slotWord(slot, Participant.CLAIM);
      if (load(words, claimWord) !== dead || load(words, slotWord(slot, Participant.STATE)) !== ParticipantState.DEAD) continue;
      if (compareExchange(words, claimWord, dead, this.self) !== dead) continue;
      const owner = this.current(slot);
      clean(owner);
      if (owner !== dead) this.finish(owner, clean);
      store(words, claimWord, 0);
    }
  }
}

/** Raises a word that only grows to at least `value`. */
export function raise(words: Int32Array, index: number, value: number): void {
  for (;;) {
    const seen = load(words, index);
    if (seen >= value || compareExchange(words, index, seen, value) === seen) return;
  }
}
