/** Puts together what `pool.stats()` tells: what the pool counts, and what its workers measure of themselves. */
import { residentBytes } from '../platform/resident.ts';
import { percentiles } from './histogram.ts';
import { Gauge, Phase } from './meter.ts';
import { addRuns, type Roster, type Seat, type Sums, sum, timesOf } from './roster.ts';
import type { PoolStats, TaskCounts, WorkerState, WorkerStats } from './stats.ts';
import type { Tally } from './tally.ts';
import { running } from './time_limits.ts';
import type { WorkerHandle } from './worker_handle.ts';

export function statistics(tally: Tally, roster: Roster): PoolStats {
  const now = performance.now();
  const busy = tally.busyUntil(now);
  const workers: WorkerStats[] = [];
  const runs = roster.goneRuns.slice();
  let total = roster.gone;
  let capacity = roster.goneCapacity;
  let maxRun = roster.goneMaxRun;
  let underWay = 0;
  for (const [worker, seat] of roster.seats) {
    const times = timesOf(worker, true);
    workers.push(workerStats(worker, seat, times, roster.restarts(seat.place)));
    underWay += tasksUnderWay(worker);
    total = sum(total, times);
    capacity += Math.max(0, busy - seat.busyBefore);
    maxRun = Math.max(maxRun, worker.meter.get(Gauge.MAX_RUN));
    addRuns(runs, worker);
  }
  return Object.freeze({
    uptime: now - tally.beganAt,
    busy,
    workers: Object.freeze(workers),
    total: Object.freeze({ ...total, restarts: roster.allRestarts }),
    workingRatio: total.working === 0 || capacity <= 0 ? null : Math.min(1, total.working / capacity),
    tasks: counts(tally, underWay),
    wait: percentiles(tally.waits, tally.maxWait),
    run: percentiles(runs, maxRun),
    slowest: Object.freeze([...tally.slowest]),
  });
}

function workerStats(worker: WorkerHandle, { place }: Seat, times: Sums, restarts: number): WorkerStats {
  const { pid, identity } = worker.child;
  const memory = residentBytes(pid);
  return Object.freeze({ place, restarts, name: identity.name, pid, state: stateOf(worker), ...times, memory });
}

function stateOf(worker: WorkerHandle): WorkerState {
  const isWorking = worker.inFlight.length > 0 && worker.meter.get(Gauge.PHASE) === Phase.WORKING;
  if (isWorking) return 'working';
  if (worker.isLeaving) return 'leaving';
  return worker.isReady ? 'idle' : 'starting';
}

function tasksUnderWay(worker: WorkerHandle): number {
  if (worker.concurrency > 1) return [...running(worker)].length;
  return stateOf(worker) === 'working' ? 1 : 0;
}

function counts({ submitted, done, failed, lost, retried }: Tally, underWay: number): TaskCounts {
  const open = Math.max(0, submitted - done - failed);
  const isRun = Math.min(underWay, open);
  return Object.freeze({ done, failed, lost, retried, queued: open - isRun, running: isRun });
}
