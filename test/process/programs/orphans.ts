/** Starts children that start children, prints all their pids, and ends in the way that its argument names. */
import { isMain, Process } from 'multiproc';
import { sleep } from './tasks.js';

/** A child with a child of its own, which is told of after it. */
export function parent(daemon: boolean): Promise<never> {
  const asleep = tellAndSleep();
  new Process({ target: tellAndSleep, daemon }).start();
  return asleep;
}

export function tellAndSleep(): Promise<never> {
  process.stdout.write(`pid ${process.pid}\n`);
  return sleep();
}

const ends: Record<string, () => unknown> = {
  'is killed': () => setInterval(() => {}, 1000),
  'is killed while a child boots': () => {
    const child = new Process({ target: tellAndSleep, daemon: true }).start();
    process.stdout.write(`pid ${child.pid}\n`);
    process.kill(process.pid, 'SIGKILL');
  },
  returns: () => {},
  exits: () => process.exit(3),
  throws: () => {
    throw new Error('the program fails');
  },
};

if (isMain(import.meta)) {
  const [daemon, how] = process.argv.slice(2);
  if (daemon !== 'none') {
    new Process({ target: parent, args: [daemon === 'daemonic'], daemon: daemon === 'daemonic' }).start();
    process.stdin.once('data', () => {
      process.stdin.destroy();
      ends[how]();
    });
  } else ends[how]();
}
