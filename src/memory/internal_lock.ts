/**
 * Internal locks: one word, 0 or the owner word of the holder, held for a few instructions
 * (no await, no user code, no system call, no allocation inside). Robust: a dead holder's lock is taken over and `repair` runs before the caller goes on;
 * a thread that finds its own name in one was interrupted in the middle (stack overflow, a `vm` time-out) and repairs it the same way.
 *
 * The release is one store in the caller's `finally`: `store(words, index, 0)`.
 */
import { compareExchange, load, pause } from '../platform/atomics.ts';
import type { OwnerWord } from './participants.ts';

export interface LockEnvironment {
  readonly self: OwnerWord;
  /** Whether the kernel says that it is dead. Costs a system call. */
  isDead(owner: OwnerWord): boolean;
}

const SPINS = 200;
/** A holder that was preempted needs a time slice; then its life is looked into. */
const PAUSES_BEFORE_PROBE = 5;

export function acquireInternal(words: Int32Array, index: number, environment: LockEnvironment, repair: () => void): void {
  if (compareExchange(words, index, 0, environment.self) !== 0) acquireContended(words, index, environment, repair);
}

function acquireContended(words: Int32Array, index: number, environment: LockEnvironment, repair: () => void): void {
  const { self } = environment;
  let pauses = 0;
  for (;;) {
    for (let spin = 0; spin < SPINS; spin++) {
      const owner = load(words, index);
      if (owner === 0 && compareExchange(words, index, 0, self) === 0) return;
      if (owner === self) {
        repair();
        return;
      }
    }
    const owner = load(words, index);
    if (owner !== 0 && pauses >= PAUSES_BEFORE_PROBE && environment.isDead(owner)) {
      if (compareExchange(words, index, owner, self) === owner) {
        repair();
        return;
      }
    }
    pause(Math.min(0.05 * 2 ** pauses++, 2));
  }
}
