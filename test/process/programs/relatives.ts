/** Targets that look at themselves, their parent and their children. */
import { readFileSync } from 'node:fs';
import { activeChildren, currentProcess, type Event, Process, parentProcess, type Queue } from 'multiproc';
import { sleep } from './tasks.js';

export interface Seen {
  readonly name: string;
  readonly pid: number;
  readonly text: string;
  readonly daemon: boolean;
  readonly isAlive: boolean;
  readonly exitCode: number | null;
  readonly children: number;
  readonly authkey: Buffer;
  readonly parent: { readonly name: string; readonly pid: number; readonly isAlive: boolean; readonly text: string };
}

export function see(queue: Queue<Seen>): void {
  const self = currentProcess();
  const parent = parentProcess()!;
  queue.putSync({
    name: self.name,
    pid: self.pid!,
    text: String(self),
    daemon: self.daemon,
    isAlive: self.isAlive(),
    exitCode: self.exitCode,
    children: activeChildren().length,
    authkey: Buffer.from(self.authkey),
    parent: { name: parent.name, pid: parent.pid, isAlive: parent.isAlive(), text: String(parent) },
  });
}

/** Two children at each level, down to `depth` levels below this one. */
export async function seeTree(queue: Queue<Seen>, depth: number): Promise<void> {
  see(queue);
  if (depth === 0) return;
  for (let i = 0; i < 2; i++) await new Process({ target: seeTree, args: [queue, depth - 1] }).start().join();
}

export function rename(queue: Queue<unknown>): void {
  currentProcess().name = 'Renamed';
  queue.putSync([currentProcess().name, String(currentProcess())]);
  throw new Error('after renaming');
}

/** What only the creator of a process may do, tried by itself. */
export async function tryEverything(queue: Queue<string>): Promise<void> {
  const self = currentProcess();
  const tries: [string, () => unknown][] = [
    ['start', () => self.start()],
    ['join', () => self.join()],
    ['joinSync', () => self.joinSync()],
    ['tryJoin', () => self.tryJoin()],
    ['terminate', () => self.terminate()],
    ['kill', () => self.kill()],
    ['close', () => self.close()],
    ['daemon', () => Object.assign(self, { daemon: true })],
    ['send', () => queue.putSync(self as never)],
  ];
  for (const [name, attempt] of tries) {
    try {
      await attempt();
      queue.putSync(`${name}: no error`);
    } catch (error) {
      queue.putSync(`${name}: ${(error as Error).name}: ${(error as Error).message}`);
    }
  }
}

/** Starts a child that outlives this process, and ends when and as it is told. */
export async function leaveChild(
  form: 'async' | 'sync',
  how: 'exit' | 'killed',
  go: Event,
  queue: Queue<unknown>,
): Promise<void> {
  new Process({ target: outlive, args: [form, queue], daemon: false }).start();
  await go.wait();
  if (how === 'exit') process.exit();
  await sleep();
}

export async function outlive(form: 'async' | 'sync', queue: Queue<unknown>): Promise<void> {
  const parent = parentProcess()!;
  await queue.put([parent.isAlive(), parent.tryJoin(), await parent.join({ timeout: 5 }), parent.joinSync({ timeout: 5 })]);
  const ended = form === 'async' ? await parent.join() : parent.joinSync();
  await queue.put([ended, parent.isAlive(), parent.tryJoin(), await parent.join(), parent.joinSync()]);
}

export function startUndaemonic(queue: Queue<string>): void {
  queue.putSync(`inherits ${new Process({ target: sleep }).daemon}`);
  try {
    new Process({ target: sleep, name: 'Free', daemon: false }).start();
  } catch (error) {
    queue.putSync(`${(error as Error).name}: ${(error as Error).message}`);
  }
}

/** What other programs of this user can read of this process. */
export function lookForKey(queue: Queue<unknown>): void {
  const { authkey } = currentProcess();
  const open = ['environ', 'cmdline'].map((name) => readFileSync(`/proc/self/${name}`));
  const forms = [authkey, Buffer.from(authkey.toString('hex')), Buffer.from(authkey.toString('base64'))];
  queue.putSync(open.some((text) => forms.some((form) => text.includes(form))));
}

export function takeNewKey(queue: Queue<unknown>): void {
  currentProcess().authkey = 'changed here';
  new Process({ target: see, args: [queue as Queue<Seen>] }).start().joinSync();
}

export async function until(event: Event): Promise<void> {
  await event.wait();
}
