/** Checks of the functions that methods of this layer take, and of what blocking code gets from them. */
import { argumentTypeError } from '../base/errors.ts';

export function checkFunction(what: string, fn: unknown): void {
  if (typeof fn !== 'function') throw argumentTypeError(`${what} must be a function, not ${fn === null ? 'null' : typeof fn}`);
}

/** For blocking code, which has no way to wait for a promise: `what` gave one, `call` was the blocking call, `instead` would wait. */
export function refusePromise(result: unknown, what: string, call: string, instead: string): void {
  if (typeof (result as { then?: unknown } | null | undefined)?.then !== 'function') return;
  // What becomes of it nobody wants to know.
  Promise.resolve(result).catch(() => {});
  throw argumentTypeError(`${what} is async, and ${call} cannot wait for it: use ${instead}, or make it sync`);
}
