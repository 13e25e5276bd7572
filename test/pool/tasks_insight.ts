/** Functions that the tests of statistics and progress run in workers. */
import { existsSync } from 'node:fs';
import type { Event } from 'multiproc';

const sleeper = new Int32Array(new SharedArrayBuffer(4));

export const SLOW_ONE = 77_777;
export const SLOW_MS = 300;

/** Keeps its worker for `ms` milliseconds at the least. */
export function nap(ms: number): number {
  const end = performance.now() + ms;
  while (performance.now() < end) Atomics.wait(sleeper, 0, 0, Math.max(0.1, end - performance.now()));
  return ms;
}

export async function napLater(ms: number): Promise<number> {
  const end = performance.now() + ms;
  while (performance.now() < end) await new Promise((resolve) => setTimeout(resolve, end - performance.now() + 1));
  return ms;
}

export function failEachTenth(x: number): number {
  if (x % 10 === 0) throw new RangeError(`${x} is a tenth`);
  return x;
}

/** Blocks its worker until the event is set. */
export function block(event: Event): void {
  event.waitSync();
}

/** Blocks its worker until there is the file. */
export function blockUntilFile(file: string, _index: number): void {
  while (!existsSync(file)) Atomics.wait(sleeper, 0, 0, 2);
}

export function repeat(text: string, times: number): string {
  return text.repeat(times);
}

/** An initialiser that fails from some moment on. */
export function dieIfThere(file: string): void {
  if (existsSync(file)) die();
}

export function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** Quick; one of them is not. */
export function quickButOne(x: number): number {
  if (x === SLOW_ONE) nap(SLOW_MS);
  return x;
}
