/** Which worker has which place of its pool, and what those that are gone had done. */

import { clockBase } from './clock.ts';
import { BUCKETS } from './histogram.ts';
import { Gauge, Phase } from './meter.ts';
import type { WorkTimes } from './stats.ts';
import type { WorkerHandle } from './worker_handle.ts';

export interface Seat {
  readonly place: number;
  /** How long the pool's calls had been unfinished when the worker came, in ms. */
  readonly busyBefore: number;
}

/** Sums over several workers. */
export interface Sums extends WorkTimes {
  readonly tasks: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export class Roster {
  readonly #seats = new Map<WorkerHandle, Seat>();
  /** Workers that each place has had. */
  readonly #comers: number[] = [];
  /** Of those that are gone. */
  gone: Sums = { startup: 0, initializer: 0, waiting: 0, working: 0, serializing: 0, tasks: 0, bytesIn: 0, bytesOut: 0 };
  readonly goneRuns = new Float64Array(BUCKETS);
  goneMaxRun = 0;
  /** Time of theirs in which calls were unfinished, in ms. */
  goneCapacity = 0;

  /** A worker takes the first place whose worker is gone, or about to go. */
  joined(worker: WorkerHandle, busyBefore: number): void {
    const taken = new Set<number>();
    for (const [other, seat] of this.#seats) if (!other.isLeaving) taken.add(seat.place);
    let place = 0;
    while (taken.has(place)) place++;
    this.#seats.set(worker, { place, busyBefore });
    this.#comers[place] = (this.#comers[place] ?? 0) + 1;
  }

  /** It has ended; its meter can still be read. */
  left(worker: WorkerHandle, busyUntil: number): void {
    const seat = this.#seats.get(worker);
    if (!seat) return;
    this.#seats.delete(worker);
    this.gone = sum(this.gone, timesOf(worker, false));
    this.goneCapacity += busyUntil - seat.busyBefore;
    this.goneMaxRun = Math.max(this.goneMaxRun, worker.meter.get(Gauge.MAX_RUN));
    addRuns(this.goneRuns, worker);
  }

  /** In the order of their places. */
  get seats(): [WorkerHandle, Seat][] {
    return [...this.#seats].sort(([, a], [, b]) => a.place - b.place);
  }

  restarts(place: number): number {
    return this.#comers[place] - 1;
  }

  get allRestarts(): number {
    return this.#comers.reduce((all, comers) => all + comers - 1, 0);
  }
}

/** Adds a worker's histogram of run times to `runs`. */
export function addRuns(runs: Float64Array, { meter }: WorkerHandle): void {
  for (let bucket = 0; bucket < BUCKETS; bucket++) runs[bucket] += meter.get(Gauge.RUNS + bucket);
}

export function sum(a: Sums, b: Sums): Sums {
  return {
    startup: a.startup + b.startup,
    initializer: a.initializer + b.initializer,
    waiting: a.waiting + b.waiting,
    working: a.working + b.working,
    serializing: a.serializing + b.serializing,
    tasks: a.tasks + b.tasks,
    bytesIn: a.bytesIn + b.bytesIn,
    bytesOut: a.bytesOut + b.bytesOut,
  };
}

/** What a worker has done until now; of one that is gone, until it last said so. */
export function timesOf(worker: WorkerHandle, isAlive: boolean): Sums {
  const { meter, bytesIn, bytesOut } = worker;
  const now = performance.now() + clockBase();
  const began = worker.createdAt + clockBase();
  const booted = meter.get(Gauge.BOOTED);
  const initialized = meter.get(Gauge.INITIALIZED);
  const phase = meter.get(Gauge.PHASE);
  const open = isAlive ? Math.max(0, now - meter.get(Gauge.SINCE)) : 0;
  return {
    startup: Math.max(0, (booted || (isAlive ? now : began)) - began),
    initializer: booted === 0 ? 0 : Math.max(0, (initialized || (isAlive ? now : booted)) - booted),
    waiting: meter.get(Gauge.WAITING) + (phase === Phase.WAITING ? open : 0),
    working: meter.get(Gauge.WORKING) + (phase === Phase.WORKING ? open : 0),
    serializing: meter.get(Gauge.SERIALIZING),
    tasks: meter.get(Gauge.TASKS),
    bytesIn,
    bytesOut,
  };
}
