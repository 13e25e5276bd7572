/** What a pool and its calls can be told. Each is checked at the call. */
import { argumentRangeError, argumentTypeError } from '../base/errors.ts';
import { checkRetries, type TaskOptions } from './terms.ts';

export interface PoolOptions<I extends readonly unknown[] = any> {
  /** Number of workers. Default: one for each processor that this program may use. */
  processes?: number;
  /** Runs once in each worker before its first task. */
  initializer?: (...args: I) => unknown;
  initargs?: NoInfer<I>;
  /**
   * A worker is replaced after so many tasks. As in CPython a chunk of `map` is one. Default: never.
   * This and the next two let a worker finish what it runs; what it has not started others get.
   */
  maxTasksPerChild?: number;
  /** A worker is replaced so many ms after it was ready and had its place in the pool. Default: never. */
  maxAgePerChild?: number;
  /** A worker is replaced when it holds more memory than this (resident set, in bytes) after a task or chunk. Default: never. */
  maxMemoryPerChild?: number;
  /** How often a task is tried again whose worker died of it, where its call does not say. Default: 0. */
  retries?: number;
}

export interface MapOptions extends TaskOptions {
  /** Items that travel to a worker together. */
  chunksize?: number;
}

export function checkPoolOptions(options: PoolOptions): void {
  const { processes, initializer, initargs, retries } = options;
  if (processes !== undefined) checkCount(processes, 'the number of workers');
  if (initializer !== undefined && typeof initializer !== 'function')
    throw argumentTypeError(`initializer must be a function, not ${typeof initializer}`);
  if (initargs !== undefined && !Array.isArray(initargs))
    throw argumentTypeError(`initargs must be an array, not ${typeof initargs}`);
  const { maxTasksPerChild, maxAgePerChild, maxMemoryPerChild } = options;
  if (maxTasksPerChild !== undefined) checkCount(maxTasksPerChild, 'maxTasksPerChild');
  if (maxAgePerChild !== undefined) checkAmount(maxAgePerChild, 'maxAgePerChild', 'ms');
  if (maxMemoryPerChild !== undefined) checkAmount(maxMemoryPerChild, 'maxMemoryPerChild', 'bytes');
  if (retries !== undefined) checkRetries(retries);
}

export function checkMapOptions(options: MapOptions | undefined): void {
  if (options?.chunksize !== undefined) checkCount(options.chunksize, 'chunksize');
}

/** A whole number of at least 1. */
export function checkCount(count: unknown, what: string): void {
  if (typeof count !== 'number') throw argumentTypeError(`${what} must be a number, not ${typeof count}`);
  if (!Number.isInteger(count) || count < 1)
    throw argumentRangeError(`${what} must be a whole number of at least 1, not ${count}`);
}

/** More than 0, and a number. */
function checkAmount(amount: unknown, what: string, unit: string): void {
  if (typeof amount !== 'number') throw argumentTypeError(`${what} must be a number of ${unit}, not ${typeof amount}`);
  if (!(amount > 0)) throw argumentRangeError(`${what} must be more than 0 ${unit}, not ${amount}`);
}
