/** What the processes of conformance.test.ts run. */
import { readdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import {
  type Connection,
  currentProcess,
  type Event,
  finalize,
  isMain,
  Process,
  parentProcess,
  type Queue,
  type Sender,
} from 'multiproc';
import { nothing, sleep } from './tasks.js';

export function tellArguments(queue: Queue<unknown>, ...args: unknown[]): void {
  queue.putSync(args);
}

export function tellSelf(queue: Queue<unknown>, ...args: unknown[]): void {
  const current = currentProcess();
  queue.putSync([args, current.name, Buffer.from(current.authkey), current.pid]);
}

export function tellDaemon(queue: Queue<unknown>): void {
  queue.putSync([currentProcess().daemon, new Process().daemon]);
}

/** The parent's pid and name, as this process and its child see them. */
export async function tellParents(connection: Connection<never, unknown>, depth: number): Promise<void> {
  const { pid, name } = parentProcess()!;
  await connection.send([pid, name, process.ppid]);
  if (depth > 0) await new Process({ target: tellParents, args: [connection, depth - 1] }).start().join();
}

export function recurse(connection: Connection<never, readonly number[]>, id: readonly number[]): void {
  connection.sendSync(id);
  if (id.length === 2) return;
  for (let i = 0; i < 2; i++) new Process({ target: recurse, args: [connection, [...id, i]] }).start().joinSync();
}

export async function tellDescriptors(queue: Queue<number>, stay: Event): Promise<void> {
  await queue.put(readdirSync('/proc/self/fd').length);
  await stay.wait();
}

export async function stayUntil(event: Event): Promise<void> {
  await event.wait();
}

export function getOne(queue: Queue<unknown>): void {
  queue.getSync();
}

export function ignore(_object: object): void {}

/** A thread that the process waits for, and one that it does not wait for. */
export function leaveThreads(connection: Connection<never, string>): void {
  const daemonic = new Worker('setInterval(() => {}, 1000)', { eval: true });
  daemonic.unref();
  const thread = new Worker("setTimeout(() => require('node:worker_threads').parentPort.postMessage('at the end'), 50)", {
    eval: true,
  });
  thread.on('message', (message) => void connection.send(message));
}

export function flags(): unknown {
  return { execArgv: process.execArgv, stackTraceLimit: Error.stackTraceLimit };
}

export function flagsOfGrandchild(): void {
  new Process({ target: printFlags }).start().joinSync();
}

export function printFlags(): void {
  console.log(JSON.stringify([currentProcess().name, flags()]));
}

export function throwWithSource(): void {
  throw new Error('0 of 1/0');
}

export function exitBy(reason: unknown): void {
  process.exit(reason as number);
}

export function exitCodeBy(reason: unknown): void {
  process.exitCode = reason as number;
}

/** As a child of CPython's test does, with their priorities. */
export function registerAll(sender: Sender<string>): void {
  const say = (word: string) => (): void => sender.sendSync(word);
  const kept: unknown[] = [];
  const object = (): object => {
    kept.push({});
    return kept.at(-1) as object;
  };
  finalize(object(), say('a')).call();
  const b = finalize(object(), say('b'));
  b.call();
  b.call();
  finalize(object(), say('c'), { exitPriority: null });
  finalize(object(), say('d10'), { exitPriority: 1 });
  finalize(object(), say('d01'), { exitPriority: 0 });
  finalize(object(), say('d02'), { exitPriority: 0 });
  finalize(object(), say('d03'), { exitPriority: 0 });
  finalize(null, say('e'), { exitPriority: -10 });
  finalize(null, say('STOP'), { exitPriority: -100 });
  process.on('exit', () => kept.length);
}

if (isMain(import.meta)) {
  if (process.argv[2] === 'flags') new Process({ target: flagsOfGrandchild }).start().joinSync();
  if (process.argv[2] === 'stdio') {
    const child = new Process({ target: nothing }).start();
    const sleeper = new Process({ target: sleep }).start();
    sleeper.terminate();
    process.exitCode = (await child.join()) === 0 && sleeper.joinSync() === -15 ? 7 : 1;
  }
}
