/** Targets and tasks of the tests about logging. */
import { getLogger, type Lock, Process } from 'multiproc';

export function say(...words: unknown[]): void {
  getLogger().info(...words);
}

/** What a child has of the levels: its own, the root's, the effective one. */
export function levels(): void {
  const logger = getLogger();
  process.stdout.write(`${logger.level} ${logger.parent!.level} ${logger.getEffectiveLevel()}\n`);
}

export async function sayThenStart(): Promise<void> {
  say('a child says');
  await new Process({ target: say, args: ['a grandchild says'] }).start().join();
}

/** Lines of many lengths, each of one letter, with its length before it. Ends at once. */
export function chatter(letter: string, lines: number): void {
  for (let i = 0; i < lines; i++) {
    const length = (i * 7919) % 30000;
    say('%d %s', length, letter.repeat(length));
  }
  process.exit();
}

export function dieHolding(lock: Lock): never {
  lock.acquireSync();
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}

export function exitWith(code: number): never {
  process.exit(code);
}

export function pid(): number {
  return process.pid;
}

export function killSelf(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}

export function fail(): never {
  process.exit(9);
}
