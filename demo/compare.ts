// The same batches hashed by one process and by a pool of them, in turns, so that both meet the same machine.
import { performance } from 'node:perf_hooks';
import { setImmediate as breathe } from 'node:timers/promises';
import { Pool } from 'multiproc';
import type { Batch } from './candidates.ts';
import { type HashedFile, hashBatch, hashTask, readThrough, taskOf } from './hash.ts';
import { ProgressBar } from './progress.ts';
import type { Problem } from './walk.ts';

export interface Outcome {
  readonly results: readonly (HashedFile | Problem)[];
  /** Medians, in seconds; `single` is missing where no comparison was asked for. */
  readonly single?: number;
  readonly pooled: number;
  readonly start: number;
  readonly rounds: number;
}

const MOST_ROUNDS = 9;
const ENOUGH_SECONDS = 1;

export async function hashAll(batches: readonly Batch[], processes: number, compare: boolean): Promise<Outcome> {
  if (batches.length === 0) return { results: [], pooled: 0, start: 0, rounds: 0 };
  if (compare) await warmPageCache(batches);
  const pool = new Pool(processes);
  try {
    const start = await timed(
      async () => void (await pool.map(hashTask, Array(processes).fill(taskOf([], 0)), { chunksize: 1 })),
    );
    const single: number[] = [];
    const pooled: number[] = [];
    const results: (HashedFile | Problem)[] = [];
    // A small job is over before a clock can tell much: it is done several times. A large one is done once.
    for (let spent = 0; spent < ENOUGH_SECONDS && pooled.length < MOST_ROUNDS; spent += pooled.at(-1)! + (single.at(-1) ?? 0)) {
      if (compare) single.push(await timed(() => hashHere(batches)));
      results.length = 0;
      pooled.push(await timed(() => hashInPool(pool, batches, processes, results)));
      if (!compare) break;
    }
    return { results, single: median(single), pooled: median(pooled)!, start, rounds: pooled.length };
  } finally {
    await pool.terminate();
    await pool.join();
  }
}

async function hashInPool(
  pool: Pool,
  batches: readonly Batch[],
  processes: number,
  into: (HashedFile | Problem)[],
): Promise<void> {
  using bar = new ProgressBar(processes === 1 ? 'pool of 1' : `${processes} processes`, totalBytes(batches));
  for await (const { index, hashes, problems } of pool.imapUnordered(hashTask, batches.map(taskOf))) {
    const batch = batches[index];
    batch.forEach(({ path, size }, i) => void (hashes[i] !== '' && into.push({ path, size, hash: hashes[i] })));
    into.push(...problems);
    bar.advance(bytesOf(batch));
  }
}

async function hashHere(batches: readonly Batch[]): Promise<void> {
  using bar = new ProgressBar('1 process', totalBytes(batches));
  for (const batch of batches) {
    hashBatch(batch);
    bar.advance(bytesOf(batch));
    await breathe();
  }
}

/** Whoever reads a file first waits for the disk. Nobody shall, or the second contender would win by its place alone. */
async function warmPageCache(batches: readonly Batch[]): Promise<void> {
  using bar = new ProgressBar('reading', totalBytes(batches));
  for (const batch of batches) {
    for (const { path, size } of batch) {
      try {
        readThrough(path, size, () => {});
      } catch {
        // Hashing meets the same error and reports it.
      }
    }
    bar.advance(bytesOf(batch));
    await breathe();
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

function bytesOf(batch: Batch): number {
  return batch.reduce((sum, { size }) => sum + size, 0);
}

export function totalBytes(batches: readonly Batch[]): number {
  return batches.reduce((sum, batch) => sum + bytesOf(batch), 0);
}
