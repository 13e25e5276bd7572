/** Time-outs as every waiting operation takes them: milliseconds; missing or Infinity = for ever; 0 or less = try once. */
import { argumentRangeError, argumentTypeError } from './errors.ts';

export interface WaitSyncOptions {
  /** Milliseconds. Missing, undefined or Infinity = for ever; 0 or negative = try once; NaN = RangeError. */
  timeout?: number;
}

export interface WaitOptions extends WaitSyncOptions {
  /** An aborted wait rejects with the signal's reason and leaves the object untouched. */
  signal?: AbortSignal;
}

/** Checks the options of a wait and returns the time-out in ms: 0 = try once, Infinity = for ever. */
export function checkTimeout(options: WaitOptions | undefined, missing = Infinity): number {
  if (options === undefined) return missing;
  if (options === null || typeof options !== 'object') {
    throw argumentTypeError(
      `wait options must be an object like { timeout: 1000 }, not ${options === null ? 'null' : typeof options}`,
    );
  }
  const { timeout, signal } = options;
  if (signal && typeof signal.throwIfAborted !== 'function')
    throw argumentTypeError(`signal must be an AbortSignal, not ${typeof signal}: give controller.signal`);
  if (timeout === undefined) return missing;
  if (typeof timeout !== 'number') throw argumentTypeError(`timeout must be a number of milliseconds, not ${typeof timeout}`);
  if (Number.isNaN(timeout)) throw argumentRangeError('timeout is NaN: give milliseconds, or leave it out to wait for ever');
  return Math.max(timeout, 0);
}

/** A moment to be done by. `left()` is Infinity, or the ms that remain (0 or less = it has passed). */
export class Deadline {
  readonly #end: number;
  constructor(timeout: number) {
    this.#end = timeout === Infinity ? Infinity : performance.now() + timeout;
  }
  left(): number {
    return this.#end === Infinity ? Infinity : this.#end - performance.now();
  }
}
