/** Who holds a lock of a manager: a client as a whole, or one call of `runExclusive` in it, which its other tasks do not share. */
import type { WaitOptions } from '../../base/deadlines.ts';
import { type Caller, caller } from '../caller.ts';

/** The client as a whole. */
export const WHOLE_CLIENT = 0;

export interface Owner {
  readonly caller: Caller;
  /** Of `runExclusive`, as its client numbers them; or WHOLE_CLIENT. */
  readonly call: number;
}

/** What a client tells besides of the code that asks. */
export interface CallPlace {
  /** The calls of `runExclusive` that it runs in. */
  readonly inside?: readonly number[];
  /** The call that is to own the lock. */
  readonly call?: number;
}

export type LockOptions = WaitOptions & CallPlace;

/** Who asks: a client, in code that runs inside these of its calls. */
export interface Asking {
  readonly caller: Caller;
  readonly inside: readonly number[];
}

/** Who asks now. */
export function asking(place: CallPlace | undefined): Asking {
  return { caller: caller(), inside: place?.inside ?? [] };
}

export function isOwner(owner: Owner, { caller, inside }: Asking): boolean {
  return owner.caller.id === caller.id && (owner.call === WHOLE_CLIENT || inside.includes(owner.call));
}
