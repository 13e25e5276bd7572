/** Chooses start methods in the way that its argument names. */
import { readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import * as multiproc from 'multiproc';
import {
  freezeSupport,
  getAllStartMethods,
  getContext,
  getStartMethod,
  isMain,
  Process,
  Queue,
  setExecArgv,
  setExecutable,
  setStartMethod,
} from 'multiproc';
import * as sharedMemory from 'multiproc/shared-memory';
import * as sharedctypes from 'multiproc/sharedctypes';
import { nothing } from '../../process/programs/tasks.js';
import { readySpares } from '../../support/spares.js';

export function putMethod(queue: Queue<unknown>): void {
  queue.putSync(getStartMethod({ allowNone: true }));
}

export async function passOn(queue: Queue<number>): Promise<void> {
  queue.putSync(1);
  await new Process({ target: putTwo, args: [queue] }).start().join();
}

export function putTwo(queue: Queue<number>): void {
  queue.putSync(2);
}

export function putOpenFiles(queue: Queue<string[]>): void {
  queue.putSync(openFiles());
}

export function putStart(queue: Queue<unknown>): void {
  queue.putSync([process.execPath, process.execArgv]);
}

function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}

async function told<T>(context: { Process: typeof Process }, target: (queue: Queue<T>) => unknown): Promise<T> {
  const queue = new Queue<T>();
  const child = new context.Process({ target, args: [queue] }).start();
  const value = await queue.get();
  if ((await child.join()) !== 0) throw new Error('the child fails');
  return value;
}

function refused(use: () => unknown): void {
  try {
    use();
    console.log('accepted');
  } catch (error) {
    const { name, code, message } = error as Error & { code: string };
    console.log(name, code, message);
  }
}

const scenarios: Record<string, () => unknown> = {
  async contexts() {
    for (const method of getAllStartMethods()) {
      const context = getContext(method);
      console.log(context.getStartMethod(), context.getContext() === context, context === getContext(method));
      refused(() => context.setStartMethod('spawn'));
      console.log(await told(context, putMethod));
    }
    console.log(getContext('forkserver') === getContext('warm'), getContext('spawn').getContext('warm') === getContext('warm'));
  },

  async 'leaves the default open'() {
    await new (getContext('spawn').Process)({ target: nothing }).start().join();
    await using pool = new (getContext('warm').Pool)(1);
    await pool.apply(nothing);
    console.log(getStartMethod({ allowNone: true }));
    setStartMethod('warm');
    console.log(getStartMethod());
  },

  async 'gives functions'() {
    await freezeSupport({ nothing });
    console.log(getStartMethod({ allowNone: true }));
  },

  async 'sets and gets'() {
    for (const method of getAllStartMethods()) {
      setStartMethod(method, { force: true });
      console.log(getStartMethod(), getContext().getStartMethod(), await told({ Process }, putMethod));
    }
    console.log(getAllStartMethods());
  },

  async refuses() {
    for (const method of ['fork', 'none', 7] as never[]) refused(() => setStartMethod(method));
    refused(() => getContext('thread'));
    await new Process({ target: nothing }).start().join();
    refused(() => setStartMethod('warm'));
    for (const path of ['', 3] as never[]) refused(() => setExecutable(path));
    for (const execArgv of ['--x', [3]] as never[]) refused(() => setExecArgv(execArgv));
    setExecutable('/no/such/node');
    refused(() => new Process({ target: nothing }).start());
  },

  'has everything'() {
    const context = getContext('warm');
    const own = ['Process', 'Pool', 'Manager', 'getContext', 'getStartMethod', 'setStartMethod'];
    const all = { ...multiproc, ...sharedMemory, ...sharedctypes };
    console.log(Object.entries(all).filter(([name, value]) => !own.includes(name) && Reflect.get(context, name) !== value));
    console.log(Object.keys(context).filter((name) => !(name in all)));
    console.log(
      own.filter((name) => Reflect.get(context, name) === Reflect.get(all, name)),
      context.Array === multiproc.SharedArray,
    );
    console.log(String(new context.Process()).replace(/\d+/g, 'N'), context.Process.prototype instanceof Process);
  },

  async 'passes on'() {
    for (const method of getAllStartMethods()) {
      const queue = new Queue<number>();
      await new (getContext(method).Process)({ target: passOn, args: [queue] }).start().join();
      console.log(await queue.get(), await queue.get());
    }
  },

  async 'closes files'() {
    const before = openFiles();
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const own = openFiles().filter((file) => file.startsWith('socket:') && !before.includes(file));
    for (const method of getAllStartMethods()) {
      await new (getContext(method).Process)({ target: nothing }).start().join();
      if (method === 'warm') await readySpares();
      const theirs = await told(getContext(method), putOpenFiles);
      console.log(
        method,
        own.length > 0,
        theirs.filter((file) => own.includes(file)),
      );
    }
    server.close();
  },

  async 'starts otherwise'() {
    setExecArgv(['--no-warnings']);
    setExecutable(process.argv[3]);
    for (const method of getAllStartMethods()) {
      await new (getContext(method).Process)({ target: nothing }).start().join();
      if (method === 'warm') await readySpares();
      console.log(JSON.stringify(await told(getContext(method), putStart)));
    }
  },
};

if (isMain(import.meta)) await scenarios[process.argv[2]]();
