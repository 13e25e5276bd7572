/** Tasks of the tests of blocking calls, of shared arguments and of large data. */
import { existsSync } from 'node:fs';
import { type Barrier, Pool } from 'multiproc';
import { note, square } from './tasks.js';

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
