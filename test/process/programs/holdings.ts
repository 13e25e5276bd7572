/** What a program holds: to be the same before and after. */
import { readdirSync, readFileSync } from 'node:fs';
import { session } from '#dist/memory/session.js';

export interface Holdings {
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

/** Pipes close a turn or two after the exit. */
export async function settled(): Promise<Holdings> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  return holdings();
}
