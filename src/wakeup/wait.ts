/** `wait(objects)`: the first of many, whatever they are. */
import type { Socket } from 'node:net';
import { checkTimeout, type WaitOptions, type WaitSyncOptions } from '../base/deadlines.ts';
import { argumentTypeError, DeadlockError } from '../base/errors.ts';
import { soon } from '../base/event_loop.ts';
import type { OwnerWord } from '../memory/participants.ts';
import { session } from '../memory/session.ts';
import { blockingSocketState, isSocket, socketState } from './socket_state.ts';
import { type SharedWaitable, type WaitDescriptor, type WaitState, waitState } from './waitable.ts';
import { waiting } from './waiting.ts';

/** What can be waited for: a Connection that can be read, a started Process, its sentinel, a queue, an Event, a `net.Socket`. */
export type Waitable = SharedWaitable | Socket;

/**
 * Waits until at least one of the objects is ready, and returns all that are then, in the order given; [] when time runs out. Nothing is consumed.
 *
 * Ready is a connection when a message is there or the stream has ended; a process or sentinel when the process has ended; a queue when an item is there or it
 * was closed; an event when it is set; a `net.Socket` when its buffer has data or it has ended (one with 'data' listeners: when it has ended).
 * Throws TypeError for anything else, ConnectionClosedError for a connection that was closed here or only sends, ProcessError for a process that was not
 * started, DeadlockError for no objects and no time limit. Follows `multiprocessing.connection.wait`.
 */
export function wait<T extends Waitable>(objects: Iterable<T>, options?: WaitOptions): Promise<T[]> {
  try {
    const timeout = checkTimeout(options);
    options?.signal?.throwIfAborted();
    const group = new Group(objects, false, timeout);
    const ready = group.ready() ?? (timeout === 0 ? group.readyAtLast() : undefined);
    return ready ? soon(ready) : group.wait(timeout, options?.signal);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** The same, blocking the thread. A socket is also ready when the kernel has something for it: it comes to the socket's buffer by a turn of the event loop. */
export function waitSync<T extends Waitable>(objects: Iterable<T>, options?: WaitSyncOptions): T[] {
  const timeout = checkTimeout(options);
  const group = new Group(objects, true, timeout);
  return group.ready() ?? (timeout === 0 ? group.readyAtLast() : group.waitSync(timeout));
}

/** The same without waiting: [] when none is ready. */
export function tryWait<T extends Waitable>(objects: Iterable<T>): T[] {
  const group = new Group(objects, false, 0);
  return group.ready() ?? group.readyAtLast();
}

class Group<T extends Waitable> {
  readonly #objects: readonly T[];
  readonly #states: readonly WaitState[];

  constructor(objects: Iterable<T>, blocking: boolean, timeout: number) {
    this.#objects = listOf(objects);
    // Nobody may have needed shared memory so far.
    session();
    this.#states = this.#objects.map((object, index) => stateOf(object, index, blocking));
    if (this.#objects.length === 0 && timeout === Infinity)
      throw new DeadlockError('wait() was given no objects and no timeout: it would wait for ever');
  }

  /** Those that are ready; undefined = none. Once one is, all are looked at, so that those before it are as new as it is. */
  ready(): T[] | undefined {
    if (!this.#states.some((state) => state.isReady())) return undefined;
    const ready = this.#objects.filter((_, i) => this.#states[i].isReady());
    return ready.length > 0 ? ready : undefined;
  }

  /** After a `ready` that found nothing and will not wait: somebody may have died unnoticed. */
  readyAtLast(): T[] {
    waiting().glance(() => this.#suspects());
    return this.ready() ?? [];
  }

  async wait(timeout: number, signal: AbortSignal | undefined): Promise<T[]> {
    const look = (): void => waiting().lookSoon();
    const ends = this.#states.map((state) => state.watch?.(look));
    try {
      const options = { timeout, signal, suspects: () => this.#suspects() };
      return this.#passedOn(await waiting().wait(this.#sets, () => this.ready(), options));
    } finally {
      for (const end of ends) end?.();
    }
  }

  waitSync(timeout: number): T[] {
    const descriptors: WaitDescriptor[] = [];
    try {
      for (const { descriptor } of this.#states) {
        const opened = descriptor?.();
        if (opened) descriptors.push(opened);
      }
      const more = descriptors.map(({ fd }) => fd);
      const options = { timeout, suspects: () => this.#suspects(), what: 'waitSync()' };
      return this.#passedOn(waiting().waitSync(this.#sets, () => this.ready(), options, more));
    } finally {
      for (const { close } of descriptors) close?.();
    }
  }

  get #sets(): WaitState['sets'] {
    return this.#states.flatMap(({ sets }) => sets);
  }

  *#suspects(): Generator<OwnerWord> {
    for (const { suspects } of this.#states) if (suspects) yield* suspects();
  }

  /** Nothing was taken: if somebody else sleeps until one of these is ready, it may have been we who were rung instead. */
  #passedOn(ready: T[] | undefined): T[] {
    if (ready === undefined) return [];
    for (const state of this.#states) if (state.isReady()) for (const set of state.sets) waiting().wake(set);
    return ready;
  }
}

function listOf<T>(objects: Iterable<T>): readonly T[] {
  if (typeof objects === 'object' && objects !== null && Symbol.iterator in objects) return [...objects];
  throw argumentTypeError(`objects must be an array (or a Set or the like) of what is waited for, not ${kindOf(objects)}`);
}

function stateOf(object: unknown, index: number, blocking: boolean): WaitState {
  const state = (object as Partial<SharedWaitable> | null | undefined)?.[waitState];
  if (typeof state === 'function') return state.call(object);
  if (isSocket(object)) return blocking ? blockingSocketState(object, index) : socketState(object);
  throw argumentTypeError(
    `objects[${index}] is ${kindOf(object)}: wait() takes connections, processes, their sentinels, queues, events and net.Sockets`,
  );
}

function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : `a ${typeof value}`;
  return `an instance of ${value.constructor?.name ?? 'no class'}`;
}
