import type { Connection } from '#dist/channels/connection.js';
import type { Barrier } from '#dist/sync/barrier.js';
import type { BoundedSemaphore } from '#dist/sync/bounded_semaphore.js';
import type { Condition } from '#dist/sync/condition.js';
import type { Event } from '#dist/sync/event.js';
import type { Lock } from '#dist/sync/lock.js';
import type { RLock } from '#dist/sync/rlock.js';
import type { Semaphore } from '#dist/sync/semaphore.js';
import { join, tell } from '../../support/join.js';

export type All = [Lock, RLock, Semaphore, BoundedSemaphore, Condition, Event, Barrier];

/** Uses each object that comes; the parent sees what became of it. */
const [from] = join<[Connection<All, never>]>();
const [lock, rlock, semaphore, bounded, condition, event, barrier] = await from.recv();
lock.acquireSync();
rlock.acquireSync();
semaphore.acquireSync();
bounded.acquireSync();
await event.wait();
await condition.runExclusive(() => condition.notify());
tell([lock, rlock, semaphore, bounded, condition, event, barrier].map(String));
await barrier.wait();
bounded.release();
semaphore.release();
rlock.release();
lock.release();
