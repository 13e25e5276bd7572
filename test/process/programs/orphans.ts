/** Starts children that start children, prints all their pids, and ends in the way that its argument names. */
import { isMain, Process, Queue } from 'multiproc';
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

/** With daemonic children whose memory takes the kernel a while to take back. */
export async function startLarge(told: Queue<string>): Promise<void> {
  for (let i = 0; i < 2; i++) new Process({ target: beLarge, args: [told], daemon: true }).start();
  await sleep();
}

export async function beLarge(told: Queue<string>): Promise<void> {
  const bytes = Buffer.alloc(200 * 2 ** 20, 1);
  await told.put('large');
  await sleep();
  bytes.fill(0);
}

const ends: Record<string, () => unknown> = {
  'is killed': () => setInterval(() => {}, 1000),
  'is killed while a child boots': () => {
    const child = new Process({ target: tellAndSleep, daemon: true }).start();
    process.stdout.write(`pid ${child.pid}\n`);
    process.kill(process.pid, 'SIGKILL');
  },
  'has killed its child': async () => {
    const told = new Queue<string>();
    const child = new Process({ target: startLarge, args: [told] }).start();
    for (let i = 0; i < 2; i++) await told.get();
    child.kill();
    await child.join();
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
