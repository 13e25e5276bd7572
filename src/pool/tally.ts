/** What the pool counts of its tasks: how they end (its jobs tell), how long they wait, and which took longest. How long they take, their workers measure (meter.ts). */
import { WorkerLostError } from '../base/errors.ts';
import { briefArguments, nameOf } from './brief.ts';
import { BUCKETS, bucketOf } from './histogram.ts';
import { type Counts, taskCount, type Unit } from './jobs.ts';
import { Gauge, SLOWEST } from './meter.ts';
import { Kind } from './protocol.ts';
import type { SlowTask } from './stats.ts';
import type { WorkerHandle } from './worker_handle.ts';

/** So many calls are timed each, then one in SAMPLED: to look at the clock takes a fiftieth of the time of an `apply`. */
const ALL_TIMED = 1024;
const SAMPLED = 8;
/** Stamps are whole numbers modulo 2^32, good for waits of 37 hours: in each unit a fraction would be an allocation. */
const STAMPS_PER_MS = 16;

export class Tally implements Counts {
  readonly beganAt = performance.now();
  submitted = 0;
  done = 0;
  failed = 0;
  lost = 0;
  retried = 0;
  readonly waits = new Float64Array(BUCKETS);
  maxWait = 0;
  /** The slowest first. */
  readonly slowest: SlowTask[] = [];
  /** When the last look at the clock was, where it was not far from now. */
  #now = 0;
  #calls = 0;
  #isNowFresh = false;
  /** Since when calls are unfinished; 0 = none are. */
  #busySince = 0;
  #busyTime = 0;

  // ---- calls

  /** Calls are unfinished from now on. */
  busy(): void {
    this.#now = performance.now();
    this.#isNowFresh = true;
    this.#busySince = this.#now;
  }

  /** The last has ended: with the last unit that did, or a little later. */
  idle(): void {
    if (this.#busySince === 0) return;
    this.#busyTime += Math.max(0, this.#now - this.#busySince);
    this.#busySince = 0;
  }

  /** The time of a call, for its units; 0 = this one is not timed. */
  stamp(): number {
    if (this.#isNowFresh) {
      this.#isNowFresh = false;
      return stampOf(this.#now) || 1;
    }
    if (++this.#calls > ALL_TIMED && this.#calls % SAMPLED !== 0) return 0;
    return stampOf(performance.now()) || 1;
  }

  /** How long calls were unfinished, in ms. */
  busyUntil(now: number): number {
    return this.#busyTime + (this.#busySince === 0 ? 0 : now - this.#busySince);
  }

  // ---- tasks

  /** A task has failed. */
  fail(error: unknown): void {
    this.failed++;
    if (error instanceof WorkerLostError) this.lost++;
  }

  /** A unit was settled at `now`, and had been the worker's next since `turn`. */
  completed(worker: WorkerHandle, unit: Unit, turn: number, now: number): void {
    this.#now = now;
    if (unit.submitted !== 0) {
      const wait = Math.max(0, ((stampOf(turn) - unit.submitted) | 0) / STAMPS_PER_MS);
      this.waits[bucketOf(wait)] += taskCount(unit);
      if (wait > this.maxWait) this.maxWait = wait;
    }
    const changes = worker.meter.get(Gauge.SLOW_CHANGES);
    if (changes === worker.slowChanges) return;
    worker.slowChanges = changes;
    this.#noteSlow(worker, unit);
  }

  /** What is new in the worker's table of the slowest is of this unit, or of one that it has not been heard of yet. */
  #noteSlow(worker: WorkerHandle, completed: Unit): void {
    const table = [...worker.meter.slowest()];
    for (const { id, ms, among } of table) {
      if (worker.slowNoted.includes(id) || (this.slowest.length === SLOWEST && ms <= this.slowest[SLOWEST - 1].run)) continue;
      const unit = holds(completed, id) ? completed : worker.inFlight.find((other) => holds(other, id));
      if (unit) this.#addSlow(worker, unit, id, ms, among);
    }
    worker.slowNoted = Array.from(table, ({ id }) => id);
  }

  #addSlow(worker: WorkerHandle, { job, kind, items, firstId }: Unit, id: number, run: number, among: number): void {
    const args = kind === Kind.CALL ? items : kind === Kind.STAR ? items[id - firstId] : [items[id - firstId]];
    const text = Array.isArray(args) ? briefArguments(args) : '(...)';
    const task = Object.freeze({ name: nameOf(job.fn), args: text, run, among, pid: worker.child.pid });
    const place = this.slowest.findIndex((other) => other.run < run);
    this.slowest.splice(place < 0 ? this.slowest.length : place, 0, task);
    if (this.slowest.length > SLOWEST) this.slowest.pop();
  }
}

function stampOf(now: number): number {
  return (now * STAMPS_PER_MS) | 0;
}

function holds(unit: Unit, id: number): boolean {
  return id >= unit.firstId && id < unit.firstId + taskCount(unit);
}
