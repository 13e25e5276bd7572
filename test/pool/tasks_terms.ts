/** Tasks for the tests of time limits, cancelling, retries and priorities. */
import { type Event, registerReducer } from 'multiproc';
import { linesOf } from './support_files.js';
import { note } from './tasks.js';

/** Runs until the event is set, and its file says that it does. */
export async function hold(file: string, event: Event): Promise<number> {
  note(file, String(process.pid));
  await event.wait();
  return process.pid;
}

/** Runs for ever, and nothing else can happen in its process. */
export function spin(file: string): never {
  note(file, String(process.pid));
  for (;;);
}

/** Notes each item, and is stuck at one, in a loop or in a promise. */
export function noteAndPerhapsHang([file, x, hanging]: readonly [string, number, number]): number | Promise<number> {
  note(file, String(x));
  if (x === hanging) for (;;);
  return x % 2 ? x : Promise.resolve(x);
}

/** Takes that long without leaving the processor. */
export function busy(ms: number): number {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return ms;
}

export function slowStart(ms: number): void {
  busy(ms);
}

/** An initialiser that ends with an event, and leaves something behind that keeps its worker from its first task until another is set. */
export async function readyAndBusy(end: Event, go: Event): Promise<void> {
  await end.wait();
  void Promise.resolve().then(() => {
    void Promise.resolve().then(() => go.waitSync());
  });
}

/** Kills its worker so many times, counted by the lines of the file, then returns how many there are. */
export function dieTimes(file: string, times: number): number {
  note(file, String(process.pid));
  if (linesOf(file).length <= times) process.kill(process.pid, 'SIGKILL');
  return linesOf(file).length;
}

/** The same of one item of many, each with a file of its own. */
export function dieTimesAt([file, times]: readonly [string, number]): number {
  return dieTimes(file, times);
}

export function throwNoting(file: string): never {
  note(file, 'x');
  throw new RangeError('thrown by the task');
}

/** Kills the first processes that rebuild it, other than its maker. */
export class LethalTimes {
  readonly file: string;
  readonly times: number;
  constructor(file: string, times: number) {
    this.file = file;
    this.times = times;
  }
}

registerReducer(
  LethalTimes,
  ({ file, times }) => [file, times, process.pid] as const,
  ([file, times, maker]) => {
    if (maker !== process.pid) dieTimes(file, times);
    return new LethalTimes(file, times);
  },
);

export function linesNoted({ file }: LethalTimes): number {
  return linesOf(file).length;
}

let turns = 0;

/** Works for `ms`, and says the how-manieth such task of its worker it was. */
export function turnAfter(ms: number): number {
  busy(ms);
  return ++turns;
}
