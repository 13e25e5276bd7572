/** Tasks whose worker died of them, and that wait to be tried again. */
import { nextTry, type Unit } from './jobs.ts';
import { checkBackoff } from './terms.ts';
import type { Timers } from './timers.ts';

export class Retries {
  readonly #again: (unit: Unit) => void;
  readonly #timers: Timers;
  readonly #waiting = new Map<Unit, NodeJS.Timeout>();

  /** `again`: a task has waited for long enough. */
  constructor(timers: Timers, again: (unit: Unit) => void) {
    this.#timers = timers;
    this.#again = again;
  }

  /** A task of a unit, for another try; undefined = it had its last. Throws what `backoff` throws, or says of what it gives. */
  next(unit: Unit, place: number): { unit: Unit; delay: number } | undefined {
    const { terms } = unit.job;
    if (terms === undefined || unit.attempt > terms.retries || unit.job.isStopped) return undefined;
    const { backoff = 0 } = terms;
    const delay: unknown = typeof backoff === 'function' ? backoff(unit.attempt) : backoff;
    checkBackoff(delay);
    return { unit: nextTry(unit, place), delay };
  }

  wait(unit: Unit, delay: number): void {
    if (delay === 0) {
      this.#again(unit);
      return;
    }
    // Its job keeps the program alive.
    const timer = this.#timers.after(delay, () => {
      this.#waiting.delete(unit);
      this.#again(unit);
    });
    this.#waiting.set(unit, timer);
  }

  /** Takes out those that `isOut` says. */
  remove(isOut: (unit: Unit) => boolean): Unit[] {
    const removed = [...this.#waiting.keys()].filter(isOut);
    for (const unit of removed) {
      this.#timers.cancel(this.#waiting.get(unit));
      this.#waiting.delete(unit);
    }
    return removed;
  }
}
