/**
 * Lingering: a thread that expects an answer, or the next question, at once goes round its event loop for a moment instead of going to sleep. Its doorbell counts as
 * rung meanwhile, so that nobody pays for a byte (5 to 20 us each, more than all the rest of a call of a manager). Timers and I/O have their turns.
 *
 * Where the other side has no processor of its own this only takes one away, so it is kept up only while it pays: each failure doubles how many occasions are let pass.
 */
import { isObserved } from '../platform/atomics.ts';
import { waiting } from './waiting.ts';

/** Two wake-ups, about. */
const LINGER_MS = isObserved || process.getBuiltinModule('node:os').availableParallelism() === 1 ? 0 : 0.06;
const MOST_PASSED = 256;

let until = 0;
let isLingering = false;
let hasPaid = false;
let pause = 0;
let passed = 0;

/** Something was sent that is answered at once, or was answered. */
export function linger(): void {
  if (LINGER_MS === 0) return;
  if (!isLingering) {
    if (passed++ < pause) return;
    passed = 0;
    isLingering = true;
    hasPaid = false;
    setImmediate(turn);
  }
  until = performance.now() + LINGER_MS;
}

/** Something came. */
export function lingeringPays(): void {
  hasPaid = true;
}

function turn(): void {
  const { doorbells } = waiting();
  doorbells.awake();
  waiting().look();
  if (performance.now() < until) {
    setImmediate(turn);
    return;
  }
  isLingering = false;
  pause = hasPaid ? 0 : Math.min(MOST_PASSED, pause * 2 + 1);
  // The flag is cleared, and everything looked at once more.
  waiting().lookAtEverything();
}
