/** Tasks that use their context. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Event, Pool, Process, type Queue, taskContext } from 'multiproc';
import { never, note, square } from './tasks.js';

export class Reason extends Error {
  readonly detail: string;
  constructor(detail: string) {
    super(`because of ${detail}`);
    this.detail = detail;
  }
}

export function codeOf(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return (error as { code: string }).code;
  }
}

export function attemptNow(): number {
  return taskContext().attempt;
}

export async function sameAfterAwaits(): Promise<boolean[]> {
  const { promise, resolve } = deferred();
  setTimeout(() => resolve(), 1);
  const first = taskContext();
  const same = [first === taskContext()];
  await null;
  same.push(first === taskContext());
  await promise;
  same.push(first === taskContext());
  await delay(1);
  same.push(first === taskContext());
  return same;
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** Asks for the first time when it has waited. */
export async function lateAttempt(): Promise<number> {
  await delay(1);
  return taskContext().attempt;
}

/** Waits until all are there, and gives back what `progress` of its own context was told by whom. */
export async function ownContext(meeting: Queue<number>, go: Event, number: number): Promise<boolean> {
  const context = taskContext();
  await meeting.put(number);
  await go.wait();
  for (let i = 0; i < 20; i++) {
    await (i % 2 ? delay(0) : null);
    if (taskContext() !== context) return false;
  }
  return true;
}

let left: Promise<unknown> | undefined;

/** Leaves something behind that asks when the task has ended. */
export function leave(open: Event): number {
  const context = taskContext();
  left = open.wait().then(() => {
    context.progress(99);
    return codeOf(taskContext);
  });
  return 1;
}

export async function leftBehind(open: Event): Promise<unknown> {
  await open.set();
  return left;
}

let outside: unknown;

export function askInInitialiser(): void {
  outside = codeOf(taskContext);
}

export function askedInInitialiser(): unknown {
  return outside;
}

// ---- progress

export async function steps(count: number, pause: number): Promise<string> {
  const { progress } = taskContext();
  for (let i = 1; i <= count; i++) {
    progress(i, count);
    if (pause > 0) await delay(pause);
  }
  return 'done';
}

export function stepsSync(count: number): number {
  for (let i = 1; i <= count; i++) taskContext().progress(i);
  return count;
}

export function stepAndSquare(x: number): number {
  taskContext().progress(x, 100);
  return x * x;
}

export async function stepAndFail(): Promise<never> {
  taskContext().progress(1);
  taskContext().progress(2);
  throw new RangeError('after two steps');
}

export function badProgress(): unknown[] {
  const { progress } = taskContext();
  return [() => progress('1' as never), () => progress(Number.NaN), () => progress(-1), () => progress(1, null as never)].map(
    (call) => {
      try {
        return call();
      } catch (error) {
        return (error as Error).name;
      }
    },
  );
}

// ---- attempts

export async function dieUntil(attempt: number): Promise<number> {
  if (taskContext().attempt < attempt) process.kill(process.pid, 'SIGKILL');
  return taskContext().attempt;
}

// ---- signals

/** Notes its worker, waits for its signal, notes the reason. */
export async function untilAborted(file: string): Promise<string> {
  const { signal } = taskContext();
  const { promise, resolve } = deferred();
  signal.addEventListener('abort', () => resolve());
  note(file, String(process.pid));
  await promise;
  note(
    file,
    `${signal.reason instanceof Reason} ${signal.reason?.name} ${signal.reason?.detail ?? signal.reason?.message ?? signal.reason}`,
  );
  return 'ended by itself';
}

/** A loop that never lets the event loop turn. */
export function spinUntilAborted(file: string): void {
  const { signal } = taskContext();
  note(file, String(process.pid));
  while (!signal.aborted);
  note(file, String(signal.reason));
}

export function spinUntilThrow(file: string): void {
  const { signal } = taskContext();
  note(file, String(process.pid));
  for (;;) signal.throwIfAborted();
}

/** Notes each item. Some of them wait for their signal, in a promise or in a loop. */
export async function noteAndPerhapsWait([file, x, how]: readonly [
  string,
  number,
  'waits' | 'spins' | undefined,
]): Promise<void> {
  note(file, `${x}`);
  if (how === undefined) return;
  const { signal } = taskContext();
  note(file, `${x} ${how}`);
  if (how === 'spins') while (!signal.aborted);
  else await new Promise((resolve) => signal.addEventListener('abort', resolve));
}

/** Asks for its signal and does not care. */
export async function deaf(file: string): Promise<never> {
  taskContext().signal;
  note(file, String(process.pid));
  return never();
}

// ---- several at once

export async function noteAndWaitFor(file: string, go: Event, x: number): Promise<number> {
  note(file, `${x} ${process.pid}`);
  await go.wait();
  return square(x);
}

export async function dieWhen(go: Event): Promise<never> {
  await go.wait();
  process.kill(process.pid, 'SIGKILL');
  return never();
}

export async function waitAndSquare([go, x]: readonly [Event, number]): Promise<number> {
  if (x % 2 === 0) await go.wait();
  return square(x);
}

export async function setAndSquare([go, x]: readonly [Event, number]): Promise<number> {
  await go.set();
  return square(x);
}

export async function forgotten(): Promise<never> {
  return new Promise(() => {});
}

// ---- more processes

export async function nested(values: readonly number[]): Promise<unknown[]> {
  const mine = taskContext();
  await using pool = new Pool({ processes: 1, concurrency: 2 });
  const squares = await pool.map(stepAndSquare, values);
  const there = await pool.apply(attemptNow);
  const child = new Process({ target: childAsks });
  child.start();
  return [squares, there, await child.join(), mine === taskContext()];
}

export function childAsks(): void {
  process.exitCode = codeOf(taskContext) === 'ERR_MULTIPROC_TASK_CONTEXT' ? 7 : 8;
}

export async function twoStepsThenWait(go: Event): Promise<void> {
  taskContext().progress(1);
  taskContext().progress(2);
  await go.wait();
}

export async function halfThenWait(go: Event): Promise<void> {
  taskContext().progress(1, 2);
  await go.wait();
}

export function noteAndWait4([file, go, x]: readonly [string, Event, number]): Promise<number> {
  return noteAndWaitFor(file, go, x);
}

export async function waitAndSquareAt([go, x]: readonly [Event, number]): Promise<number> {
  await go.wait();
  return square(x);
}
