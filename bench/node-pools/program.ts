// The rows of bench/rows/pool.ts for one of the other pools: `program.js ROW SECONDS POOL`. A form that they lack is written by hand.
import { poolRow } from '../harness/pool_row.ts';
import { measure, measurePercentile, range } from '../harness/timing.ts';
import { type OtherPool, pools } from './pools.ts';

/** How many tasks the hand-written `imap` keeps outstanding. */
const WINDOW = 128;

const all = (pool: OtherPool, n: number): Promise<unknown> => Promise.all(range(n).map((i) => pool.run(i)));

/** Results in order, with a bounded number of tasks outstanding. */
async function windowed(pool: OtherPool, n: number): Promise<void> {
  const outstanding: Promise<unknown>[] = [];
  for (let i = 0; i < n; i++) {
    if (i >= WINDOW) await outstanding[i % WINDOW];
    outstanding[i % WINDOW] = pool.run(i);
  }
  await Promise.all(outstanding);
}

const rows: Record<string, (pool: OtherPool) => Promise<void>> = {
  map: (pool) => measure(async (n) => void (await (pool.runAll ? pool.runAll(range(n)) : all(pool, n)))),
  apply: (pool) => measure(async (n) => void (await all(pool, n))),
  imap: (pool) => measure((n) => windowed(pool, n)),
  one: (pool) =>
    measure(async (n) => {
      for (let i = 0; i < n; i++) await pool.run(i);
    }),
};

const { row, percentile, workers } = poolRow();
const pool = await pools[process.argv[4]](workers);
if (percentile === undefined) await rows[row](pool);
else await measurePercentile(() => pool.run(1), percentile);
// Not by closing the pool: that takes some of them seconds, and one of them now and then for ever.
process.exit(0);
