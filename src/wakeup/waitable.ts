/** What `wait(objects)` needs to know of an object. */
import type { WaitSet } from './wait_set.ts';
import type { Suspects } from './waiting.ts';

export interface WaitState {
  /** To be entered while waiting. */
  readonly sets: readonly WaitSet[];
  /** Whether an operation on the object would return at once, be it with an error. Consumes nothing. */
  readonly isReady: () => boolean;
  readonly suspects?: Suspects;
  /** Where no wait set tells: calls `look` in the event loop whenever the object may have become ready, until the returned function is called. */
  readonly watch?: (look: () => void) => () => void;
  /** Where no wait set tells, for a blocking wait: a descriptor that turns readable with the object; null = none, it is looked at several times a second. */
  readonly descriptor?: () => WaitDescriptor | null;
}

export interface WaitDescriptor {
  readonly fd: number;
  /** Called when the wait is over. */
  readonly close?: () => void;
}

/** Key of the method that gives an object's WaitState. */
export const waitState: unique symbol = Symbol.for('multiproc.waitState') as never;

export interface SharedWaitable {
  /** @internal */
  [waitState](): WaitState;
}
