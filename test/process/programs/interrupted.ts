/** Prints `ready` and the pids of its children, and waits in the way that its argument names. */
import { Event, isMain, Lock, Pool, Process, Queue } from 'multiproc';
import ora from 'ora';
import { holdForEver, ignoreTermination, nothing, pidOf, sleep, spin, takeForEver } from './tasks.js';

const SOON = 2;

const ways: Record<string, () => unknown> = {
  async pool() {
    await (await startPool()).map(sleep, [1, 2, 3]);
  },
  async 'busy pool'() {
    await (await startPool()).map(spin, [1, 2, 3]);
  },
  async 'idle pool'() {
    await startPool();
    setInterval(() => {}, 1000);
  },
  process() {
    ready(start(false), start(true));
  },
  join() {
    const child = start(false);
    ready(child, start(true));
    child.joinSync();
    console.log('joined');
  },
  'joins in a loop'() {
    const child = start(false);
    ready(child, start(true));
    while (child.joinSync({ timeout: SOON }) === null);
    console.log('joined');
  },
  async 'a queue, in use'() {
    await (await useEverything()).queue.get();
  },
  async 'a queue, blocking'() {
    (await useEverything()).queue.getSync();
  },
  async 'a lock, in use'() {
    await (await useEverything()).lock.acquire();
  },
  async 'a lock, blocking'() {
    (await useEverything()).lock.acquireSync();
  },
  async spinner() {
    const pool = await startPool();
    ora({ text: 'working', discardStdin: false }).start();
    await pool.map(sleep, [1, 2, 3]);
  },
  compute() {
    ready(start(true), start(true));
    for (;;);
  },
  'compute, then join'() {
    const child = start(true);
    ready(child, start(true));
    // Children are idle and die of the Ctrl-C: then it came.
    while (child.isAlive());
    start(true).joinSync();
  },
  'stubborn child'() {
    new Process({ target: ignoreTermination }).start();
  },
  'own listener'() {
    const child = start(true);
    listen();
    ready(child);
    setInterval(() => {}, 1000);
  },
  'own listener and join'() {
    const child = start(true);
    listen();
    ready(child);
    console.log(`joined ${child.joinSync()}`);
    setInterval(() => {}, 1000);
  },
  async 'pool that goes on'() {
    const pool = new Pool(2);
    const before = await pidsOf(pool);
    const interrupted = new Promise<void>((resolve) => process.once('SIGINT', () => resolve(console.log('mine'))));
    console.log(`ready ${before.join(' ')}`);
    const timer = setInterval(() => {}, 1000);
    await interrupted;
    clearInterval(timer);
    const after = await pidsOf(pool);
    console.log(`same workers: ${after.every((pid) => before.includes(pid))}`);
  },
  async 'children that ended'() {
    const child = new Process({ target: nothing }).start();
    await child.join();
    ready(child);
    process.removeAllListeners('exit');
    setInterval(() => {}, 1000);
  },
};

/** A child holds the lock, others wait for it and at the queue in either form, and a pool is busy. */
async function useEverything(): Promise<{ lock: Lock; queue: Queue<number> }> {
  const lock = new Lock();
  const queue = new Queue<number>();
  const isHeld = new Event();
  const children = [
    new Process({ target: holdForEver, args: [lock, isHeld] }).start(),
    new Process({ target: takeForEver, args: [queue], daemon: true }).start(),
  ];
  await isHeld.wait();
  const pool = new Pool(2);
  const workers = await pidsOf(pool);
  for (const task of [pool.apply(spin), pool.apply(takeForEver, [queue])]) task.catch(() => {});
  console.log(`ready ${[...children.map((child) => child.pid), ...workers].join(' ')}`);
  return { lock, queue };
}

function start(daemon: boolean): Process {
  return new Process({ target: sleep, daemon }).start();
}

function ready(...children: Process[]): void {
  console.log(`ready ${children.map((child) => child.pid).join(' ')}`);
}

async function startPool(): Promise<Pool> {
  const pool = new Pool(2);
  console.log(`ready ${(await pidsOf(pool)).join(' ')}`);
  return pool;
}

async function pidsOf(pool: Pool): Promise<number[]> {
  for (;;) {
    const pids = [...new Set(await pool.map(pidOf, [...Array(8).keys()], { chunksize: 1 }))];
    if (pids.length === 2) return pids;
  }
}

function listen(): void {
  let times = 0;
  process.on('SIGINT', () => {
    console.log(`mine ${++times}`);
    if (times === 2) process.exit(7);
  });
}

if (isMain(import.meta)) {
  process.on('exit', (code) => console.log(`exit ${code}`));
  await ways[process.argv[2]]();
}
