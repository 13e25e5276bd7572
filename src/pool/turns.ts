/** Since when units are a worker's next, where it has several tasks under way at once: from the moment in which there was room for one of their tasks. */
import { openCount, type Unit } from './jobs.ts';

export class Turns {
  readonly #concurrency: number;
  readonly #since = new WeakMap<Unit, number>();

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  /** Something was sent, or settled: who has room has had it since then, if not for longer. */
  give(inFlight: readonly Unit[]): void {
    let open = 0;
    let now: number | undefined;
    for (const unit of inFlight) {
      if (open >= this.#concurrency) return;
      open += openCount(unit);
      if (this.#since.has(unit)) continue;
      now ??= performance.now();
      this.#since.set(unit, now);
    }
  }

  /** It is this worker's no more, or was before it could do anything. */
  forget(unit: Unit): void {
    this.#since.delete(unit);
  }

  of(unit: Unit): number | undefined {
    return this.#since.get(unit);
  }
}
