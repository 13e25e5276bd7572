/** What was submitted to a pool, and what became of it: each entry settles exactly once, and rightly. */
import assert from 'node:assert/strict';
import { inspect, isDeepStrictEqual } from 'node:util';
import { BootstrapError, CancelledError, PoolTerminatedError, TimeoutError, WorkerLostError } from 'multiproc';

/** What happened to the pool from outside, which bounds what may happen to tasks. */
export interface Blows {
  kills: number;
  stops: number;
  isTerminated: boolean;
}

export interface Expectation {
  readonly label: string;
  /** It returns this, */
  readonly value?: unknown;
  /** or it fails with what this accepts, and with nothing else. */
  readonly error?: (error: unknown) => boolean;
  /** It ends its worker itself. */
  readonly isLethal?: boolean;
  /** It has a limit, which a worker that is stopped exceeds. */
  readonly isTimed?: boolean;
}

interface Entry extends Expectation {
  count: number;
  mayBeCancelled: boolean;
}

export interface Open {
  returned(value: unknown): void;
  failed(error: unknown): void;
  /** From now on it may end by that. */
  cancelled(): void;
}

export class Ledger {
  readonly blows: Blows = { kills: 0, stops: 0, isTerminated: false };
  readonly #entries: Entry[] = [];
  readonly #faults: string[] = [];
  #lost = 0;
  readonly #concurrency: number;
  readonly #exits: () => number;

  /** Of a pool whose workers have several tasks at once each end of one may cost as many, whatever ended it. */
  constructor(concurrency: number, exits: () => number) {
    this.#concurrency = concurrency;
    this.#exits = exits;
  }

  open(expectation: Expectation): Open {
    const entry: Entry = { ...expectation, count: 0, mayBeCancelled: false };
    this.#entries.push(entry);
    return {
      returned: (value) => this.#settle(entry, 'value' in entry && isDeepStrictEqual(value, entry.value), value),
      failed: (error) => this.#settle(entry, this.#mayFail(entry, error), error),
      cancelled: () => {
        entry.mayBeCancelled = true;
      },
    };
  }

  /** Throws what was wrong. */
  check(): void {
    const open = this.#entries.filter(({ count }) => count !== 1).map(({ label, count }) => `${label}: settled ${count} times`);
    assert.deepEqual([...this.#faults, ...open], []);
    const most = this.#concurrency === 1 ? this.blows.kills : this.#concurrency * this.#exits();
    assert.ok(this.#lost <= most, `${this.#lost} tasks are lost by ${this.blows.kills} kills and ${this.#exits()} ends`);
  }

  /** For who waits in vain. */
  get waiting(): string[] {
    return this.#entries.filter(({ count }) => count === 0).map(({ label }) => label);
  }

  get settled(): number {
    return this.#entries.reduce((sum, { count }) => sum + count, 0);
  }

  get size(): number {
    return this.#entries.length;
  }

  #settle(entry: Entry, isRight: boolean, what: unknown): void {
    entry.count++;
    if (!isRight) this.#faults.push(`${entry.label}: ${inspect(what, { depth: 2, breakLength: Infinity })}`);
  }

  #mayFail(entry: Entry, error: unknown): boolean {
    if (error instanceof PoolTerminatedError) return this.blows.isTerminated;
    // Three that are killed before they are ready.
    if (error instanceof BootstrapError) return this.blows.kills >= 3;
    if (error instanceof CancelledError) return entry.mayBeCancelled;
    if (error instanceof TimeoutError && entry.isTimed && this.blows.stops > 0) return true;
    if (!(error instanceof WorkerLostError)) return entry.error?.(error) === true;
    if (!entry.isLethal) this.#lost++;
    return true;
  }
}
