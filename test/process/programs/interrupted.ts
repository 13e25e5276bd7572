/** Prints `ready` with its children's pids, and waits in the way that its argument names. */
import { isMain, Pool, Process } from 'multiproc';
import ora from 'ora';
import { ignoreTermination, sleep, spin } from './tasks.js';

const [how] = process.argv.slice(2);

function start(options: { target?: () => unknown; daemon?: boolean } = {}): Process {
  return new Process({ target: sleep, ...options } as never).start();
}

function ready(...children: Process[]): void {
  console.log(`ready ${children.map((child) => child.pid).join(' ')}`);
}

const ways: Record<string, () => unknown> = {
  async pool() {
    const pool = new Pool(2);
    const pids = await pool.map(pidOf, [0, 1, 2, 3], { chunksize: 1 });
    console.log(`ready ${[...new Set(pids)].join(' ')}`);
    await pool.map(sleep, [1, 2, 3]);
  },
  async 'busy pool'() {
    const pool = new Pool(2);
    const pids = await pool.map(pidOf, [0, 1, 2, 3], { chunksize: 1 });
    console.log(`ready ${[...new Set(pids)].join(' ')}`);
    await pool.map(spin, [1, 2, 3]);
  },
  async 'idle pool'() {
    const pool = new Pool(2);
    const pids = await pool.map(pidOf, [0, 1, 2, 3], { chunksize: 1 });
    console.log(`ready ${[...new Set(pids)].join(' ')}`);
    setInterval(() => {}, 1000);
  },
  process() {
    ready(start(), start({ daemon: true }));
  },
  join() {
    const [a, b] = [start(), start({ daemon: true })];
    ready(a, b);
    b.joinSync();
    console.log('joined');
  },
  'stubborn join'() {
    const child = new Process({ target: ignoreTermination, stdio: 'inherit' }).start();
    child.joinSync();
  },
  'two joins'() {
    const [a, b] = [start(), start({ daemon: true })];
    ready(a, b);
    for (;;) b.joinSync({ timeout: 20 });
  },
  compute() {
    ready(start({ daemon: true }), start({ daemon: true }));
    for (;;);
  },
  'own listener'() {
    const child = start({ daemon: true });
    process.on('SIGINT', () => {
      console.log('mine');
      if (process.listenerCount('SIGINT') > 2) return;
      process.on('SIGINT', () => process.exit(7));
    });
    ready(child);
    setInterval(() => {}, 1000);
  },
  'own listener and join'() {
    const child = start({ daemon: true });
    process.on('SIGINT', () => {
      console.log('mine');
      process.exit(8);
    });
    ready(child);
    while (child.joinSync({ timeout: 10 }) === null && !globalThis.heard);
    setInterval(() => {}, 1000);
  },
  async spinner() {
    const pool = new Pool(2);
    const pids = await pool.map(pidOf, [0, 1, 2, 3], { chunksize: 1 });
    ora('working').start();
    console.log(`ready ${[...new Set(pids)].join(' ')}`);
    await pool.map(sleep, [1, 2, 3]);
  },
};

export function pidOf(): number {
  return process.pid;
}

declare global {
  var heard: boolean | undefined;
}

if (isMain(import.meta)) {
  process.on('exit', (code) => console.log(`exit ${code}`));
  await ways[how]();
}
