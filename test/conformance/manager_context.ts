/** Worker processes, and objects of a manager. */
import { Process } from 'multiproc';
import type { SyncManager } from 'multiproc/managers';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import type { AsyncContext, Worker } from './context.js';

export function managerContext(m: SyncManager): AsyncContext {
  return {
    name: 'manager',
    ownName: 'MainProcess',
    hasSync: false,
    start<A extends readonly unknown[]>(target: (...args: A) => unknown, args: readonly [...A]): Worker {
      return new Process<any>({ target, args, daemon: true }).start();
    },
    problems: () => fsck(session()),
    Lock: () => m.Lock(),
    RLock: () => m.RLock(),
    Semaphore: (n) => m.Semaphore(n),
    BoundedSemaphore: (n) => m.BoundedSemaphore(n),
    Condition: () => m.Condition(),
    Event: () => m.Event(),
    Barrier: (parties, options) => m.Barrier(parties, options),
    Queue: <T>(maxsize?: number) => m.Queue<T>(maxsize),
    JoinableQueue: <T>(maxsize?: number) => m.JoinableQueue<T>(maxsize),
    Tally: (initial = 0) => m.Value('i', initial),
  };
}
