/** Functions that the pool tests run in workers. */
import { appendFileSync, closeSync, openSync, writeSync } from 'node:fs';
import { type Barrier, type Event, Pool } from 'multiproc';

export function square(x: number): number {
  return x * x;
}

export function identity<T>(value: T): T {
  return value;
}

/** A NaN that carries a number in its low bits. */
export function strangeNaN(low: number): number {
  return new Float64Array(new Uint32Array([low, 0x7ff80000]).buffer)[0];
}

export function add(a: number, b: number): number {
  return a + b;
}

export function count(...args: unknown[]): number {
  return args.length;
}

export function pid(): number {
  return process.pid;
}

export async function pidLater(ms: number): Promise<number> {
  await sleep(ms);
  return process.pid;
}

export async function squareLater(x: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return x * x;
}

export async function sleep(ms: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return ms;
}

/** Returns when as many tasks as the barrier has parties are at it at once. */
export async function meet(barrier: Barrier): Promise<void> {
  await barrier.wait();
}

/** With a timer: a promise that nothing can settle would let the worker's event loop run empty. */
export function never(): Promise<never> {
  return new Promise(() => setInterval(() => {}, 1e6));
}

export function forgotten(): Promise<never> {
  return new Promise(() => {});
}

export function bytes(length: number): Uint8Array {
  return new Uint8Array(length).fill(length & 0xff);
}

export function checksum(data: Uint8Array): [length: number, first: number, last: number] {
  return [data.length, data[0], data[data.length - 1]];
}

export function echo(data: Uint8Array): Uint8Array {
  return data;
}

export function many(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

/** One line for each run, also when several processes write: O_APPEND. */
export function note(file: string, line: string): void {
  const fd = openSync(file, 'a');
  writeSync(fd, `${line}\n`);
  closeSync(fd);
}

export function noteAndSquare([file, x]: readonly [string, number]): number {
  note(file, String(x));
  return x * x;
}

export async function noteAndWait(file: string): Promise<never> {
  note(file, String(process.pid));
  return never();
}

export function appendSync(file: string, text: string): void {
  appendFileSync(file, text);
}

// ---- initialisers

let initial: unknown[] = [];

export function initialise(...args: unknown[]): void {
  initial = args;
}

export function initialised(): unknown[] {
  return initial;
}

export function failingInitialiser(): never {
  throw new RangeError('no database today');
}

export function exitingInitialiser(): never {
  process.exit(7);
}

export function killedInitialiser(): void {
  process.kill(process.pid, 'SIGKILL');
}

// ---- what stays open

export function keepTimer(): number {
  setInterval(() => {}, 1000);
  return 1;
}

// ---- pools in workers

export async function nestedSum(values: readonly number[]): Promise<number> {
  await using pool = new Pool(2);
  const squares = await pool.map(square, values);
  return squares.reduce((sum, x) => sum + x, 0);
}

export async function nestedAbandoned(values: readonly number[]): Promise<number[]> {
  return new Pool(2).map(square, values);
}

/** Pids of this worker and of the workers of a pool that stays open in it. */
export async function nestedBusy(): Promise<number[]> {
  const pool = new Pool(2);
  const pids = await Promise.all(Array.from({ length: 8 }, () => pool.apply(pid)));
  pool.map(never, [1, 2, 3, 4] as never[]).catch(() => {});
  return [...new Set([process.pid, ...pids])];
}

/** Blocks its worker, which cannot tell of anything meanwhile. */
export function blockUntil(end: Event, begun?: Event): void {
  begun?.set();
  end.waitSync();
}

/** Its item, or nothing when the item is an event that is set. */
export function numberOrEvent(item: number | Event): number | undefined {
  if (typeof item === 'number') return item;
  item.waitSync();
  return undefined;
}
