/** What runs when an object is collected, and when a process ends. */
import { type Connection, finalize, isMain, Process, type Queue } from 'multiproc';
import { sleep } from './tasks.js';

/** Registers finalisers that say their names, and one that fails. */
export function register(say: (word: string) => void, how: 'return' | 'exit' | 'throw'): void {
  finalize(null, () => say('a: 0'));
  finalize(null, () => say('b: -5'), { exitPriority: -5 });
  finalize(null, () => say('c: 10'), { exitPriority: 10 });
  finalize(null, () => say('d: 10, later'), { exitPriority: 10 });
  finalize({}, () => say('e: never'), { exitPriority: null });
  finalize(
    null,
    () => {
      say('f: 5, fails');
      throw new Error('failed');
    },
    { exitPriority: 5 },
  );
  const cancelled = finalize(null, () => say('g: never'), { exitPriority: 7 });
  finalize(
    null,
    () => {
      say('h: 8, cancels and registers');
      cancelled.cancel();
      finalize(null, () => say('i: 0, new'));
    },
    { exitPriority: 8 },
  );
  if (how === 'exit') process.exit(3);
  if (how === 'throw') throw new Error('thrown by the target');
}

export function registerAndPut(queue: Queue<string>, how: 'return' | 'exit' | 'throw'): void {
  register((word) => queue.putSync(word), how);
}

/** Its last words, and a megabyte, which nobody reads before it has ended. */
export function putAndExit(queue: Queue<unknown>, connection: Connection<never, string>, exit: boolean): void {
  finalize(null, () => connection.sendSync('finalised'));
  queue.putSync('x'.repeat(2 ** 20));
  for (let i = 0; i < 1000; i++) queue.putSync(i);
  if (exit) process.exit(0);
}

if (isMain(import.meta)) {
  const daemonic = new Process({ target: sleep, daemon: true });
  finalize(null, () => console.log(`at priority 0 the daemonic child lives: ${daemonic.isAlive()}`));
  finalize(null, () => console.log(`below it lives: ${daemonic.isAlive()}`), { exitPriority: -1 });
  // After the session's own listener.
  daemonic.start();
  register(console.log, process.argv[2] as 'exit');
}
