/**
 * Ends what has to end: jobs that nobody wants any more, tasks that run for too long. What no worker has begun is withdrawn at no cost, also from a worker's ring.
 * What runs is told where it listens, and else costs its worker. That one has nothing else by then which it could begin; so a kill costs the task that it is meant for and no other.
 */
import { CANCEL_GRACE_MS, hasGrace, isOverstaying, mayGoOn } from './cancelling.ts';
import { abandon, CallJob, type Job, type Unit } from './jobs.ts';
import { failAll } from './outcomes.ts';
import { STOPPED, timeoutError } from './task_errors.ts';
import { isStalled, overdue, type Running, running, timeLeftOf } from './time_limits.ts';
import type { Timers } from './timers.ts';
import type { ForcedEnd, WorkerHandle } from './worker_handle.ts';

export interface StopsOwner {
  readonly timers: Timers;
  readonly workers: Iterable<WorkerHandle>;
  /** Units that no worker has. */
  readonly waiting: number;
  /** Takes out of them what `isOut` says. */
  remove(isOut: (unit: Unit) => boolean): Unit[];
  /** To the front. */
  requeue(units: readonly Unit[]): void;
  /** Takes in what a worker has done, also what it has not told yet, and gives out nothing. True = there may be more. */
  hear(worker: WorkerHandle): boolean;
  dispatch(): void;
}

export class Stops {
  readonly #owner: StopsOwner;
  #isScheduled = false;
  /** Workers are being looked at: what that calls of the user's finds units that are in no list. */
  #isAtWork = false;
  /** At most so many of the waiting units are of stopped jobs. */
  #stale = 0;

  constructor(owner: StopsOwner) {
    this.#owner = owner;
  }

  /** One signal may stop 100,000 jobs, one after the other: workers are looked at once for all. */
  stopped(job: Job): void {
    this.#stale += job instanceof CallJob ? 1 : Infinity;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#sweep();
    });
  }

  /** For a thread that blocks, or has just done so: no microtask may run for long. */
  catchUp(): void {
    if (this.#isScheduled && !this.#isAtWork) this.#sweep();
  }

  #sweep(): void {
    for (const worker of [...this.#owner.workers]) if (worker.inFlight.some(isStopped)) this.enforce(worker);
    // The queue drops what is stopped when its turn comes. To look for it costs as much as the queue is long.
    if (this.#stale * 2 > this.#owner.waiting) {
      this.#stale = 0;
      for (const unit of this.#owner.remove(isStopped)) failAll(unit, STOPPED);
    }
    this.#owner.dispatch();
  }

  /** Looks whether the worker has to end for what it is at, and ends it then. */
  enforce(worker: WorkerHandle): void {
    if (worker.isReleased || worker.forced) return;
    const outer = this.#isAtWork;
    this.#isAtWork = true;
    try {
      if (worker.concurrency > 1) this.#enforceSeveral(worker);
      else this.#enforceOne(worker);
    } finally {
      this.#isAtWork = outer;
    }
  }

  #enforceOne(worker: WorkerHandle): void {
    const isStuck = isStalled(worker);
    const isBack = this.#takeBack(worker);
    const before = worker.inFlight[0];
    const done = before?.done;
    // What it has said is not undone by its end, and not waited for.
    if (this.#owner.hear(worker)) {
      setImmediate(() => this.enforce(worker));
      return;
    }
    const unit = worker.inFlight[0];
    const late = overdue(worker);
    const place = unit ? worker.started.id - unit.firstId : 0;
    if (unit?.job.isCancelled) {
      if (!this.#hasGrace(worker, unit, place, unit.job.reason)) this.#end(worker, { id: 0, error: STOPPED });
    } else if (unit && isOverstaying(unit, place)) this.#end(worker, { id: worker.started.id, error: STOPPED });
    else if (isStuck && isBack) this.#end(worker, { id: 0, error: STOPPED });
    // It had to wait for room for a result until now: it is looked at again.
    else if (late && unit === before && unit.done === done) this.#onLate(worker, late);
    this.#owner.dispatch();
  }

  #onLate(worker: WorkerHandle, { id, unit }: { id: number; unit: Unit }): void {
    const error = timeoutError(unit.job.fn, unit.job.terms!.timeout!);
    const place = id - unit.firstId;
    if (this.#hasGrace(worker, unit, place, error)) abandon(unit, place, error);
    else this.#end(worker, { id, error });
  }

  /** A worker with several tasks under way: what is too late fails at once; where one cannot be told, or has not listened, all go with the worker. */
  #enforceSeveral(worker: WorkerHandle): void {
    const isStuck = isStalled(worker);
    if ((isStuck || worker.inFlight.some(isStopped)) && this.#takeBack(worker) && isStuck)
      this.#end(worker, { id: 0, error: STOPPED });
    else if (this.#owner.hear(worker)) setImmediate(() => this.enforce(worker));
    else if (this.#hasToEndNow(worker)) {
      this.#takeBack(worker);
      this.#end(worker, { id: 0, error: STOPPED });
    }
    this.#owner.dispatch();
  }

  #hasToEndNow(worker: WorkerHandle): boolean {
    const tasks = [...running(worker)];
    const isAt = (unit: Unit): boolean => tasks.some((task) => task.unit === unit);
    const late = tasks.filter((task) => this.#hasToEnd(worker, task));
    // What the worker has taken in, and runs nothing of: it decodes it, or is between two of its tasks.
    const between = worker.inFlight.filter((unit) => unit.job.isCancelled && !isAt(unit));
    return late.length > 0 || !between.every((unit) => mayGoOn(unit, () => this.#later(worker)));
  }

  #hasToEnd(worker: WorkerHandle, { unit, place }: Running): boolean {
    if (unit.abandoned?.has(place) || unit.job.isCancelled) return !this.#hasGrace(worker, unit, place, unit.job.reason);
    if (timeLeftOf(worker, unit, place) > 0) return false;
    const error = timeoutError(unit.job.fn, unit.job.terms!.timeout!);
    const hasTime = this.#hasGrace(worker, unit, place, error);
    abandon(unit, place, error);
    return !hasTime;
  }

  #hasGrace(worker: WorkerHandle, unit: Unit, place: number, reason: unknown): boolean {
    return hasGrace(worker, unit, place, reason, () => this.#later(worker));
  }

  /** The worker is looked at again when the time of grace is over. */
  #later(worker: WorkerHandle): void {
    // A millisecond more: a timer may fire early by a part of one.
    this.#owner.timers.after(CANCEL_GRACE_MS + 1, () => this.enforce(worker));
  }

  /** Takes back what the worker has not begun. Whether there was something. */
  #takeBack(worker: WorkerHandle): boolean {
    const units = worker.takeBackAll();
    const wanted: Unit[] = [];
    for (const unit of units) {
      if (unit.job.isStopped) failAll(unit, STOPPED);
      else wanted.push(unit);
    }
    this.#owner.requeue(wanted);
    return units.length > 0;
  }

  /** The only place where a task that runs is ended. */
  #end(worker: WorkerHandle, end: ForcedEnd): void {
    worker.giveUp(end);
  }
}

function isStopped({ job }: Unit): boolean {
  return job.isStopped;
}
