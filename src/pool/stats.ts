/** What `pool.stats()` tells. Dashboards and exporters read this and nothing else: fields may be added, none goes away or changes its meaning. Times are in ms, sizes in bytes. */
import type { Percentiles } from './histogram.ts';

export type { Percentiles } from './histogram.ts';

/** starting: not ready for tasks; idle: has none; working; leaving: takes no more, and ends. */
export type WorkerState = 'starting' | 'idle' | 'working' | 'leaving';

/** Where time went, in ms. */
export interface WorkTimes {
  /** From the start of the process until the initialiser began. */
  readonly startup: number;
  /** In the initialiser. */
  readonly initializer: number;
  /** With nothing to do, or until the pool took results. */
  readonly waiting: number;
  /** In tasks, what they await included. */
  readonly working: number;
  /** Decoding arguments, encoding and sending results. Of quick tasks a sample is measured. */
  readonly serializing: number;
}

export interface WorkerStats extends WorkTimes {
  /** Number of its place in the pool, from 0: who replaces it takes the same. */
  readonly place: number;
  /** How often the worker in this place was replaced. */
  readonly restarts: number;
  readonly name: string;
  readonly pid: number;
  readonly state: WorkerState;
  /** Tasks that it has run. */
  readonly tasks: number;
  /** Bytes of the messages to it (functions and arguments) and from it (results), encoded. Shared memory that they name does not count. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Resident memory of its process, in bytes, the shared memory that it has touched included; null where the system does not tell (anywhere but on Linux). */
  readonly memory: number | null;
}

export interface TaskCounts {
  /** Ended with a result. */
  readonly done: number;
  /** Ended without one, for whatever reason. */
  readonly failed: number;
  /** Of those, the ones whose worker died. */
  readonly lost: number;
  /** How often a task was given to another worker because its own had died. */
  readonly retried: number;
  /** Not ended, and no worker is at them: with a worker already, or not. */
  readonly queued: number;
  /** Workers are at them now. */
  readonly running: number;
}

/** One of the slowest tasks. */
export interface SlowTask {
  /** Name of the function. */
  readonly name: string;
  /** Its arguments as text, in brackets, at most 80 characters. */
  readonly args: string;
  /** Run time, in ms. */
  readonly run: number;
  /**
   * 1. More where tasks take less than some 4 us: there the clock is looked at after every eighth, and the slow one was this or one of the `among` - 1 before it
   * in the same chunk.
   */
  readonly among: number;
  readonly pid: number;
}

export interface PoolStats {
  /** Since the pool was made, in ms. */
  readonly uptime: number;
  /** Of that, the time in which calls were unfinished, in ms. */
  readonly busy: number;
  /** The workers that there are, in the order of their places. */
  readonly workers: readonly WorkerStats[];
  /** Over all workers, those that are gone included. */
  readonly total: WorkTimes & {
    readonly tasks: number;
    readonly bytesIn: number;
    readonly bytesOut: number;
    readonly restarts: number;
  };
  /** The share of the workers' time, while calls were unfinished, that went into tasks: 0 to 1; null while nothing has run. */
  readonly workingRatio: number | null;
  readonly tasks: TaskCounts;
  /** How long tasks waited, from the call until they were a worker's next, in ms; of many calls of `apply` and items of `imap` a sample. */
  readonly wait: Percentiles | null;
  /** How long tasks ran, in ms. Within 6% and 1 us; tasks of a chunk that end within one millisecond share it equally. Of those that did not end, nothing. */
  readonly run: Percentiles | null;
  /** Up to five, the slowest first. */
  readonly slowest: readonly SlowTask[];
}
