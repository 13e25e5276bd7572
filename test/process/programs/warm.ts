/** Uses the start method 'warm' in the way that its argument names. */
import { getContext, isMain, Lock, Pool, Process, Queue, setStartMethod } from 'multiproc';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { spareTimes } from '#dist/process/spare_supply.js';
import { sparePids } from '#dist/process/spares.js';
import { gone, isRunning, until } from '../../support/programs.js';
import { readySpares } from '../../support/spares.js';
import { killSelf, nothing, pidOf, print, sleep } from './tasks.js';

/** What a process finds around itself. */
export function look(queue: Queue<unknown>): void {
  const { argv, execArgv, env } = process;
  const [cwd, pid, listeners] = [process.cwd(), process.pid, process.listenerCount('SIGINT')];
  queue.putSync({ cwd, pid, argv: argv.slice(2), execArgv, added: env.ADDED, removed: env.REMOVED, listeners });
}

export function putMethod(queue: Queue<unknown>, depth: number): Promise<unknown> | undefined {
  queue.putSync(getContext().getStartMethod());
  if (depth > 0) return new Process({ target: putMethod, args: [queue, depth - 1] }).start().join();
  return undefined;
}

/** Also the one after the first, which boots spares. */
async function warmUp(): Promise<number[]> {
  setStartMethod('warm');
  await new Process({ target: nothing }).start().join();
  return readySpares();
}

async function takes(
  options: { env?: object; cwd?: string; execArgv?: string[]; stdio?: 'pipe' | 'ignore' } = {},
): Promise<unknown> {
  const queue = new Queue<{ pid: number }>();
  const spares = await readySpares();
  const child = new Process({ target: look, args: [queue], ...options, env: { ...options.env } }).start();
  const { pid, ...found } = await queue.get();
  const code = await child.join();
  return { ...found, code, isSpare: spares.includes(pid), isChild: pid === child.pid };
}

const scenarios: Record<string, () => unknown> = {
  async surroundings() {
    process.env.REMOVED = 'before';
    await warmUp();
    delete process.env.REMOVED;
    console.log(JSON.stringify(await takes({ env: { ADDED: 'yes' } })));
    console.log(JSON.stringify(await takes({ cwd: '/' })));
    process.chdir('/tmp');
    console.log(JSON.stringify(await takes()));
    for (const other of [
      { stdio: 'ignore' as const },
      { execArgv: ['--no-warnings'] },
      { env: { NODE_OPTIONS: '--no-warnings' } },
    ]) {
      console.log(JSON.stringify(await takes(other)));
    }
  },

  async 'is off unless used'() {
    await new Process({ target: nothing }).start().join();
    const context = getContext('warm');
    await new Promise((resolve) => setTimeout(resolve, 100));
    console.log('before', sparePids().length);
    await new context.Process({ target: nothing }).start().join();
    console.log('after', (await readySpares()).length);
  },

  async 'blocks only'() {
    setStartMethod('warm');
    let spares: number[] = [];
    for (let i = 0; i < 50; i++) {
      const child = new Process({ target: nothing }).start();
      if (spares.includes(child.pid!)) return console.log('a spare was taken');
      spares = sparePids();
      child.joinSync();
    }
    console.log('no spare was ever taken');
  },

  async 'is killed'() {
    const spares = await warmUp();
    for (const pid of spares) process.kill(pid, 'SIGINT');
    const interrupted = new Process({ target: print, args: ['after SIGINT'] }).start();
    console.log(spares.includes(interrupted.pid!), await interrupted.join());
    const killed = await readySpares();
    for (const pid of killed) process.kill(pid, 'SIGKILL');
    await until(
      () => !sparePids().some((pid) => killed.includes(pid)),
      () => 'nobody hears of their end',
    );
    const others = await readySpares();
    // Before this process has heard of it.
    for (const pid of others) process.kill(pid, 'SIGKILL');
    while (others.some(isRunning));
    const child = new Process({ target: print, args: ['works'] }).start();
    console.log(others.includes(child.pid!), await child.join(), fsck(session()));
  },

  /** It cannot take what it was given. */
  async 'is killed with orders'() {
    const spares = await warmUp();
    const queue = new Queue<Queue<unknown>>();
    for (const pid of spares) process.kill(pid, 'SIGSTOP');
    const child = new Process({ target: look, args: [new Queue()] }).start();
    console.log(spares.includes(child.pid!), child.isAlive());
    process.kill(child.pid!, 'SIGKILL');
    console.log(await child.join(), child.signalCode);
    const others = sparePids();
    for (const pid of others) process.kill(pid, 'SIGKILL');
    // One that is dying could still be taken, and the process be a killed one.
    while (others.some(isRunning));
    queue.putSync(new Queue());
    queue.getSync();
    console.log(await new Process({ target: nothing }).start().join(), fsck(session()));
  },

  /** At no moment in particular. */
  async 'is killed at any moment'() {
    await warmUp();
    const codes = new Map<number | null, number>();
    for (let round = 0; round < Number(process.argv[3]); round++) {
      const [pid] = await readySpares();
      const queue = new Queue<unknown>();
      const child = new Process({ target: look, args: [queue] });
      if (round % 2 === 0) child.start();
      const end = performance.now() + Math.random() * 8;
      while (performance.now() < end);
      process.kill(pid, 'SIGKILL');
      if (round % 2 === 1) child.start();
      const code = await child.join();
      codes.set(code, (codes.get(code) ?? 0) + 1);
      if (code === 0) await queue.get();
    }
    console.log(
      [...codes.keys()].filter((code) => code !== 0 && code !== -9),
      fsck(session()),
    );
  },

  async deadlocks() {
    await warmUp();
    const lock = new Lock();
    lock.acquireSync();
    try {
      new Queue().getSync();
    } catch (error) {
      console.log((error as Error).name);
    }
  },

  async idles() {
    Object.assign(spareTimes, { review: 20, idle: Infinity });
    const spares = await warmUp();
    spareTimes.idle = 0;
    await gone(spares);
    await until(
      () => [...session().participants.listed()].length === 1,
      () => 'slots are left',
    );
    console.log('gone', sparePids());
    spareTimes.idle = Infinity;
    await new Process({ target: nothing }).start().join();
    console.log('back', (await readySpares()).length);
  },

  async interrupts() {
    await warmUp();
    const child = new Process({ target: killSelf, args: ['SIGINT'] }).start();
    console.log(await child.join());
  },

  async pools() {
    const { Pool: WarmPool, Process: WarmProcess } = getContext('warm');
    await new WarmProcess({ target: nothing }).start().join();
    const spares = await readySpares();
    const pool = new WarmPool(1);
    console.log(spares.includes(await pool.apply(pidOf)));
    await pool.terminate();
    await pool.join();
    const plain = new Pool(1);
    console.log((await readySpares()).includes(await plain.apply(pidOf)));
    plain.close();
    await plain.join();
  },

  async nests() {
    setStartMethod('warm');
    const queue = new Queue<string>();
    await new Process({ target: putMethod, args: [queue, 2] }).start().join();
    console.log(await queue.get(), await queue.get(), await queue.get());
  },

  /** Says who there is, and waits to be killed. */
  async 'has spares and children'() {
    await warmUp();
    const daemonic = new Process({ target: sleep, daemon: true }).start();
    await readySpares();
    const other = new Process({ target: sleep }).start();
    const spares = await readySpares();
    console.log(JSON.stringify({ spares, daemonic: daemonic.pid, other: other.pid }));
    setInterval(() => {}, 1000);
  },
};

if (isMain(import.meta)) await scenarios[process.argv[2]]();
