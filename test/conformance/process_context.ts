/** Worker processes, and objects in shared memory. */
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  JoinableQueue,
  Lock,
  Pipe,
  Process,
  Queue,
  RLock,
  Semaphore,
  SharedArray,
  SimpleQueue,
  Value,
  wait,
  waitSync,
} from 'multiproc';
import { RawArray, RawValue } from 'multiproc/sharedctypes';
import { sweepCollected } from '#dist/memory/collected.js';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import type { SyncContext, Worker } from './context.js';

export const processContext: SyncContext = {
  name: 'process',
  ownName: 'MainProcess',
  hasSync: true,
  start<A extends readonly unknown[]>(target: (...args: A) => unknown, args: readonly [...A]): Worker {
    return new Process<any>({ target, args, daemon: true }).start();
  },
  problems: () => fsck(session()),
  collect: sweepCollected,
  bytesInUse() {
    const { reserved, free } = session().heap.stats();
    return reserved - free;
  },
  Lock: () => new Lock(),
  RLock: () => new RLock(),
  Semaphore: (n) => new Semaphore(n),
  BoundedSemaphore: (n) => new BoundedSemaphore(n),
  Condition: (lock) => new Condition(lock),
  Event: () => new Event(),
  Barrier: (parties, options) => new Barrier(parties, options),
  Queue: (maxsize) => new Queue(maxsize),
  JoinableQueue: (maxsize) => new JoinableQueue(maxsize),
  SimpleQueue: () => new SimpleQueue(),
  Pipe,
  wait,
  waitSync,
  Tally: (initial = 0) => new Value('i', initial),
  Value,
  Array: SharedArray,
  RawValue,
  RawArray,
};
