/**
 * Doorbells: one FIFO for each participant. To wake somebody: change the state, set its RUNG flag, write one byte.
 *
 * RUNG = 1 says that a byte is on its way, so that others need not write. The owner clears it before it looks at the state. An owner that is awake and looks by
 * itself sets it to AWAKE, so that nobody writes, and sees by a 1 that somebody rang.
 * Crash: a waker that dies between flag and byte leaves a flag that nobody hears; the owner clears it at its next look by itself (LOOK_INTERVAL).
 * Only the owner opens the read end; a waker's write end therefore fails once the owner is dead: the kernel's word, whatever became of its pid.
 */

import { Participant } from '../memory/layout.ts';
import type { OwnerWord } from '../memory/participants.ts';
import { slotOf, slotWord } from '../memory/participants.ts';
import type { Session } from '../memory/session.ts';
import { compareExchange, exchange, load, store } from '../platform/atomics.ts';
import { platform } from '../platform/current.ts';

/** Write ends kept open. */
const CACHED_ENDS = 64;
const RUNG = 1;
const AWAKE = 2;

export type Ring = 'rung' | 'pending' | 'dead';

export class Doorbells {
  readonly #session: Session;
  /** Least recently used first. */
  readonly #ends = new Map<OwnerWord, number>();

  constructor(session: Session) {
    this.#session = session;
    session.onDeath((owner) => this.forget(owner));
  }

  /** 'pending' = somebody rang before and was not heard yet. The dead are cleaned up after before this returns. */
  ring(owner: OwnerWord): Ring {
    if (owner === this.#session.self) return 'rung';
    if (!this.#session.participants.isListed(owner)) return 'dead';
    if (exchange(this.#session.arena.words, slotWord(slotOf(owner), Participant.RUNG), RUNG) !== 0) return 'pending';
    return this.#write(owner);
  }

  /** Rings where that costs nothing. False = it may be asleep: `ring` it. */
  ringAwake(owner: OwnerWord): boolean {
    return compareExchange(this.#session.arena.words, slotWord(slotOf(owner), Participant.RUNG), AWAKE, RUNG) !== 0;
  }

  /** Whether the kernel still knows the owner; a dead one is cleaned up after. */
  probe(owner: OwnerWord): boolean {
    if (!this.#session.isDead(owner)) return true;
    this.#session.bury(owner);
    return false;
  }

  /** The owner's side: whether a ring came since `heard`. */
  get isRung(): boolean {
    return load(this.#session.arena.words, slotWord(slotOf(this.#session.self), Participant.RUNG)) !== 0;
  }

  /** The owner's side: it looks by itself until `heard`, and is not to be woken. */
  awake(): void {
    store(this.#session.arena.words, slotWord(slotOf(this.#session.self), Participant.RUNG), AWAKE);
  }

  /** The owner's side: whether a ring came since `awake`. */
  get wasRungAwake(): boolean {
    return load(this.#session.arena.words, slotWord(slotOf(this.#session.self), Participant.RUNG)) === RUNG;
  }

  /** The owner's side: what follows sees everything that happened before the ring. */
  heard(): void {
    store(this.#session.arena.words, slotWord(slotOf(this.#session.self), Participant.RUNG), 0);
  }

  #write(owner: OwnerWord): Ring {
    const end = this.#end(owner);
    if (end === -1) {
      // No descriptors are left. It looks by itself; the flag goes, so that others write.
      store(this.#session.arena.words, slotWord(slotOf(owner), Participant.RUNG), 0);
      return 'pending';
    }
    if (end !== null && platform().ring(end) !== 'dead') return 'rung';
    this.forget(owner);
    this.#session.bury(owner);
    return 'dead';
  }

  /** As `openFifoForRinging`. */
  #end(owner: OwnerWord): number | null {
    const cached = this.#ends.get(owner);
    if (cached !== undefined) {
      this.#ends.delete(owner);
      this.#ends.set(owner, cached);
      return cached;
    }
    // Those that others have cleaned up after.
    for (const known of this.#ends.keys()) if (!this.#session.participants.isListed(known)) this.forget(known);
    const opened = platform().openFifoForRinging(this.#session.doorbellPath(owner));
    if (opened === null || opened === -1) return opened;
    this.#ends.set(owner, opened);
    if (this.#ends.size > CACHED_ENDS) this.forget(this.#ends.keys().next().value!);
    return opened;
  }

  /** The owner is dead, or rung seldom. */
  forget(owner: OwnerWord): void {
    const end = this.#ends.get(owner);
    if (end === undefined) return;
    this.#ends.delete(owner);
    platform().close(end);
  }
}
