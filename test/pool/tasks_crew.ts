/** Tasks for the tests of what becomes of workers. */
import { writeSync } from 'node:fs';
import type { Barrier, BoundedSemaphore } from 'multiproc';
import { note, sleep } from './tasks.js';

export function pidAnd<T>(x: T): [pid: number, x: T] {
  return [process.pid, x];
}

export async function pidAndAfter([ms, x]: readonly [number, number]): Promise<[pid: number, x: number]> {
  await sleep(ms);
  return [process.pid, x];
}

/** Fails when more tasks are at it than the semaphore allows. */
export async function oneOfFew(places: BoundedSemaphore): Promise<number> {
  if (!places.tryAcquire()) throw new Error('more tasks at once than workers');
  await sleep(5);
  places.release();
  return process.pid;
}

export async function oneOfFewAnd([places, x]: readonly [BoundedSemaphore, number]): Promise<[pid: number, x: number]> {
  return [await oneOfFew(places), x];
}

export async function pidAtMeeting(barrier: Barrier): Promise<number> {
  await barrier.wait();
  return process.pid;
}

const held: Buffer[] = [];

/** Keeps so much memory, and says who has it. */
export function hoard(bytes: number): number {
  held.push(Buffer.alloc(bytes, 1));
  return process.pid;
}

export async function noteAndSquareLater([file, x]: readonly [string, number]): Promise<number> {
  note(file, String(x));
  await sleep(1);
  return x * x;
}

/** Runs until it is told to go on. */
export async function noteAndWaitFor([file, barrier]: readonly [string, Barrier]): Promise<number> {
  note(file, String(process.pid));
  await barrier.wait();
  return process.pid;
}

// ---- last words

export function complainAndDie(text: string, signal: NodeJS.Signals = 'SIGKILL'): void {
  process.stderr.write(text);
  process.kill(process.pid, signal);
  for (;;);
}

export function complainByConsoleAndExit(text: string): never {
  console.error(text);
  process.exit(3);
}

export function complainLongAndDie(lines: number): void {
  for (let i = 0; i < lines; i++) console.error(`line ${i} ${'x'.repeat(60)}`);
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}

export function exhaustMemory(): number {
  const all: number[][] = [];
  for (;;) all.push(new Array(100_000).fill(Math.random()));
}

export function writeTo(fd: number, text: string): void {
  writeSync(fd, text);
}

export function complainingInitialiser(): never {
  console.error('no database at db.example:5432');
  process.exit(5);
}
