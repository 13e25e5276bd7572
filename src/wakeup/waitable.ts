/** What `wait(objects)` needs to know of an object. */
import type { WaitSet } from './wait_set.ts';
import type { Suspects } from './waiting.ts';

export interface WaitState {
  /** To be entered while waiting. */
  readonly sets: readonly WaitSet[];
  /** Whether an operation on the object would return at once, be it with an error. Consumes nothing. */
  readonly isReady: () => boolean;
  readonly suspects?: Suspects;
}

/** Key of the method that gives an object's WaitState. */
export const waitState: unique symbol = Symbol.for('multiproc.waitState') as never;

export interface SharedWaitable {
  [waitState](): WaitState;
}
