// A pool at work on all processors, and at its ends: how much quicker it is than one process, how soon a killed worker is noticed and replaced, how long `terminate` takes.
import { cpuCount, isMain, Pool, WorkerLostError } from 'multiproc';
import { median } from '../harness/rounds.ts';
import { print, range, target, which } from '../harness/timing.ts';

const TASKS = 64;
const QUEUED = 100_000;
const KILLS = 10;

/** Some ms of arithmetic. */
export function compute(rounds: number): number {
  let x = 1;
  for (let i = 0; i < rounds; i++) x = (x * 1103515245 + 12345) % 2147483647;
  return x;
}

export function pid(): number {
  return process.pid;
}

export function forever(): Promise<never> {
  return new Promise(() => setInterval(() => {}, 1000));
}

async function timed(run: () => unknown): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** One process does all of it, then the pool: three times, in turn. */
async function speedup(): Promise<void> {
  const processes = cpuCount();
  await using pool = new Pool(processes);
  compute(1e6);
  const rounds = Math.ceil((1e6 * (target * 1000)) / TASKS / (await timed(() => compute(1e6))));
  const items = range(TASKS).map(() => rounds);
  await pool.map(compute, items, { chunksize: 1 });
  const ratios: number[] = [];
  for (let i = 0; i < 3; i++) {
    const alone = await timed(() => items.forEach((n) => void compute(n)));
    ratios.push((processes * (await timed(() => pool.map(compute, items, { chunksize: 1 })))) / alone);
  }
  print({ times: median(ratios)!, note: `${processes} processors` });
}

/** The only worker is killed in the middle of a task; `pid` is asked for at once. */
async function kill(): Promise<{ rejected: number; replaced: number }> {
  await using pool = new Pool(1);
  const worker = await pool.apply(pid);
  const task = pool.apply(forever);
  // It has begun when the one before it has been answered: there is one worker.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const start = performance.now();
  process.kill(worker, 'SIGKILL');
  const error = await task.catch((reason: unknown) => reason);
  if (!(error instanceof WorkerLostError)) throw error;
  const rejected = performance.now() - start;
  await pool.apply(pid);
  return { rejected, replaced: performance.now() - start - rejected };
}

async function kills(what: 'rejected' | 'replaced'): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < KILLS; i++) times.push((await kill())[what]);
  print({ ops: 1, seconds: median(times)! / 1000 });
}

async function terminate(): Promise<void> {
  const pool = new Pool(2);
  await pool.apply(pid);
  const results = range(QUEUED).map(() => pool.apply(compute, [1e7]));
  const settled = Promise.allSettled(results);
  const took = await timed(async () => {
    pool.terminate();
    await pool.join();
    await settled;
  });
  print({ ops: 1, seconds: took / 1000 });
}

if (isMain(import.meta)) {
  if (which === 'speedup') await speedup();
  else if (which === 'terminate') await terminate();
  else await kills(which as 'rejected' | 'replaced');
}
