/** How far a call is: `progress: true` draws a bar, `progress: callback` gives events. */
import { argumentTypeError } from '../base/errors.ts';
import { nameOf } from './brief.ts';
import type { Job } from './jobs.ts';
import { newBar } from './progress_bar.ts';
import type { ProgressEvent, TaskProgress } from './progress_event.ts';

/** Least time between two events of a call, in ms. */
const EVERY_MS = 100;
/** The rate is that of the last few seconds: what is so many ms old weighs a third of what is new. */
const RECENT_MS = 5000;

export interface ProgressOptions {
  /**
   * true: a bar on standard error while the call runs, where that is a terminal; nothing elsewhere.
   * A function: called with how far the call is, at most ten times a second, and once more at its end, before who awaits the result goes on. What it throws is an uncaught exception.
   */
  progress?: boolean | ((event: ProgressEvent) => void);
}

export function checkProgress(options: ProgressOptions | undefined): void {
  const progress = options?.progress;
  if (progress !== undefined && typeof progress !== 'boolean' && typeof progress !== 'function')
    throw argumentTypeError(`progress must be true, or a function to call with events, not ${typeof progress}`);
}

/** Has a job that was asked for its progress tell of it; undefined = it was not. */
export function watch(job: Job, options: ProgressOptions | undefined, total?: number): Progress | undefined {
  const progress = options?.progress;
  if (progress === undefined || progress === false) return undefined;
  const tell = progress === true ? newBar(nameOf(job.fn)) : progress;
  return tell && new Progress(job, total, tell);
}

/** How many items there are, where the input says so. */
export function lengthOf(items: unknown): number | undefined {
  const { length, size } = Object(items) as { length?: unknown; size?: unknown };
  if (Array.isArray(items)) return items.length;
  if (typeof items === 'string') return undefined;
  return [length, size].find((count): count is number => typeof count === 'number');
}

export class Progress {
  readonly #tell: (event: ProgressEvent) => void;
  readonly #began = performance.now();
  readonly #tasks = new Map<number, TaskProgress>();
  readonly #rate = new Rate(this.#began);
  #done = 0;
  #failed = 0;
  #total: number | undefined;
  #isOver = false;
  #told = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(job: Job, total: number | undefined, tell: (event: ProgressEvent) => void) {
    this.#tell = tell;
    this.#total = total;
    this.#listen(job);
    this.#changed();
  }

  /** How many tasks there are. */
  expect(total: number): void {
    this.#total = total;
    this.#changed();
  }

  /** On the way of the outcomes of this one job, so that the others have nothing to ask. */
  #listen(job: Job): void {
    const settle = job.settle.bind(job);
    const fail = job.fail.bind(job);
    job.settleImmediates = undefined;
    job.settle = (index, value) => {
      this.#settled(index, 0);
      settle(index, value);
    };
    job.fail = (index, error) => {
      this.#settled(index, 1);
      fail(index, error);
    };
    job.progress = (index, done, total) => {
      this.#tasks.set(index, Object.freeze({ index, done, total }));
      this.#changed();
    };
    job.onEnd = () => this.#end();
  }

  #settled(index: number, failed: number): void {
    if (this.#isOver) return;
    this.#done++;
    this.#failed += failed;
    if (this.#tasks.size > 0) this.#tasks.delete(index);
    this.#changed();
  }

  #changed(): void {
    if (this.#timer || this.#isOver) return;
    // A timer takes whole ms, and may fire one early.
    const wait = Math.max(0, Math.ceil(this.#told + EVERY_MS - performance.now()));
    // In a timer: what the callback throws is nobody's here, and what it submits is not in the middle of a settlement.
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#told = performance.now();
      this.#tell(this.#event(this.#told, false));
    }, wait).unref();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    const event = this.#event(performance.now(), true);
    this.#tasks.clear();
    queueMicrotask(() => this.#tell(event));
  }

  #event(now: number, last: boolean): ProgressEvent {
    const tasks = [...this.#tasks.values()].sort((a, b) => a.index - b.index);
    const parts = tasks.reduce((sum, { done, total }) => sum + (total ? Math.min(1, done / total) : 0), 0);
    const total = last ? (this.#total ?? this.#done) : this.#total;
    const rate = this.#rate.at(now, this.#done + parts);
    const left = total === undefined ? undefined : Math.max(0, total - this.#done - parts);
    const remaining = left === 0 ? 0 : left === undefined || rate === 0 ? undefined : (left / rate) * 1000;
    const { elapsed, done, failed } = { elapsed: now - this.#began, done: this.#done, failed: this.#failed };
    return Object.freeze({ done, total, failed, elapsed, rate, remaining, tasks: Object.freeze(tasks), last });
  }
}

/** Tasks a second, of late. */
class Rate {
  #at: number;
  #done = 0;
  #tasks = 0;
  #ms = 0;

  constructor(now: number) {
    this.#at = now;
  }

  at(now: number, done: number): number {
    const ms = now - this.#at;
    const kept = Math.exp(-ms / RECENT_MS);
    this.#tasks = Math.max(0, this.#tasks * kept + done - this.#done);
    this.#ms = this.#ms * kept + ms;
    this.#at = now;
    this.#done = done;
    return this.#ms === 0 ? 0 : (this.#tasks / this.#ms) * 1000;
  }
}
