// What it costs to wake one of 100 sleeping waiters, divided by what it costs to wake one of 1. The waits are `await acquire()` in 20 processes: first each
// process waits alone for a semaphore of its own, and these are released in turn; then all wait for one, five times each. (A single process that is woken again and
// again would be the wrong thing to compare with: it is warm, and one of 20 is not.)
// `latency`: from the release to the moment the woken one knows. `release`: the call to release().
import { setTimeout as sleep } from 'node:timers/promises';
import { isMain, Process, Semaphore } from 'multiproc';
import { RawArray } from 'multiproc/sharedctypes';
import { median } from '../harness/rounds.ts';
import { print, range, target, which } from '../harness/timing.ts';

const PROCESSES = 20;
const WAITS = 100;
const WARM_UP = 50;
const SETTLE_MS = 300;

/** What the processes share: when the woken one knew it (0: not yet), and whether they shall end. */
const Field = { WOKEN: 0, END: 1 } as const;

/** One clock for all processes, in microseconds. */
function now(): number {
  return Number(process.hrtime.bigint()) / 1000;
}

export async function waitAgain(ready: Semaphore, semaphore: Semaphore, shared: Float64Array, waits: number): Promise<void> {
  ready.release();
  await Promise.all(
    range(waits).map(async () => {
      for (;;) {
        await semaphore.acquire();
        const woken = now();
        if (shared[Field.END] !== 0) return;
        shared[Field.WOKEN] = woken;
      }
    }),
  );
}

/** Medians, in microseconds. */
async function wake(semaphores: readonly Semaphore[], shared: Float64Array, n: number): Promise<Record<string, number>> {
  const latencies: number[] = [];
  const releases: number[] = [];
  for (let i = 0; i < n; i++) {
    shared[Field.WOKEN] = 0;
    const begun = now();
    semaphores[i % semaphores.length].release();
    const released = now();
    while (shared[Field.WOKEN] === 0) await sleep(1);
    latencies.push(shared[Field.WOKEN] - begun);
    releases.push(released - begun);
    // Until it sleeps again.
    await sleep(2);
  }
  return { latency: median(latencies)!, release: median(releases)! };
}

if (isMain(import.meta)) {
  const ready = new Semaphore(0);
  const shared = RawArray('d', 2);
  const wakes = Math.ceil(300 * target);
  /** `waits` of each process, for the semaphores in turn. */
  const measureWith = async (semaphores: readonly Semaphore[], waits: number): Promise<Record<string, number>> => {
    shared[Field.END] = 0;
    const started = range(PROCESSES).map((i) =>
      new Process({ target: waitAgain, args: [ready, semaphores[i % semaphores.length], shared, waits] }).start(),
    );
    for (const _ of started) await ready.acquire();
    await sleep(SETTLE_MS);
    await wake(semaphores, shared, WARM_UP);
    const medians = await wake(semaphores, shared, wakes);
    shared[Field.END] = 1;
    for (const semaphore of semaphores) semaphore.release(WAITS);
    await Promise.all(started.map((process) => process.join()));
    return medians;
  };
  const one = await measureWith(
    range(PROCESSES).map(() => new Semaphore(0)),
    1,
  );
  const many = await measureWith([new Semaphore(0)], WAITS / PROCESSES);
  const note = `release to woken ${one.latency.toFixed(1)} µs with 1, ${many.latency.toFixed(1)} µs with ${WAITS}; the call ${one.release.toFixed(1)} µs and ${many.release.toFixed(1)} µs`;
  print({ times: many[which] / one[which], note });
}
