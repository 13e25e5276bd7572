/**
 * Looks after tasks with a `timeout`. A worker stores when a timed task starts, and which it is at; so there is one timer for each worker that has such tasks, set to the
 * earliest moment at which one of them may be too late, and no message about it.
 */
import { sharedNow } from './clock.ts';
import { taskCount, type Unit } from './jobs.ts';
import type { WorkerHandle } from './worker_handle.ts';

/** Has a worker that is ready not taken up a timed task for so many ms beyond its limit, it never will (it was stopped by SIGSTOP): then it is replaced, and loses nothing. */
const STALLED_MS = 5000;

interface Watch {
  readonly timer: NodeJS.Timeout;
  /** By `performance.now`. */
  readonly due: number;
}

export class TimeLimits {
  readonly #look: (worker: WorkerHandle) => void;
  readonly #watches = new Map<WorkerHandle, Watch>();

  /** `look`: a task of the worker may be too late. */
  constructor(look: (worker: WorkerHandle) => void) {
    this.#look = look;
  }

  /** A task that may run for `timeout` ms was sent, or may run for so long from now on. */
  watch(worker: WorkerHandle, timeout: number): void {
    const due = performance.now() + timeout;
    const watch = this.#watches.get(worker);
    if (watch && watch.due <= due) return;
    clearTimeout(watch?.timer);
    // A millisecond more: a timer may fire early by a part of one.
    const timer = setTimeout(() => this.#onTimer(worker), Math.min(timeout + 1, 2 ** 31 - 1)).unref();
    this.#watches.set(worker, { timer, due });
  }

  forget(worker: WorkerHandle): void {
    clearTimeout(this.#watches.get(worker)?.timer);
    this.#watches.delete(worker);
  }

  #onTimer(worker: WorkerHandle): void {
    this.#watches.delete(worker);
    if (worker.isReleased || worker.forced) return;
    if (overdue(worker) || isStalled(worker)) this.#look(worker);
    if (worker.forced) return;
    let left = Infinity;
    for (const unit of worker.inFlight) left = Math.min(left, timeLeft(worker, unit));
    if (left < Infinity) this.watch(worker, Math.max(left, 1));
  }
}

/** The task that has run for too long, and of which unit. */
export function overdue(worker: WorkerHandle): { id: number; unit: Unit } | undefined {
  const { id } = worker.started;
  for (const unit of worker.inFlight) if (isAt(worker, unit) && timeLeft(worker, unit) <= 0) return { id, unit };
  return undefined;
}

/** What is first before a worker it has not begun for so long that it is not going to. */
export function isStalled(worker: WorkerHandle): boolean {
  const head = worker.inFlight[0];
  const timeout = head?.job.terms?.timeout;
  if (timeout === undefined || !worker.isReady || worker.started.id >= head.firstId) return false;
  return performance.now() - worker.headSince > timeout + STALLED_MS;
}

/** For how many ms a task of the unit may go on at least; Infinity = it has no limit. */
function timeLeft(worker: WorkerHandle, unit: Unit): number {
  const timeout = unit.job.terms?.timeout;
  if (timeout === undefined) return Infinity;
  if (!isAt(worker, unit)) return timeout;
  // Both ends are cut to whole milliseconds: one more, so that nothing is ended early.
  return timeout + 1 - ((sharedNow() - worker.startedAt) | 0);
}

/** Whether the worker runs a task of the unit. While it rebuilds the arguments, and imports what they need, it does not. */
function isAt(worker: WorkerHandle, unit: Unit): boolean {
  const { id, decoding } = worker.started;
  return !decoding && id >= unit.firstId && id < unit.firstId + taskCount(unit);
}
