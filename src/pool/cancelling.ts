/**
 * A running task that nobody waits for any more is told so, where it has asked for its signal, and gets a time of grace; else, and after that, it is ended with its worker.
 * See docs/decisions/0020-cooperative-cancel.md.
 */
import { taskCount, type Unit } from './jobs.ts';
import type { WorkerHandle } from './worker_handle.ts';

/** What a task that was told gets to end by itself, in ms: enough to close a connection or remove a file, little enough not to hold up what waits behind it. */
export const CANCEL_GRACE_MS = 500;

interface Heeding {
  /** Until when (by `performance.now`) it may go on; undefined = it has not been told. */
  until: number | undefined;
}

/** The tasks that have asked for their signal. By unit, so that they go with it; by place in it. */
const heeding = new WeakMap<Unit, Map<number, Heeding>>();

export function onHeeds(worker: WorkerHandle, id: number): void {
  const unit = worker.unitOf(id);
  if (!unit) return;
  const places = heeding.get(unit) ?? new Map();
  heeding.set(unit, places.set(id - unit.firstId, { until: undefined }));
}

/** Of those that were cancelled while nothing of them ran. */
const between = new WeakMap<Unit, number>();

/** Whether a cancelled unit of which no task runs, though its worker has taken it in, may be left alone for the present. `later`: it has to be looked at again. */
export function mayGoOn(unit: Unit, later: () => void): boolean {
  const until = between.get(unit);
  if (until !== undefined) return performance.now() < until;
  between.set(unit, performance.now() + CANCEL_GRACE_MS);
  later();
  return true;
}

/**
 * Whether a task that is to end, and has started, may be left to itself for the present: it is told at the first call. `later`: it has to be looked at when the time of grace is over.
 * What its worker has published must have been read before.
 */
export function hasGrace(worker: WorkerHandle, unit: Unit, place: number, reason: unknown, later: () => void): boolean {
  const task = heeding.get(unit)?.get(place);
  if (task === undefined) return false;
  if (task.until !== undefined) return performance.now() < task.until;
  const id = unit.firstId + place;
  // What comes after it in its message is as unwanted, and cannot be taken back.
  const last = unit.job.isCancelled ? unit.firstId + taskCount(unit) - 1 : id;
  if (!worker.cancel(id, last, reason)) return false;
  task.until = performance.now() + CANCEL_GRACE_MS;
  later();
  return true;
}

/** Whether a task was told to end, has been given its time, and runs. */
export function isOverstaying(unit: Unit, place: number): boolean {
  const until = heeding.get(unit)?.get(place)?.until;
  return until !== undefined && performance.now() >= until;
}
