/**
 * What keeps a referent of a server that is reached by its address: the server counts one for each of these, for the connection of this process. A proxy that is sent on
 * to another process of the session takes a presence along (sync/presence.ts), and the receiver claims a count of its own, on a connection of its own.
 *
 * States
 *   held       the server counts one for this connection; a proxy here stands for it
 *   arrived    a proxy came from another process: the CLAIM is on its way, and the presence that came along is held until it is answered
 *   departing  no proxy here any more, but a message or a receiver that has not claimed yet holds a presence that was sent: the count stays. Looked at a few times a second
 *   over       DROP was sent
 *
 * Transitions
 *   send     held, arrived: the presence goes into the message; `#sent` remembers it
 *   claimed  arrived -> held: the presence is let go of
 *   end      held, arrived -> departing or over: the proxy was disposed of or collected
 *   look     departing -> over: nobody holds what was sent
 *
 * Crash
 *   sender, before the message is whole    nothing was sent; the end of its connection takes its counts back
 *   sender, before the receiver's CLAIM    the server takes the count back, and answers the CLAIM, and each call, with AttributeError: the object is gone. Where others
 *                                          hold the object, it is there, and the claim succeeds
 *   sender, after the CLAIM                nothing is lost
 *   receiver, before it has decoded        its presence goes with the message: the sender's look ends there
 *   receiver, before its CLAIM             its hold of the presence goes with its row: the same
 *   receiver, after its CLAIM              its connection ends, and the server takes the count back
 *   server                                 ManagerGoneError for all that is pending and for later calls, at both sides. A new server at the same address is told from it
 *                                          by its identity: no call reaches an object that has the same number there
 */
import { whenCollected } from '../memory/collected.ts';
import type { ObjectReference } from '../memory/object_kinds.ts';
import { isPresent, Presence } from '../sync/presence.ts';
import type { Hold } from './token.ts';

/** Who holds the counts of a process. */
export interface Keeper {
  /** `holding` is not needed here any more; it is over once nobody waits for it. */
  depart(holding: Holding): void;
}

export class Holding {
  readonly id: number;
  readonly #keeper: Keeper;
  #isOver = false;
  /** Came along, and is not claimed yet. */
  #arrived: Presence | undefined;
  #own: Presence | undefined;
  readonly #sent: ObjectReference[] = [];

  constructor(keeper: Keeper, id: number, arrived: Presence | undefined) {
    this.#keeper = keeper;
    this.id = id;
    this.#arrived = arrived?.use();
  }

  /** The CLAIM was answered. */
  settle(): void {
    this.#arrived?.release();
    this.#arrived = undefined;
  }

  /** What goes along in a message. */
  presence(): Presence {
    // That of the first sender while it lasts: this process may end before it has claimed.
    this.#own ??= this.#arrived ? undefined : new Presence().use();
    const presence = this.#arrived ?? this.#own!;
    if (!this.#sent.some(({ index, generation }) => isSame(presence.reference, index, generation)))
      this.#sent.push(presence.reference);
    return presence;
  }

  /** It was made for a message that is read once more: the holding that is made then has the count. */
  forget(): void {
    this.#isOver = true;
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#own?.release();
    this.#keeper.depart(this);
  }

  /** Whether somebody may still claim what was sent. */
  get isAwaited(): boolean {
    return this.#sent.some(isPresent);
  }
}

/** The hold of one proxy, and of what is under way by it. */
export class RemoteHold implements Hold {
  readonly #holding: Holding;
  #users = 0;

  constructor(holding: Holding) {
    this.#holding = holding;
    endWhenCollected(this, holding);
  }

  use(): this {
    this.#users++;
    return this;
  }

  release(): void {
    if (--this.#users === 0) this.#holding.end();
  }

  /** For the message in which the proxy is sent on. */
  presence(): Presence {
    return this.#holding.presence();
  }
}

/** A function of its own: a closure in the constructor would keep `this`. */
function endWhenCollected(hold: RemoteHold, holding: Holding): void {
  whenCollected(hold, () => holding.end());
}

function isSame(reference: ObjectReference, index: number, generation: number): boolean {
  return reference.index === index && reference.generation === generation;
}
