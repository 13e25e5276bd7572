/** `pool.insights()`: the table, and its warnings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pool, type PoolStats } from 'multiproc';
import { insights } from '#dist/pool/insights.js';
import { nap } from './tasks_insight.js';

const times = { startup: 42, initializer: 3.25, waiting: 120, working: 900, serializing: 0.5 };
const work = { ...times, tasks: 40, bytesIn: 12_345, bytesOut: 999 };
const example: PoolStats = {
  uptime: 61_000,
  busy: 1100,
  workers: [
    { place: 0, restarts: 0, name: 'PoolWorker-1', pid: 4711, state: 'idle', memory: 61_000_000, ...work },
    { place: 1, restarts: 1, name: 'PoolWorker-13', pid: 81, state: 'working', memory: null, ...work },
  ],
  total: { ...work, tasks: 93, restarts: 1 },
  workingRatio: 0.82,
  tasks: { done: 90, failed: 3, lost: 1, retried: 0, queued: 6, running: 1 },
  wait: { p50: 0.004, p90: 12, p99: 12, max: 12.4 },
  run: { p50: 20, p90: 22, p99: 31, max: 3700 },
  slowest: [
    { name: 'fib', args: '(40)', run: 3700, among: 1, pid: 81 },
    { name: 'fib', args: '(1)', run: 12, among: 8, pid: 81 },
  ],
};

test('the table', () => {
  assert.equal(
    insights(example),
    `Pool: up 1m 01s, of that busy 1.1 s, working ratio 82%
Tasks: 90 done, 3 failed (1 lost), 0 retried, 6 queued, 1 running; 1 workers replaced

worker          pid  state    tasks  startup  initializer  waiting  working  serializing     in    out  memory  restarts
PoolWorker-1   4711  idle        40    42 ms       3.3 ms   120 ms   900 ms       500 us  12 kB  999 B   61 MB         0
PoolWorker-13    81  working     40    42 ms       3.3 ms   120 ms   900 ms       500 us  12 kB  999 B       -         1
all                              93    42 ms       3.3 ms   120 ms   900 ms       500 us  12 kB  999 B                 1

per task    p50    p90    p99    max
wait       4 us  12 ms  12 ms  12 ms
run       20 ms  22 ms  31 ms  3.7 s

slowest
    3.7 s  fib(40)
    12 ms  fib(1), or one of the 7 before it`,
  );
});

test('below 80% it warns, and says what to do', () => {
  const low = { ...example, workingRatio: 0.799, busy: 1000 };
  const lastLine = (stats: PoolStats): string => insights(stats).split('\n').at(-1)!;
  const total = { ...low.total, waiting: 100, startup: 0, serializing: 0 };
  assert.match(lastLine({ ...low, total: { ...total, waiting: 1000 } }), /^Warning: the workers spent 79% .* fewer workers/);
  assert.match(lastLine({ ...low, total, run: { ...low.run!, p50: 0.01 } }), /larger chunksize/);
  assert.match(lastLine({ ...low, total: { ...total, startup: 900 } }), /keep one pool/);
  assert.match(lastLine({ ...low, total: { ...total, serializing: 900 } }), /shared memory/);
  assert.doesNotMatch(insights({ ...low, workingRatio: 0.8 }), /Warning/);
  assert.doesNotMatch(insights({ ...low, workingRatio: null }), /Warning/);
});

test('of a pool that works', async () => {
  await using pool = new Pool(1);
  assert.match(pool.insights(), /^Pool: up .*\nTasks: 0 done.*\n\nworker .*\nPoolWorker-\S+ +\d+ +starting .*\nall .*$/);
  await pool.map(nap, [30, 2]);
  assert.match(pool.insights(), /slowest\n +\S+ \S+ {2}nap\(30\)\n +\S+ \S+ {2}nap\(2\)/);
});
