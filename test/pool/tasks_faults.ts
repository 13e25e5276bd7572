/** Tasks that end their worker, or another's. */
import { existsSync } from 'node:fs';
import { registerReducer, taskContext } from 'multiproc';
import { bytes, note, square } from './tasks.js';
import { refuse } from './tasks_errors.js';

export function killSelf(signal: NodeJS.Signals = 'SIGKILL'): Promise<never> {
  process.kill(process.pid, signal);
  return new Promise(() => setInterval(() => {}, 1e6));
}

export function exit(code: number): never {
  process.exit(code);
}

export async function exitLater(code: number): Promise<never> {
  await null;
  process.exit(code);
}

export function abort(): never {
  process.abort();
}

export function throwInTimer(): Promise<never> {
  setTimeout(() => {
    throw new EvalError('thrown in a timer');
  });
  return new Promise(() => setInterval(() => {}, 1e6));
}

export function killInResult(): object {
  return {
    before: 1,
    get lethal() {
      process.kill(process.pid, 'SIGKILL');
      return 1;
    },
  };
}

/** Kills the process that rebuilds it, other than the one that the tests run in. */
export class Lethal {}

registerReducer(
  Lethal,
  () => process.pid,
  (maker) => {
    if (maker !== process.pid) process.kill(process.pid, 'SIGKILL');
    return new Lethal();
  },
);

/** Notes that it ran, and ends its worker if it is the one to. */
export function noteAndPerhapsDie([file, x, lethal]: readonly [string, number, number]): number {
  note(file, String(x));
  if (x === lethal) process.kill(process.pid, 'SIGKILL');
  return x * x;
}

export async function noteAndPerhapsDieLater(item: readonly [string, number, number]): Promise<number> {
  await null;
  return noteAndPerhapsDie(item);
}

/** Kills another process, and works on. */
export async function killOther(pid: number): Promise<number> {
  try {
    if (pid !== process.pid) process.kill(pid, 'SIGKILL');
  } catch {
    // It is dead already.
  }
  await null;
  return process.pid;
}

export function failOdd(x: number): number {
  return x % 2 === 1 ? refuse(x) : square(x);
}

export function spinForEver(): never {
  for (;;);
}

/** Takes memory until there is none. */
export function devour(): number {
  const held: unknown[][] = [];
  for (;;) held.push(Array.from({ length: 1000 }, (_, x) => ({ x })));
}

// ---- death at an atomic operation: see die_at.ts

const arm = (operations: number): void =>
  (globalThis as unknown as { poolTestDieIn: (operations: number) => void }).poolTestDieIn(operations);

export function armAndSquare(operations: number, file: string, x: number): number {
  note(file, String(x));
  arm(operations);
  return square(x);
}

/** Armed the first time that it runs. */
export function armOnceAndSquare(operations: number, file: string, x: number): number {
  const isFirst = !existsSync(file);
  note(file, String(x));
  if (isFirst) arm(operations);
  return square(x);
}

/** How many operations this worker has left. */
export const operationsLeft = (): number => (globalThis as unknown as { poolTestLeft: () => number }).poolTestLeft();

/** Asks for its signal, and waits for it. The first of a chunk is armed. */
export async function armAndHeed([file, x, operations]: readonly [string, number, number]): Promise<void> {
  note(file, `begins ${x}`);
  if (x === 0) arm(operations);
  const { signal } = taskContext();
  note(file, `listens ${x}`);
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
}

export function armAndFill(operations: number, file: string, length: number): Uint8Array {
  note(file, String(length));
  arm(operations);
  return bytes(length);
}

export function noteAndFill([file, length]: readonly [string, number]): Uint8Array {
  note(file, String(length));
  return bytes(length);
}

export function armAndNote([file, x, operations]: readonly [string, number, number]): number {
  note(file, String(x));
  if (operations > 0) arm(operations);
  return x * x;
}
