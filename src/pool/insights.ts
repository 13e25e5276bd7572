/** `pool.insights()`: statistics as a table to read. */
import { time } from './duration.ts';
import type { Percentiles } from './histogram.ts';
import type { PoolStats, WorkerStats, WorkTimes } from './stats.ts';

/** A working ratio below it is worth a warning. */
const LEAST_RATIO = 0.8;
/** Tasks that are quicker (ms) are better sent several at a time. */
const QUICK_MS = 1;
/** So much of the time of the workers is worth a word. */
const MUCH = 0.2;

export function insights(stats: PoolStats): string {
  const sections = [summary(stats), workersTable(stats), durations(stats), slowest(stats), warning(stats)];
  return sections.filter((section) => section !== '').join('\n\n');
}

function summary({ uptime, busy, workingRatio, tasks, total }: PoolStats): string {
  const { done, failed, lost, retried, queued, running } = tasks;
  const ratio = workingRatio === null ? '' : `, working ratio ${percent(workingRatio)}`;
  return [
    `Pool: up ${time(uptime)}, of that busy ${time(busy)}${ratio}`,
    `Tasks: ${done} done, ${failed} failed (${lost} lost), ${retried} retried, ${queued} queued, ${running} running; ${total.restarts} workers replaced`,
  ].join('\n');
}

const TIMES = ['startup', 'initializer', 'waiting', 'working', 'serializing'] as const satisfies readonly (keyof WorkTimes)[];
const HEAD = ['worker', 'pid', 'state', 'tasks', ...TIMES, 'in', 'out', 'memory', 'restarts'];

function workersTable({ workers, total }: PoolStats): string {
  const times = (of: WorkTimes): string[] => TIMES.map((name) => time(of[name]));
  const row = (of: WorkerStats): string[] => [
    of.name,
    String(of.pid),
    of.state,
    String(of.tasks),
    ...times(of),
    size(of.bytesIn),
    size(of.bytesOut),
    of.memory === null ? '-' : size(of.memory),
    String(of.restarts),
  ];
  const { tasks, bytesIn, bytesOut, restarts } = total;
  const all = ['all', '', '', String(tasks), ...times(total), size(bytesIn), size(bytesOut), '', String(restarts)];
  return table([HEAD, ...workers.map(row), all], 3);
}

function durations({ wait, run }: PoolStats): string {
  if (!wait && !run) return '';
  const row = (name: string, of: Percentiles | null): string[] =>
    of ? [name, time(of.p50), time(of.p90), time(of.p99), time(of.max)] : [name, '-', '-', '-', '-'];
  return table([['per task', 'p50', 'p90', 'p99', 'max'], row('wait', wait), row('run', run)], 1);
}

function slowest({ slowest: tasks }: PoolStats): string {
  if (tasks.length === 0) return '';
  return [
    'slowest',
    ...tasks.map(
      ({ name, args, run, among }) =>
        `${time(run).padStart(9)}  ${name}${args}${among > 1 ? `, or one of the ${among - 1} before it` : ''}`,
    ),
  ].join('\n');
}

function warning(stats: PoolStats): string {
  const { workingRatio } = stats;
  if (workingRatio === null || workingRatio >= LEAST_RATIO) return '';
  return `Warning: the workers spent ${percent(workingRatio)} of the pool's busy time in tasks. ${advice(stats)}`;
}

/** What costs most, and what to do about it. */
function advice({ total, workers, run, busy }: PoolStats): string {
  const capacity = Math.max(1, busy * workers.length);
  const starting = total.startup + total.initializer;
  if (starting > MUCH * capacity && starting > total.waiting + total.serializing)
    return 'Most of the rest went into starting them: keep one pool for several calls, or use the start method warm.';
  if (total.serializing > MUCH * capacity && total.serializing > total.waiting)
    return 'Most of the rest went into arguments and results: send less, or put large data into shared memory.';
  if (run !== null && run.p50 < QUICK_MS) return 'The tasks are quick: send more of them at a time (a larger chunksize).';
  return 'They waited for tasks: use fewer workers, more or smaller chunks, or see whether the input or this process is what is slow.';
}

/** Columns as wide as their widest cell; the first `left` of them are texts, the others numbers. */
function table(rows: readonly (readonly string[])[], left: number): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const cell = (text: string, column: number): string =>
    column < left && column !== 1 ? text.padEnd(widths[column]) : text.padStart(widths[column]);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}

function percent(part: number): string {
  return `${Math.floor(part * 100)}%`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

function size(bytes: number): string {
  let unit = 0;
  let amount = bytes;
  while (amount >= 1000 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit++;
  }
  return `${amount < 10 && unit > 0 ? amount.toFixed(1) : Math.round(amount)} ${UNITS[unit]}`;
}
