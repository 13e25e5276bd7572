/**
 * How many workers share quick tasks: no more than there are processors.
 *
 * A task that has ended after 30 us has not waited for anything, so workers beyond the number of processors take their time from each other; and each of them is
 * woken for a task or two at a time, and has its own compiler to warm up: with eight workers on two processors that was a third of the processor time. So while nearly all tasks are
 * quick, units go to the first workers alone, until one of these has not moved for some ms: then the next takes its place.
 */
import { cpuCount } from '../platform/cpu_count.ts';
import { BUCKETS, bucketOf } from './histogram.ts';
import { Gauge } from './meter.ts';
import type { WorkerHandle } from './worker_handle.ts';

/** What ended after so many ms has waited for nothing; what took longer than LONG_MS may have. */
const QUICK_MS = 0.03;
const LONG_MS = 0.25;
const QUICK_BUCKETS = bucketOf(QUICK_MS);
const LONG_BUCKETS = bucketOf(LONG_MS);
/** Tasks count as quick when so many of them are, and at most so many are long. */
const QUICK_PART = 1 / 2;
const LONG_PART = 1 / 16;
/** What earlier looks have found counts half as much at each. */
const FADE = 0.5;
/** Units for each worker between two looks; and ms, where units are large. */
const EVERY = 4;
const EVERY_MS = 5;
/** A worker that has not begun another task for so many ms is held up: by a long one, or by the system, whose turns are somewhat shorter. */
const HELD_UP_MS = 5;

export class Breadth {
  readonly #processors = cpuCount();
  #areQuick = false;
  #units = 0;
  #lookedAt = 0;
  /** What all workers had counted at the last look. */
  #all = 0;
  #quick = 0;
  #long = 0;
  #recentAll = 0;
  #recentQuick = 0;
  #recentLong = 0;

  /** A unit was completed at `now`, by one of so many workers. */
  completed(workers: Iterable<WorkerHandle>, count: number, now: number): void {
    if (count <= this.#processors || (++this.#units < EVERY * count && now - this.#lookedAt < EVERY_MS)) return;
    this.#units = 0;
    this.#lookedAt = now;
    this.#look(workers);
  }

  #look(workers: Iterable<WorkerHandle>): void {
    let quick = 0;
    let medium = 0;
    let long = 0;
    for (const { meter } of workers) {
      const { fields } = meter;
      for (let i = 0; i < QUICK_BUCKETS; i++) quick += fields[Gauge.RUNS + i];
      for (let i = QUICK_BUCKETS; i < LONG_BUCKETS; i++) medium += fields[Gauge.RUNS + i];
      for (let i = LONG_BUCKETS; i < BUCKETS; i++) long += fields[Gauge.RUNS + i];
    }
    const all = quick + medium + long;
    // A worker that has ended takes what it had counted with it: the next look has sense again.
    if (all > this.#all) {
      this.#recentAll = this.#recentAll * FADE + all - this.#all;
      this.#recentQuick = this.#recentQuick * FADE + quick - this.#quick;
      this.#recentLong = this.#recentLong * FADE + long - this.#long;
      this.#areQuick = this.#recentQuick >= QUICK_PART * this.#recentAll && this.#recentLong <= LONG_PART * this.#recentAll;
    }
    this.#all = all;
    this.#quick = quick;
    this.#long = long;
  }

  /** Whether only some of so many workers are to be given units. */
  isNarrow(workers: number): boolean {
    return this.#areQuick && workers > this.#processors;
  }

  isHeldUp(worker: WorkerHandle, now: number): boolean {
    return now - worker.movedAt(now) > HELD_UP_MS;
  }

  /** The one of those with the fewest units before it. undefined = none of them takes more now; null = all are held up. */
  leastBusy(workers: Iterable<WorkerHandle>): WorkerHandle | undefined | null {
    let best: WorkerHandle | undefined | null = null;
    let fewest = Infinity;
    let count = 0;
    const now = performance.now();
    for (const worker of workers) {
      if (!worker.accepts || !worker.isReady || this.isHeldUp(worker, now)) continue;
      best ??= undefined;
      const { length } = worker.inFlight;
      if (length < fewest && length < worker.depth) {
        best = worker;
        fewest = length;
      }
      if (++count === this.#processors) break;
    }
    return best;
  }
}
