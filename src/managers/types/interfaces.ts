/**
 * What the objects of a manager and those in shared memory have in common, so that a function takes either. Only members that are, or may be, async: await
 * what they return.
 */
import type { WaitOptions } from '../../base/deadlines.ts';

/** A value, or a promise of one. */
export type Awaitable<T> = T | PromiseLike<T>;

/** One acquisition, to be given back: `await using hold = await lock.hold();`. */
export interface HoldLike extends Disposable {
  /** Whether the holder before died while it held the lock. */
  readonly abandoned: boolean;
  /** Gives it back. A second call does nothing. */
  release(): Awaitable<void>;
}

/** Lock, RLock and their proxies. */
export interface LockLike {
  acquire(options?: WaitOptions): Promise<boolean>;
  release(): Awaitable<void>;
  locked(): Awaitable<boolean>;
  hold(options?: WaitOptions): Promise<HoldLike>;
  runExclusive<R>(fn: (hold: HoldLike) => R | PromiseLike<R>, options?: WaitOptions): Promise<Awaited<R>>;
}

/** Semaphore, BoundedSemaphore and their proxies. */
export interface SemaphoreLike extends LockLike {
  release(n?: number): Awaitable<void>;
  getValue(): Awaitable<number>;
}

/** Condition and its proxy. */
export interface ConditionLike extends LockLike {
  wait(options?: WaitOptions): Promise<boolean>;
  waitFor(predicate: () => unknown, options?: WaitOptions): Promise<boolean>;
  notify(n?: number): Awaitable<void>;
  notifyAll(): Awaitable<void>;
}

/** Event and its proxy. */
export interface EventLike {
  isSet(): Awaitable<boolean>;
  set(): Awaitable<void>;
  clear(): Awaitable<void>;
  wait(options?: WaitOptions): Promise<boolean>;
}

/** Barrier and its proxy. */
export interface BarrierLike {
  wait(options?: WaitOptions): Promise<number>;
  reset(): Awaitable<void>;
  abort(): Awaitable<void>;
  readonly parties: Awaitable<number>;
  readonly nWaiting: Awaitable<number>;
  readonly broken: Awaitable<boolean>;
}

/** Queue and its proxy. */
export interface QueueLike<T> extends AsyncIterable<T> {
  put(item: T, options?: WaitOptions): Promise<void>;
  get(options?: WaitOptions): Promise<T>;
  tryPut(item: T): Awaitable<boolean>;
  tryGet(): Awaitable<T | undefined>;
  putMany(items: Iterable<T>, options?: WaitOptions): Promise<void>;
  getMany(max: number, options?: WaitOptions): Promise<T[]>;
  qsize(): Awaitable<number>;
  empty(): Awaitable<boolean>;
  full(): Awaitable<boolean>;
  close(): Awaitable<void>;
}

/** An item of a JoinableQueue or of its proxy. */
export interface TaskLike<T> {
  readonly value: T;
  /** Whether it was handed out before, to one that ended before it had reported it done. */
  readonly redelivered: boolean;
  /** Exactly this item is done. */
  done(): Awaitable<void>;
}

/** JoinableQueue and its proxy. */
export interface JoinableQueueLike<T> extends QueueLike<T> {
  taskDone(): Awaitable<void>;
  getTask(options?: WaitOptions): Promise<TaskLike<T>>;
  tryGetTask(): Awaitable<TaskLike<T> | undefined>;
  tasks(): AsyncIterable<TaskLike<T>>;
  join(options?: WaitOptions): Promise<void>;
  tryJoin(): Awaitable<boolean>;
}
