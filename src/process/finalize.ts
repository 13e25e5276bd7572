/**
 * What is to be done when an object is gone, or when the process ends. At exit: those of priority 0 and above, highest first; then the daemonic children are
 * ended; then those below 0. Follows CPython's `multiprocessing.util.Finalize`.
 */
import { argumentRangeError, argumentTypeError } from '../base/errors.ts';
import { unwatch, type Watch, whenCollected } from '../memory/collected.ts';
import { thrownText } from './thrown_text.ts';

export interface FinalizeOptions {
  /**
   * Place in the order at exit: higher ones run first, equal ones last registered first, those below 0 after the daemonic children have ended.
   * null = not at exit. Default: 0.
   */
  exitPriority?: number | null;
}

/** Those that have not run, in the order of registration. */
const active = new Set<Finalizer>();
let listens = false;
let between: (() => void) | undefined;

/** What `finalize` gives. */
export class Finalizer<R = unknown> implements Disposable {
  readonly exitPriority: number | null;
  readonly #watch: Watch | undefined;
  #run: (() => R) | undefined;

  /** Not for users: `finalize` makes them. */
  constructor(object: object | null, run: () => R, exitPriority: number | null) {
    this.exitPriority = exitPriority;
    this.#run = run;
    this.#watch = object === null ? undefined : whenCollected(object, () => this.callReporting());
    active.add(this);
  }

  /** Runs it now, and never again. Gives what it returns; undefined when it ran before or was cancelled. Throws what it throws. */
  call(): R | undefined {
    const run = this.#run;
    this.cancel();
    return run?.();
  }

  /** It will not run. */
  cancel(): void {
    this.#run = undefined;
    active.delete(this);
    if (this.#watch) unwatch(this.#watch);
  }

  /** Whether it has still to run. */
  stillActive(): boolean {
    return this.#run !== undefined;
  }

  [Symbol.dispose](): void {
    this.call();
  }

  /** Nobody is there to catch what it throws. */
  callReporting(): void {
    try {
      const result: unknown = this.call();
      if (result instanceof Promise) result.catch(report);
    } catch (error) {
      report(error);
    }
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `<Finalizer ${this.stillActive() ? `exitPriority=${this.exitPriority}` : 'dead'}>`;
  }
}

/**
 * Calls `fn` once: when `object` has been collected as garbage, when the process ends, or by hand with `call()`, whichever comes first. It must not refer to
 * `object`, which could never be collected then; `object` may be null. At exit it has to be synchronous. What it throws is shown on stderr and stops nothing.
 * A process that is killed, also by SIGTERM, runs nothing.
 */
export function finalize<R>(object: object | null, fn: () => R, { exitPriority = 0 }: FinalizeOptions = {}): Finalizer<R> {
  if (object !== null && typeof object !== 'object' && typeof object !== 'function')
    throw argumentTypeError(`finalize: the object must be an object, a function or null, not ${typeof object}`);
  if (typeof fn !== 'function') throw argumentTypeError(`finalize: what to do must be a function, not ${typeof fn}`);
  if (exitPriority !== null && typeof exitPriority !== 'number')
    throw argumentTypeError(`exitPriority must be a number or null, not ${typeof exitPriority}`);
  if (Number.isNaN(exitPriority)) throw argumentRangeError('exitPriority is NaN: give a number, 0 is the default');
  if (object === null && exitPriority === null)
    throw argumentTypeError('finalize: without an object, exitPriority cannot be null: it would never run');
  // Before the listener by which the session is left, wherever that stands: finalisers may use queues.
  if (!listens) process.prependListener('exit', runAll);
  listens = true;
  return new Finalizer(object, fn, exitPriority);
}

/** What happens at exit before those of negative priority. */
export function betweenFinalizers(run: () => void): void {
  between = run;
}

function runAll(): void {
  runFrom(0);
  between?.();
  runFrom(-Infinity);
}

/** In rounds: what runs may register others, and cancel some. */
function runFrom(least: number): void {
  for (;;) {
    const due = [...active].reverse().filter(({ exitPriority }) => exitPriority !== null && exitPriority >= least);
    if (due.length === 0) return;
    for (const finalizer of due.sort((a, b) => b.exitPriority! - a.exitPriority!)) finalizer.callReporting();
  }
}

function report(error: unknown): void {
  process.stderr.write(`Error in a finalizer:\n${thrownText(error)}\n`);
}
