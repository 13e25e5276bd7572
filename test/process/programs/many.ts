/** Starts many processes one after the other, and compares what the program holds before and after. */
import { readdirSync, readFileSync } from 'node:fs';
import { isMain, Process } from 'multiproc';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { nothing, print } from './tasks.js';

interface Holdings {
  readonly descriptors: number;
  readonly doorbells: number;
  readonly participants: number;
  readonly highSlot: number;
  readonly objects: number;
  readonly heap: number;
  readonly listeners: string;
  readonly children: string;
}

function holdings(): Holdings {
  const { participants, heap, objects, directory } = session();
  const { reserved, free } = heap.stats();
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    doorbells: readdirSync(directory).length,
    participants: [...participants.listed()].length,
    highSlot: participants.highSlot,
    objects: [...objects.live()].length,
    heap: reserved - free,
    listeners: process
      .eventNames()
      .map((name) => `${String(name)} ${process.listenerCount(name)}`)
      .join(),
    children: readdirSync('/proc/self/task').map(childrenOf).join(''),
  };
}

function childrenOf(task: string): string {
  return readFileSync(`/proc/self/task/${task}/children`, 'latin1');
}

/** Processes of all sorts in turn. */
function make(number: number): Process {
  if (number % 5 === 1) return new Process({ target: print, args: ['x'.repeat(10_000)], stdio: 'pipe' });
  return new Process({ target: nothing, stdio: number % 5 === 2 ? 'pipe' : 'ignore', daemon: number % 5 === 3 });
}

async function round(number: number): Promise<void> {
  const child = make(number).start();
  if (number % 5 === 3) child.kill();
  if (number % 5 === 4) child.joinSync();
  await child.join();
  child.close();
}

if (isMain(import.meta)) {
  const [, , rounds] = process.argv;
  for (let number = 0; number < 10; number++) await round(number);
  const before = await settled();
  for (let number = 0; number < Number(rounds); number++) await round(number);
  const after = await settled();
  console.log(JSON.stringify({ before, after, fsck: fsck(session()) }));
}

/** Pipes close a turn or two after the exit. */
async function settled(): Promise<Holdings> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  return holdings();
}
