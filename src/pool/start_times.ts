/** When the timed tasks started that a worker has under way at once, as it says. */
import type { Unit } from './jobs.ts';
import type { WorkerHandle } from './worker_handle.ts';

/** By unit, so that they go with it; by place in it. */
const times = new WeakMap<Unit, Map<number, number>>();

export function onStarted(worker: WorkerHandle, id: number, time: number): void {
  const unit = worker.unitOf(id);
  if (!unit) return;
  const known = times.get(unit) ?? new Map();
  times.set(unit, known.set(id - unit.firstId, time));
}

/** undefined = it has not started, as far as is known. */
export function startOf(unit: Unit, place: number): number | undefined {
  return times.get(unit)?.get(place);
}
