/** Starts many processes one after the other by both start methods in turn, and compares what the program holds before and after. */
import { getContext, isMain, type Process, Queue, setPreload } from 'multiproc';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { until } from '../../support/programs.js';
import { settled } from './holdings.js';
import { nothing } from './tasks.js';

export function put(queue: Queue<number>, number: number): void {
  queue.putSync(number);
}

async function round(number: number): Promise<void> {
  const context = getContext(number % 4 === 0 ? 'spawn' : 'warm');
  const options = { daemon: number % 3 === 0 };
  if (number % 5 === 0) {
    const queue = new Queue<number>();
    const child = new context.Process({ target: put, args: [queue, number], ...options }).start();
    if ((await queue.get()) !== number) throw new Error('another number');
    await child.join();
    queue.close();
    return;
  }
  const child: Process = new context.Process({ target: nothing, ...options }).start();
  if (number % 7 === 0) child.kill();
  const code = number % 2 === 0 ? child.joinSync() : await child.join();
  if (code !== 0 && !(code === -9 && number % 7 === 0)) throw new Error(`process ${number} ended with ${code}`);
  child.close();
}

/** Spares end when they are to load something else. */
async function withoutSpares(): Promise<unknown> {
  setPreload([]);
  await until(
    () => [...session().participants.listed()].length === 1,
    () => 'somebody is left',
  );
  globalThis.gc!();
  return settled();
}

if (isMain(import.meta)) {
  const rounds = Number(process.argv[2]);
  for (let number = 0; number < 70; number++) await round(number);
  const before = await withoutSpares();
  for (let number = 0; number < rounds; number++) {
    await round(number);
    if (number % 100 === 99) process.stderr.write(`${number + 1} processes\n`);
  }
  console.log(JSON.stringify({ before, after: await withoutSpares(), fsck: fsck(session()) }));
}
