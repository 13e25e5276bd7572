/**
 * Lingering: a thread that expects an answer, or the next question, at once looks out for it for a moment instead of going to sleep. Its doorbell counts as
 * rung meanwhile, so that nobody pays for a byte (5 to 20 us each, more than all the rest of a call of a manager).
 *
 * It looks out as soon as the running code is done, before the event loop goes on: a turn of the loop costs as much as a call. Timers, I/O and whatever else this
 * thread waits for have their turns when nothing comes for SPIN_MS, and every AWAY_MS.
 *
 * Where the other side has no processor of its own this only takes one away, so it is kept up only while it pays: each failure doubles how many occasions are let pass.
 */
import { isSpinningUseless } from './spinning.ts';
import { waiting } from './waiting.ts';

/** Two wake-ups, about. */
const LINGER_MS = isSpinningUseless ? 0 : 0.06;
const SPIN_MS = 0.02;
/** A turn of the loop, which takes 2 to 5 us, is then a small part of the whole. */
const AWAY_MS = 0.25;
const MOST_PASSED = 256;

/** Where something is expected. */
export interface Expectation {
  /** Whether anything may come. */
  readonly isExpecting: boolean;
  /** Whether it comes one by one. What comes in crowds is taken in turns of the loop, several at once: to take each as soon as it is there costs a quarter more. */
  readonly isEager: boolean;
  /** Whether something is there. */
  readonly hasCome: boolean;
  /** Takes what is there. True = some of it is passed on by promises, which are to run before the next look. */
  look(): boolean;
}

const expectations = new Set<Expectation>();
const settled = Promise.resolve();
const spinNext = (): void => process.nextTick(spin);
/** The last that was added. */
let latest: Expectation | undefined;
let isLingering = false;
/** It begins anew when the clock is read next. */
let isExtended = false;
let until = 0;
let awayUntil = 0;
/** No more spins before the next turn of the loop. */
let isAwayLong = false;
let isSpinDue = false;
let hasPaid = false;
let pause = 0;
let passed = 0;

/** Something was sent that is answered at once, or was answered. On the path of every message: no clock is read. */
export function linger(expectation: Expectation): void {
  if (LINGER_MS === 0) return;
  if (!isLingering) {
    if (passed++ < pause) return;
    begin();
  }
  if (expectation !== latest) {
    expectations.add(expectation);
    latest = expectation;
  }
  isExtended = true;
  if (!isSpinDue && !isAwayLong && expectation.isEager) spinSoon();
}

/** It is over. */
export function expectNothing(expectation: Expectation): void {
  expectations.delete(expectation);
  if (latest === expectation) latest = undefined;
}

/** Something came. */
export function lingeringPays(): void {
  hasPaid = true;
}

function begin(): void {
  passed = 0;
  isLingering = true;
  hasPaid = false;
  setImmediate(turn);
  comeBack();
}

function extend(now: number): void {
  if (isExtended) until = now + LINGER_MS;
  isExtended = false;
}

/** The event loop has just had its turn. */
function comeBack(now = performance.now()): void {
  awayUntil = now + AWAY_MS;
  isAwayLong = false;
}

function turn(): void {
  const { doorbells } = waiting();
  doorbells.awake();
  waiting().look();
  const now = performance.now();
  extend(now);
  if (now < until && isAnyExpecting()) {
    setImmediate(turn);
    comeBack(now);
    spin();
  } else end();
}

function end(): void {
  isLingering = false;
  expectations.clear();
  latest = undefined;
  pause = hasPaid ? 0 : Math.min(MOST_PASSED, pause * 2 + 1);
  // The flag is cleared, and everything looked at once more.
  waiting().lookAtEverything();
}

/** After all microtasks and ticks that there are. */
function spinSoon(): void {
  isSpinDue = true;
  settled.then(spinNext);
}

function spin(): void {
  if (!isLingering) {
    isSpinDue = false;
    return;
  }
  // What is taken meanwhile asks for a spin: this one goes on.
  isSpinDue = true;
  let isPassedOn = false;
  try {
    isPassedOn = lookOut();
  } finally {
    isSpinDue = false;
  }
  if (isPassedOn && !isAwayLong) spinSoon();
}

/** True = promises are to run before the next look. */
function lookOut(): boolean {
  const { doorbells } = waiting();
  doorbells.awake();
  let now = performance.now();
  extend(now);
  for (let end = Math.min(until, now + SPIN_MS); now < end; now = performance.now()) {
    let isExpecting = false;
    let hasCome = false;
    let isPassedOn = false;
    for (const expectation of expectations) {
      if (!expectation.isEager) return false;
      if (expectation.hasCome) {
        hasCome = true;
        if (expectation.look()) isPassedOn = true;
      } else if (expectation.isExpecting) isExpecting = true;
    }
    if (hasCome) {
      isAwayLong = now > awayUntil;
      if (isPassedOn || isAwayLong) return isPassedOn;
      extend(now);
      end = now + SPIN_MS;
      // Nearly always the ring of what has just been taken.
      doorbells.awake();
    } else if (doorbells.wasRungAwake) {
      doorbells.awake();
      waiting().look();
      return true;
    } else if (!isExpecting) return false;
  }
  return false;
}

function isAnyExpecting(): boolean {
  for (const { isExpecting } of expectations) if (isExpecting) return true;
  return false;
}
