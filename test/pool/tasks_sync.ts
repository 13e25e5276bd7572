/** Tasks of the tests of blocking calls, of shared arguments and of large data. */
import { existsSync } from 'node:fs';
import { type Barrier, type Lock, Pool, type SharedArray } from 'multiproc';
import { note, square } from './tasks.js';

/** Waits where it is given a barrier; else only its size counts. */
export async function meetAmong(item: Barrier | string): Promise<number> {
  return typeof item === 'string' ? item.length : await item.wait();
}

/** With somebody else, if at all. */
export async function meetPerhaps(barrier: Barrier | null): Promise<void> {
  await barrier?.wait();
}

/** The first of its kind dies. */
export function dieOnce(file: string, x: number): number {
  if (x === 3 && !existsSync(file)) {
    note(file, String(process.pid));
    process.kill(process.pid, 'SIGKILL');
  }
  return x;
}

export function noteAndReturn(file: string, x: number): number {
  note(file, String(x));
  return x;
}

/** The target of a process that never awaits. */
export function blockInProcess(): void {
  const pool = new Pool(2);
  console.log(`in a process: ${pool.mapSync(square, [1, 2, 3]).join(' ')}`);
}

// ---- shared arguments

let first: unknown;

/** Whether it is the very object that this worker saw first. */
export function isSame(object: unknown): boolean {
  first ??= object;
  return object === first;
}

export function lookUp(table: ReadonlyMap<string, number>, key: string): number | undefined {
  return table.get(key);
}

export function lookUpIn({ table, key }: { table: ReadonlyMap<string, number>; key: string }): number | undefined {
  return table.get(key);
}

export function nameOf(f: (...args: any[]) => unknown, object: { name: string }, other: object, again: object): unknown[] {
  return [f.name, object.name, other === again];
}

/** Indices of those that were given elsewhere in the same arguments. */
export function indicesOf(all: readonly object[], some: readonly object[]): number[] {
  return some.map((object) => all.indexOf(object));
}

export async function addUnder(lock: Lock, sum: Int32Array, x: number): Promise<void> {
  await lock.runExclusive(() => {
    sum[0] += x;
  });
}

// ---- large data

/** Sum, and kind, of each. */
export function sums(arrays: readonly (Uint8Array | Float64Array)[]): [string, number][] {
  return arrays.map((array) => [array.constructor.name, (array as Float64Array).reduce((sum, x) => sum + x, 0)]);
}

export function doubled({ data, name, again }: { data: Float64Array; name: string; again: Float64Array }): unknown {
  return { isSame: data === again, name, data: data.map((x) => 2 * x), tail: Buffer.from(data.buffer).subarray(0, 100_000) };
}

export function fillWith(array: Int32Array | Uint8Array | Buffer, value: number): number {
  array.fill(value);
  return array.length;
}

export function setAt(array: SharedArray<'d'>, value: number): void {
  array.set(1, value);
}

export function dieWith(_data: Uint8Array): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('dead');
}
