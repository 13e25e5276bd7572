/** Targets and tasks that several tests use. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Event, Lock, Queue } from 'multiproc';

export function nothing(): void {}

export function print(...words: unknown[]): void {
  console.log(...words);
}

export function sleep(): Promise<never> {
  setInterval(() => {}, 2 ** 30);
  return new Promise(() => {});
}

export function spin(): never {
  for (;;);
}

export function holdForEver(lock: Lock, isHeld: Event): Promise<never> {
  lock.acquireSync();
  isHeld.set();
  return sleep();
}

export function takeForEver(queue: Queue<unknown>): unknown {
  return queue.getSync();
}

export function ignoreTermination(): Promise<never> {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => console.log(`not on ${signal}`));
  console.log(`ready ${process.pid}`);
  return sleep();
}

/** Takes a while, so that each worker gets some. */
export async function pidOf(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 2));
  return process.pid;
}

export function exitWith(code: number): void {
  process.exit(code);
}

export function setExitCode(code: number): void {
  process.exitCode = code;
}

export function killSelf(signal: NodeJS.Signals): Promise<never> {
  process.kill(process.pid, signal);
  return sleep();
}

/** One line of JSON. */
export function report(...what: ('args' | 'argv' | 'cwd' | 'env' | 'execArgv' | 'stdin' | 'descriptors')[]): void {
  const all = {
    argv: () => process.argv.slice(1),
    cwd: () => process.cwd(),
    env: () => process.env,
    execArgv: () => process.execArgv,
    stdin: () => readFileSync(0, 'latin1'),
    descriptors: () => execFileSync('ls', ['-l', '/dev/fd/'], { encoding: 'latin1' }),
    args: () => what,
  };
  process.stdout.write(JSON.stringify(Object.fromEntries(what.map((name) => [name, all[name]()]))));
}

export function kill(pid: number): void {
  process.kill(pid, 'SIGKILL');
}
