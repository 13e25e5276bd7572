/** A running task is cancelled: told, where it has asked for its signal, and ended with its worker where that does not help. */
import type { Unit } from './jobs.ts';
import { taskCount } from './jobs.ts';
import type { WorkerHandle } from './worker_handle.ts';

/** What a task that was told gets to end by itself, in ms: enough to close a connection or remove a file, little enough not to hold up what waits behind it. */
export const CANCEL_GRACE_MS = 500;

/** Places of the tasks that have asked for their signal. By unit, so that it goes with it. */
const heeding = new WeakMap<Unit, Set<number>>();

export function onHeeds(worker: WorkerHandle, id: number): void {
  const unit = worker.unitOf(id);
  if (!unit) return;
  const places = heeding.get(unit) ?? new Set();
  heeding.set(unit, places.add(id - unit.firstId));
}

/**
 * Stops a task that its worker has started; the caller has been told already. `kill` is called at once where the task cannot be told, and where it was told and is not settled when
 * the time of grace is over. What the worker has published must have been read before.
 */
export function stopRunning(worker: WorkerHandle, unit: Unit, place: number, reason: unknown, kill: () => void): void {
  if (!heeding.get(unit)?.has(place) || !worker.cancel(unit.firstId + place, reason)) {
    kill();
    return;
  }
  setTimeout(() => {
    if (isRunning(worker, unit, place)) kill();
  }, CANCEL_GRACE_MS).unref();
}

function isRunning(worker: WorkerHandle, unit: Unit, place: number): boolean {
  return worker.inFlight.includes(unit) && place >= unit.done && place < taskCount(unit) && !unit.ahead?.has(place);
}
