/**
 * What the suites need of a context, so that processes, threads and managers pass the same tests. Suites await everything: the objects of a
 * manager have async members only. Where there are sync forms as well, `hasSync` says so, and the objects are the package's own.
 */
import type {
  Barrier,
  BarrierOptions,
  BoundedSemaphore,
  Condition,
  Event,
  JoinableQueue,
  Lock,
  Pipe,
  Queue,
  RLock,
  Semaphore,
  SharedArray,
  SimpleQueue,
  Value,
  Waitable,
  wait,
  waitSync,
} from 'multiproc';
import type {
  Awaitable,
  BarrierLike,
  ConditionLike,
  EventLike,
  JoinableQueueLike,
  LockLike,
  QueueLike,
  SemaphoreLike,
  TaskLike,
} from 'multiproc/managers';
import type { RawArray, RawValue } from 'multiproc/sharedctypes';

export type { Awaitable, BarrierLike, ConditionLike, EventLike, JoinableQueueLike, LockLike, QueueLike, SemaphoreLike, TaskLike };

export interface Limit {
  readonly timeout?: number;
}

/** A number that all can add to at once. */
export interface TallyLike {
  readonly value: Awaitable<number>;
  add(difference: number): Awaitable<unknown>;
}

export interface Worker {
  /** What text forms call it. */
  readonly name: string;
  /** Its exit code. */
  join(): Promise<number | null>;
  kill(): void;
  /** Its end, where that can be waited for. */
  readonly sentinel?: Waitable;
}

interface AnyContext {
  readonly name: string;
  /** Tests that ask for what its objects do not have. */
  readonly lacks?: readonly string[];
  /** What text forms call the thread that the tests run in. */
  readonly ownName: string;
  /** Starts a worker that runs a function which its module exports. */
  start<A extends readonly unknown[]>(target: (...args: A) => unknown, args: readonly [...A]): Worker;
  /** What is wrong with shared memory now that nobody uses it, one line each. */
  problems(): readonly string[];
}

export interface AsyncContext extends AnyContext {
  readonly hasSync: false;
  Lock(): Awaitable<LockLike>;
  RLock(): Awaitable<LockLike>;
  Semaphore(n?: number): Awaitable<SemaphoreLike>;
  BoundedSemaphore(n?: number): Awaitable<SemaphoreLike>;
  Condition(): Awaitable<ConditionLike>;
  Event(): Awaitable<EventLike>;
  Barrier(parties: number, options?: BarrierOptions): Awaitable<BarrierLike>;
  Queue<T>(maxsize?: number): Awaitable<QueueLike<T>>;
  JoinableQueue<T>(maxsize?: number): Awaitable<JoinableQueueLike<T>>;
  Tally(initial?: number): Awaitable<TallyLike>;
}

export interface SyncContext extends AnyContext {
  readonly hasSync: true;
  Lock(): Lock;
  RLock(): RLock;
  Semaphore(n?: number): Semaphore;
  BoundedSemaphore(n?: number): BoundedSemaphore;
  Condition(lock?: Lock | RLock): Condition;
  Event(): Event;
  Barrier(parties: number, options?: BarrierOptions): Barrier;
  Queue<T>(maxsize?: number): Queue<T>;
  JoinableQueue<T>(maxsize?: number): JoinableQueue<T>;
  /** Managers have none. */
  SimpleQueue<T>(): SimpleQueue<T>;
  Tally(initial?: number): Value<'i'>;
  readonly Pipe: typeof Pipe;
  readonly wait: typeof wait;
  readonly waitSync: typeof waitSync;
  /** Gives back what this thread does not refer to any more. */
  collect(): void;
  bytesInUse(): number;
  /** The kinds that only shared memory has. */
  readonly Value: typeof Value;
  readonly Array: typeof SharedArray;
  readonly RawValue: typeof RawValue;
  readonly RawArray: typeof RawArray;
}

export type Context = AsyncContext | SyncContext;
