/**
 * What Lock and RLock of a manager have in common. The lock is handed from its holder to the first that waits, so nobody overtakes. A client that is
 * gone gives back what it held, and the next holder is told (`abandoned`).
 */
import { checkTimeout } from '../../base/deadlines.ts';
import { NotHeldError } from '../../base/errors.ts';
import { warnAbandoned } from '../../sync/warnings.ts';
import type { Caller } from '../caller.ts';
import { type Asking, asking, type CallPlace, isOwner, type LockOptions, type Owner, WHOLE_CLIENT } from './owner.ts';
import { WaitingLine } from './waiting_line.ts';

/** How an acquisition ended; `undefined` = time ran out. */
export interface Grant {
  /** The holder before was gone while it held the lock. */
  readonly abandoned: boolean;
}

/** A hold that is wanted, or given up for a while. */
interface Claim extends Owner {
  /** How often it is to be held. */
  readonly count: number;
}

const FRESH: Grant = { abandoned: false };
const ABANDONED: Grant = { abandoned: true };

export abstract class ManagedMutex {
  protected owner: Owner | undefined;
  protected count = 0;
  /** Who was gone while it held the lock, and nobody has held it since. */
  #abandonedBy: string | undefined;
  #forget: (() => void) | undefined;
  readonly #line = new WaitingLine<Claim, Grant | undefined>();

  /** Whether a claim is nested in the hold that there is. */
  protected abstract nests(who: Asking): boolean;

  /** Why who asks may not release it, or undefined. Somebody holds it. */
  protected abstract refusal(owner: Owner, who: Asking): string | undefined;

  acquire(options?: LockOptions): boolean | Promise<boolean> {
    const grant = this.acquireHold(options);
    return grant instanceof Promise ? grant.then((got) => got !== undefined) : grant !== undefined;
  }

  /** As `acquire`, for a hold: undefined when time runs out. */
  acquireHold(options?: LockOptions): Grant | undefined | Promise<Grant | undefined> {
    const timeout = checkTimeout(options);
    const who = asking(options);
    if (this.nests(who)) {
      this.count++;
      return FRESH;
    }
    const claim: Claim = { caller: who.caller, call: options?.call ?? WHOLE_CLIENT, count: 1 };
    if (this.owner === undefined) return this.#grant(claim);
    if (timeout === 0) return undefined;
    return this.#line.join(who.caller, claim, { timeout, late: () => undefined, signal: who.caller.signal });
  }

  release(place?: CallPlace): void {
    const { owner } = this;
    const reason = owner === undefined ? 'nobody holds it' : this.refusal(owner, asking(place));
    if (reason !== undefined)
      throw new NotHeldError(`the lock cannot be released, because ${reason}: release exactly once what was acquired`);
    if (--this.count === 0) this.#pass();
  }

  locked(): boolean {
    return this.owner !== undefined;
  }

  abstract toString(): string;

  /** As text forms show it. */
  protected get ownerName(): string {
    return this.owner?.caller.name ?? 'None';
  }

  // ---- for Condition

  /** @internal */
  isHeldBy(who: Asking): boolean {
    return this.owner !== undefined && isOwner(this.owner, who);
  }

  /** @internal Gives it back, however often it was acquired. */
  releaseWholly(): Claim {
    const claim = { ...this.owner!, count: this.count };
    this.#pass();
    return claim;
  }

  /** @internal Holds it as it was held before. Rejects only when the client is gone. */
  async reacquire(claim: Claim): Promise<void> {
    if (this.owner === undefined) this.#grant(claim);
    else await this.#line.join(claim.caller, claim, { timeout: Infinity, late: () => undefined });
  }

  // ---- inside

  #grant(claim: Claim): Grant {
    this.owner = claim;
    this.count = claim.count;
    this.#forget = claim.caller.whenGone(() => this.#abandon(claim.caller));
    if (this.#abandonedBy === undefined) return FRESH;
    const text = `${this.#abandonedBy} was gone while it held a lock of a manager: what the lock guards may be half changed`;
    this.#abandonedBy = undefined;
    warnAbandoned('lock', text);
    return ABANDONED;
  }

  #pass(): void {
    this.#forget?.();
    this.owner = undefined;
    this.count = 0;
    const { first } = this.#line;
    first?.serve(this.#grant(first.data));
  }

  #abandon(holder: Caller): void {
    this.#abandonedBy = holder.name;
    this.#pass();
  }
}
