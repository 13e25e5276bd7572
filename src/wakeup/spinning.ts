/** How long a thread looks again before it sleeps: decision 13. */
import { isObserved } from '../platform/atomics.ts';

/** On one processor nothing changes while this thread looks. Under an observer the number of steps must not depend on the clock. */
export const isSpinningUseless = isObserved || process.getBuiltinModule('node:os').availableParallelism() === 1;
/** Long spins are given up when they fail; after so many short ones one is tried again. */
const TRY_EVERY = 64;

/**
 * Long spins of up to so many ms, what a sleep and a wake-up cost at the least. Two processes that answer each other at once are 10 times quicker by them where each
 * has a processor of its own, and 3 times slower where they share one: so they are kept up only while they pay.
 */
export class LongSpins {
  readonly #most: number;
  #ms = 0;
  #short = 0;

  constructor(ms: number) {
    this.#most = isSpinningUseless ? 0 : ms;
  }

  /** How long to look now, in ms; 0 = sleep. */
  next(): number {
    if (this.#ms > 0) return this.#ms;
    return ++this.#short % TRY_EVERY === 0 ? this.#most : 0;
  }

  /** How the one of so many ms ended. */
  ended(ms: number, paid: boolean): void {
    this.#ms = paid ? this.#most : ms > this.#most / 4 ? ms / 2 : 0;
  }
}
