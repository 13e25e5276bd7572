/** A task that runs in this worker, as far as it has asked for its context: its signal, and the progress that it reports. */
import { argumentRangeError, argumentTypeError } from '../base/errors.ts';
import { pollingSignal } from './polling_signal.ts';
import type { TaskContext } from './task_context.ts';

/** At most one report of a task's progress goes to the pool in this time (ms). */
const REPORT_MS = 50;

/** What the worker does for its tasks. */
export interface TaskHost {
  /** Sends a report. False = there is no room, or the worker is in the middle of another message. */
  report(id: number, done: number, total: number | undefined): boolean;
  /** The same, when there is room. */
  reportLater(id: number, done: number, total: number | undefined): Promise<void>;
  /** The task wants to hear of its cancellation. */
  heed(task: RunningTask): void;
  /** A task that wanted to hear of it has ended. */
  heedNoMore(): void;
  /** Looks whether a task was cancelled. */
  poll(): void;
}

export class RunningTask {
  readonly id: number;
  readonly attempt: number;
  readonly #host: TaskHost;
  #context: TaskContext | undefined;
  #controller: AbortController | undefined;
  #done = 0;
  #total: number | undefined;
  #isReportDue = false;
  #reportedAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  isEnded = false;

  constructor(id: number, attempt: number, host: TaskHost) {
    this.id = id;
    this.attempt = attempt;
    this.#host = host;
  }

  get context(): TaskContext {
    this.#context ??= makeContext(this);
    return this.#context;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      pollingSignal(controller.signal, () => this.#host.poll());
      if (this.isEnded) return controller.signal;
      this.#controller = controller;
      this.#host.heed(this);
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller?.abort(reason);
  }

  progress(done: number, total?: number): void {
    checkAmount(done, 'done');
    if (total !== undefined) checkAmount(total, 'total');
    if (this.isEnded) return;
    this.#done = done;
    this.#total = total;
    this.#isReportDue = true;
    const wait = this.#reportedAt + REPORT_MS - performance.now();
    if (wait <= 0) this.#report();
    else this.#timer ??= setTimeout(() => this.#report(), wait).unref();
  }

  #report(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#isReportDue) return;
    this.#reportedAt = performance.now();
    if (this.#host.report(this.id, this.#done, this.#total)) this.#isReportDue = false;
    else this.#timer = setTimeout(() => this.#report(), REPORT_MS).unref();
  }

  /** Before its outcome is sent. A promise where the last report has to wait for room: the outcome comes after it. */
  end(): Promise<void> | undefined {
    this.isEnded = true;
    if (this.#controller) this.#host.heedNoMore();
    clearTimeout(this.#timer);
    if (!this.#isReportDue || this.#host.report(this.id, this.#done, this.#total)) return undefined;
    return this.#host.reportLater(this.id, this.#done, this.#total);
  }
}

/** A thing of its own, so that what a task takes out of it (`const { progress } = taskContext()`) works alone, and `signal` is asked for by who wants it. */
function makeContext(task: RunningTask): TaskContext {
  return {
    attempt: task.attempt,
    progress: (done, total) => task.progress(done, total),
    get signal() {
      return task.signal;
    },
  };
}

function checkAmount(amount: unknown, what: string): void {
  if (typeof amount !== 'number') throw argumentTypeError(`${what} of progress() must be a number, not ${typeof amount}`);
  if (!(amount >= 0)) throw argumentRangeError(`${what} of progress() must be a number of at least 0, not ${amount}`);
}
