/**
 * Looks after tasks with a `timeout`. A worker stores when a timed task starts, and which it is at; so there is one timer for each worker that has such tasks, set to the
 * earliest moment at which one of them may be too late, and no message about it.
 */
import { sharedNow } from './clock.ts';
import { taskCount, type Unit } from './jobs.ts';
import { startOf } from './start_times.ts';
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

  /** Whether it looks after anything. */
  get isNeeded(): boolean {
    return this.#watches.size > 0;
  }

  /** What its timers do, where none can fire. */
  lookNow(): void {
    const now = performance.now();
    for (const [worker, { timer, due }] of [...this.#watches]) {
      if (now <= due + 1) continue;
      clearTimeout(timer);
      this.#onTimer(worker);
    }
  }

  #onTimer(worker: WorkerHandle): void {
    this.#watches.delete(worker);
    if (worker.isReleased || worker.forced) return;
    // Of several tasks that are under way the worker may have said nothing that was heard.
    if (worker.concurrency > 1 || overdue(worker) || isStalled(worker)) this.#look(worker);
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
  if (worker.concurrency > 1) return timeLeftOfSeveral(worker, unit, timeout);
  // One that has failed already has its own time of grace; those after it have theirs.
  if (!isAt(worker, unit) || unit.abandoned?.has(worker.started.id - unit.firstId)) return timeout;
  // Both ends are cut to whole milliseconds: one more, so that nothing is ended early.
  return timeout + 1 - ((sharedNow() - worker.startedAt) | 0);
}

function timeLeftOfSeveral(worker: WorkerHandle, unit: Unit, timeout: number): number {
  let least = timeout;
  for (const task of running(worker))
    if (task.unit === unit && !unit.abandoned?.has(task.place)) least = Math.min(least, timeLeftOf(worker, unit, task.place));
  return least;
}

/** Of a task that runs beside others. */
export function timeLeftOf(worker: WorkerHandle, unit: Unit, place: number): number {
  const timeout = unit.job.terms?.timeout;
  if (timeout === undefined) return Infinity;
  const isLast = worker.started.id === unit.firstId + place;
  const start = startOf(unit, place) ?? (isLast ? worker.startedAt : undefined);
  return start === undefined ? timeout : timeout + 1 - ((sharedNow() - start) | 0);
}

export interface Running {
  readonly unit: Unit;
  readonly place: number;
}

/** What a worker has started and not settled. */
export function* running(worker: WorkerHandle): Generator<Running> {
  const { id, decoding } = worker.started;
  const end = decoding ? id : id + 1;
  for (const unit of worker.inFlight)
    for (let place = unit.done; place < taskCount(unit) && unit.firstId + place < end; place++)
      if (!unit.ahead?.has(place)) yield { unit, place };
}

/** Whether the worker runs a task of the unit. While it rebuilds the arguments, and imports what they need, it does not. */
function isAt(worker: WorkerHandle, unit: Unit): boolean {
  const { id, decoding } = worker.started;
  return !decoding && id >= unit.firstId && id < unit.firstId + taskCount(unit);
}
