/**
 * What happens to processes, pools and locks, told twice: as records of the log, and on the channels of `node:diagnostics_channel`.
 * docs/logging.md has the table. Where nobody listens, neither a text nor a payload is made.
 */
import { LogLevel } from './levels.ts';
import { record, threshold } from './logger.ts';

export interface ProcessEvent {
  readonly name: string;
  readonly pid: number;
}

export interface ProcessStart extends ProcessEvent {
  readonly daemon: boolean;
}

export interface ProcessExit extends ProcessEvent {
  /** -N when signal N ended it. */
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | null;
}

export interface WorkerExit extends ProcessExit {
  /** The pool let it go: it was closed, terminated or resized, the worker had reached a limit, or its task was cancelled or ran for too long. */
  readonly expected: boolean;
}

export interface TaskLost extends ProcessExit {
  /** Why its AsyncResult, or iterator, fails. */
  readonly error: Error;
}

/** The payload that each channel carries. */
export interface Events {
  'multiproc:process.start': ProcessStart;
  'multiproc:process.run': ProcessEvent;
  'multiproc:process.exit': ProcessExit;
  'multiproc:pool.worker.start': ProcessEvent;
  'multiproc:pool.worker.ready': ProcessEvent;
  'multiproc:pool.worker.exit': WorkerExit;
  'multiproc:pool.task.lost': TaskLost;
  'multiproc:pool.broken': { readonly error: Error };
  'multiproc:lock.abandoned': { readonly kind: 'lock' | 'semaphore'; readonly message: string };
}

/** Level and text of the record that goes with an event. */
const records: { [Name in keyof Events]: readonly [level: number, text: (event: Events[Name]) => string] } = {
  'multiproc:process.start': [LogLevel.INFO, (child) => `child ${of(child)} started${child.daemon ? ', daemonic' : ''}`],
  'multiproc:process.run': [LogLevel.INFO, () => 'child process calling its target'],
  'multiproc:process.exit': [LogLevel.INFO, (child) => `child ${of(child)} ${ended(child)}`],
  'multiproc:pool.worker.start': [LogLevel.DEBUG, (worker) => `worker ${of(worker)} starts`],
  'multiproc:pool.worker.ready': [LogLevel.DEBUG, (worker) => `worker ${of(worker)} is ready`],
  'multiproc:pool.worker.exit': [
    LogLevel.DEBUG,
    (worker) => `worker ${of(worker)} ${worker.expected ? 'is gone' : `was lost, and is replaced: it ${ended(worker)}`}`,
  ],
  'multiproc:pool.task.lost': [LogLevel.WARNING, ({ error }) => `a task was lost: ${error.message}`],
  'multiproc:pool.broken': [LogLevel.ERROR, ({ error }) => error.message],
  'multiproc:lock.abandoned': [LogLevel.WARNING, ({ message }) => message],
};

/** All channels. */
export const EVENTS = Object.keys(records) as (keyof Events)[];

let channels: typeof import('node:diagnostics_channel') | undefined;

/** Returns whether the log heard it. */
export function announce<Name extends keyof Events>(name: Name, event: () => Events[Name]): boolean {
  channels ??= process.getBuiltinModule('node:diagnostics_channel');
  const [level, text] = records[name];
  const isHeard = threshold <= level;
  const hasSubscribers = channels.hasSubscribers(name);
  if (!isHeard && !hasSubscribers) return false;
  const made = event();
  if (isHeard) record(level, text(made));
  if (hasSubscribers) channels.channel(name).publish(made);
  return isHeard;
}

function of({ name, pid }: ProcessEvent): string {
  return `${name} (pid ${pid})`;
}

function ended({ exitCode, signal }: ProcessExit): string {
  return signal === null ? `ended with exit code ${exitCode}` : `was ended by ${signal}`;
}
