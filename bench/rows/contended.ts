// One Lock that eight processes want all the time. `increments`: together they count to ten million, and the row fails where one is lost.
// `fairness`: what each of them gets in two seconds, and how long the unluckiest had to wait.
import { performance } from 'node:perf_hooks';
import { Event, isMain, Lock, Process, Semaphore } from 'multiproc';
import { RawArray } from 'multiproc/sharedctypes';
import { print, range, target, which } from '../harness/timing.ts';

const PROCESSES = 8;

/** Starts them all before any begins. */
interface Start {
  readonly ready: Semaphore;
  readonly go: Event;
}

function begin({ ready, go }: Start): void {
  ready.release();
  go.waitSync();
}

export function increment(start: Start, lock: Lock, counter: Int32Array, n: number): void {
  begin(start);
  for (let i = 0; i < n; i++) {
    lock.acquireSync();
    counter[0]++;
    lock.release();
  }
}

/** Leaves the number of its acquisitions and the longest wait for one, in seconds. */
export function hammer(start: Start, lock: Lock, seconds: number, results: Float64Array, index: number): void {
  begin(start);
  const end = performance.now() + seconds * 1000;
  let count = 0;
  let longest = 0;
  for (let now = performance.now(); now < end; ) {
    lock.acquireSync();
    const acquired = performance.now();
    lock.release();
    longest = Math.max(longest, acquired - now);
    count++;
    now = performance.now();
  }
  results[2 * index] = count;
  results[2 * index + 1] = longest / 1000;
}

/** Seconds from the moment all are ready to the end of the last. */
async function together(make: (start: Start, index: number) => Process): Promise<number> {
  const start = { ready: new Semaphore(0), go: new Event() };
  const processes = range(PROCESSES).map((index) => make(start, index).start());
  for (const _ of processes) await start.ready.acquire();
  const begun = performance.now();
  start.go.set();
  const codes = await Promise.all(processes.map((process) => process.join()));
  if (codes.some((code) => code !== 0)) throw new Error(`a process failed: exit codes ${codes.join(', ')}`);
  return (performance.now() - begun) / 1000;
}

const programs: Record<string, () => Promise<void>> = {
  async increments() {
    const lock = new Lock();
    const counter = RawArray('i', 1);
    const each = Math.ceil((10_000_000 * target) / PROCESSES);
    const seconds = await together((start) => new Process({ target: increment, args: [start, lock, counter, each] }));
    if (counter[0] !== each * PROCESSES)
      throw new Error(`${each * PROCESSES - counter[0]} of ${each * PROCESSES} increments were lost`);
    print({ ops: counter[0], seconds, note: `${counter[0]} increments in ${seconds.toFixed(2)} s, none lost` });
  },
  async fairness() {
    const lock = new Lock();
    const results = RawArray('d', 2 * PROCESSES);
    await together((start, index) => new Process({ target: hammer, args: [start, lock, 2 * target, results, index] }));
    const counts = range(PROCESSES).map((index) => results[2 * index]);
    const longest = Math.max(...range(PROCESSES).map((index) => results[2 * index + 1]));
    print({ ops: 1, seconds: longest, note: describe(counts) });
  },
};

/** A fair share is 12.5%. */
function describe(counts: number[]): string {
  const sorted = counts.sort((a, b) => a - b);
  const total = counts.reduce((sum, count) => sum + count);
  const [least, middle, most] = [sorted[0], sorted[PROCESSES >> 1], sorted[PROCESSES - 1]].map(
    (count) => `${count} (${((100 * count) / total).toFixed(1)}%)`,
  );
  return `acquisitions of a process: min ${least}, median ${middle}, max ${most}`;
}

if (isMain(import.meta)) await programs[which]();
