// A pool of two processes, or of eight, and a task that does nothing: what is left is the cost of the pool.
import { isMain, Pool } from 'multiproc';
import { poolRow } from '../harness/pool_row.ts';
import { measure, measureOnce, measurePercentile, range, which } from '../harness/timing.ts';

export function noop(x: number): number {
  return x;
}

const MILLION = which.startsWith('million') || which.startsWith('again') ? range(1_000_000) : [];

function* count(n: number): Generator<number> {
  for (let i = 0; i < n; i++) yield i;
}

const rows: Record<string, (pool: Pool) => Promise<void>> = {
  map: (pool) => measure(async (n) => void (await pool.map(noop, range(n), { chunksize: 1 }))),
  apply: (pool) => measure(async (n) => void (await Promise.all(range(n).map((i) => pool.applyAsync(noop, [i]))))),
  imap: (pool) =>
    measure(async (n) => {
      for await (const _ of pool.imap(noop, count(n), { chunksize: 1 }));
    }),
  million: (pool) => measureOnce((items) => pool.map(noop, items), MILLION, [range(10_000)]),
  again: (pool) => measureOnce((items) => pool.map(noop, items), MILLION, [MILLION, MILLION]),
  one: (pool) =>
    measure(async (n) => {
      for (let i = 0; i < n; i++) await pool.apply(noop, [i]);
    }),
};

if (isMain(import.meta)) {
  const { row, percentile, workers } = poolRow();
  await using pool = new Pool(workers);
  if (percentile !== undefined) await measurePercentile(() => pool.apply(noop, [1]), percentile);
  else await rows[row](pool);
}
