/** What a caller says about tasks: limits, cancelling, tries, precedence. Checked at the call; a call that says nothing has no terms. */
import { argumentRangeError, argumentTypeError } from '../base/errors.ts';
import { MAX_SPAN_MS } from './clock.ts';

export interface TaskOptions {
  /**
   * Milliseconds that the task may run: `f` itself, from its first line until its result is there. The time in the queue, the import of its module and
   * the rebuilding of its arguments do not count. Then it fails with TimeoutError, and its worker is replaced. More than 0, at most 2^31 - 1; missing or Infinity = no limit.
   */
  timeout?: number;
  /** Cancels the call when it is aborted: it rejects with the signal's reason. */
  signal?: AbortSignal;
  /** How often the task is tried again when its worker died of it (WorkerLostError), in another worker. What the task throws is final, and so is TimeoutError. Default: the pool's `retries`. */
  retries?: number;
  /** Milliseconds before it is tried again, or a function that gives them for the number of the tries that failed: 1, 2 ... Default: 0. */
  backoff?: number | ((failed: number) => number);
  /** Waiting tasks of higher priority are given to workers first; those of one priority in the order of the calls. Running tasks are not interrupted. Default: 0. */
  priority?: number;
}

/** The terms of all tasks of a call. */
export interface Terms {
  readonly timeout: number | undefined;
  readonly retries: number;
  readonly backoff: TaskOptions['backoff'];
  readonly priority: number;
}

const NO_TERMS: Terms = { timeout: undefined, retries: 0, backoff: undefined, priority: 0 };

/** Of a pool whose calls say nothing. */
export function defaultTerms(retries = 0): Terms | undefined {
  return retries === 0 ? undefined : { ...NO_TERMS, retries };
}

/** Checks what a call says. undefined = nothing that is not said for all calls. */
export function termsOf(options: TaskOptions | undefined, defaults: Terms | undefined): Terms | undefined {
  if (options === undefined) return defaults;
  if (options === null || typeof options !== 'object')
    throw argumentTypeError(
      `options must be an object like { timeout: 1000 }, not ${options === null ? 'null' : typeof options}`,
    );
  const { timeout, signal, retries, backoff, priority } = options;
  if (timeout !== undefined) checkLimit(timeout);
  if (signal !== undefined) checkSignal(signal);
  if (retries !== undefined) checkRetries(retries);
  if (backoff !== undefined && typeof backoff !== 'function') checkBackoff(backoff);
  if (priority !== undefined) checkPriority(priority);
  if (timeout === undefined && retries === undefined && backoff === undefined && priority === undefined) return defaults;
  return {
    timeout: timeout === Infinity ? undefined : timeout,
    retries: retries ?? defaults?.retries ?? 0,
    backoff,
    // -0 is 0.
    priority: (priority ?? 0) + 0,
  };
}

export function checkRetries(retries: unknown): void {
  checkNumber(retries, 'retries', ' of tries');
  if ((!Number.isInteger(retries) && retries !== Infinity) || retries < 0)
    throw argumentRangeError(`retries must be a whole number of at least 0, not ${retries}`);
}

/** Milliseconds before a task is tried again. */
export function checkBackoff(backoff: unknown): asserts backoff is number {
  checkNumber(backoff, 'backoff', ' of milliseconds, or a function that gives them');
  if (!(backoff >= 0 && backoff <= MAX_SPAN_MS))
    throw argumentRangeError(`backoff must be 0 to ${MAX_SPAN_MS} ms, not ${backoff}`);
}

function checkLimit(timeout: unknown): void {
  checkNumber(timeout, 'timeout', ' of milliseconds');
  if (!(timeout > 0 && (timeout <= MAX_SPAN_MS || timeout === Infinity)))
    throw argumentRangeError(
      `timeout must be more than 0 and at most ${MAX_SPAN_MS} ms, not ${timeout}: leave it out to let the task run for ever`,
    );
}

function checkSignal(signal: unknown): void {
  if (typeof (signal as AbortSignal | null)?.throwIfAborted !== 'function')
    throw argumentTypeError(
      `signal must be an AbortSignal, not ${signal === null ? 'null' : typeof signal}: give controller.signal`,
    );
}

function checkPriority(priority: unknown): void {
  checkNumber(priority, 'priority', ', higher first');
  if (Number.isNaN(priority)) throw argumentRangeError('priority is NaN: give a number, or leave it out for 0');
}

function checkNumber(value: unknown, name: string, of: string): asserts value is number {
  if (typeof value !== 'number')
    throw argumentTypeError(`${name} must be a number${of}, not ${value === null ? 'null' : typeof value}`);
}
