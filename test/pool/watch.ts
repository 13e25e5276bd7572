/** What a test sees of pools from outside: their workers, by the events of the library, and what a process holds. */
import assert from 'node:assert/strict';
import { subscribe } from 'node:diagnostics_channel';
import { readdirSync } from 'node:fs';
import { Pool } from 'multiproc';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { children, within } from './support.js';
import { square } from './tasks.js';

export interface Staff {
  /** Pids of workers that have started and not been seen to end. */
  readonly alive: Set<number>;
  /** Pids of those whose initialiser has run. */
  readonly ready: Set<number>;
  /** How many have ended. */
  exits: number;
  /** Called as one starts, before anything else learns of it. */
  onStart: ((pid: number) => void) | undefined;
}

/** All workers of this process's pools, from now on. */
export function workers(): Staff {
  const staff: Staff = { alive: new Set(), ready: new Set(), exits: 0, onStart: undefined };
  const pidOf = (message: unknown): number => (message as { pid: number }).pid;
  subscribe('multiproc:pool.worker.start', (message) => {
    staff.alive.add(pidOf(message));
    staff.onStart?.(pidOf(message));
  });
  subscribe('multiproc:pool.worker.ready', (message) => staff.ready.add(pidOf(message)));
  subscribe('multiproc:pool.worker.exit', (message) => {
    staff.alive.delete(pidOf(message));
    staff.ready.delete(pidOf(message));
    staff.exits++;
  });
  return staff;
}

const descriptors = (): number => readdirSync('/proc/self/fd').length;
const heapUse = (): number => {
  const { reserved, free } = session().heap.stats();
  return reserved - free;
};

/** What this process holds before and after. */
export class Balance {
  #descriptors = 0;
  #heap = 0;
  #listeners = 0;

  /** After a first pool: what a session opens once is no leak. */
  async begin(): Promise<void> {
    const pool = new Pool(1);
    await pool.map(square, [1, 2, 3]);
    pool.close();
    await within(pool.join(), 'join()');
    this.#descriptors = descriptors();
    this.#heap = heapUse();
    this.#listeners = listeners();
  }

  async check(): Promise<void> {
    // What libuv closes when it has told of the end of a process.
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(children(), [], 'children');
    assert.deepEqual(fsck(session()), []);
    assert.equal(heapUse(), this.#heap, 'bytes of shared memory in use');
    assert.ok(descriptors() <= this.#descriptors + 2, `${this.#descriptors} descriptors before, ${descriptors()} after`);
    assert.equal(listeners(), this.#listeners, 'listeners of the process');
    assert.deepEqual(
      process.getActiveResourcesInfo().filter((resource) => /Process/.test(resource)),
      [],
    );
  }
}

const listeners = (): number => process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
