/** What a pool and its calls can be told. Each is checked at the call. */
import { argumentRangeError, argumentTypeError } from '../base/errors.ts';
import { checkRetries, type TaskOptions } from './terms.ts';

export interface PoolOptions<I extends readonly unknown[] = any> {
  /** Number of workers. Default: one for each processor that this program may use. */
  processes?: number;
  /** Runs once in each worker before its first task. */
  initializer?: (...args: I) => unknown;
  initargs?: NoInfer<I>;
  /** How often a task is tried again whose worker died of it, where its call does not say. Default: 0. */
  retries?: number;
}

export interface MapOptions extends TaskOptions {
  /** Items that travel to a worker together. */
  chunksize?: number;
}

export function checkPoolOptions({ processes, initializer, initargs, retries }: PoolOptions): void {
  if (processes !== undefined) checkCount(processes, 'the number of workers');
  if (initializer !== undefined && typeof initializer !== 'function')
    throw argumentTypeError(`initializer must be a function, not ${typeof initializer}`);
  if (initargs !== undefined && !Array.isArray(initargs))
    throw argumentTypeError(`initargs must be an array, not ${typeof initargs}`);
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
