/** Both forms of an operation that waits, for tests that hold for each. */
import type { Barrier, Condition, Event, JoinableQueue, Lock, Queue } from 'multiproc';
import type {
  Awaitable,
  BarrierLike,
  ConditionLike,
  Context,
  EventLike,
  JoinableQueueLike,
  Limit,
  LockLike,
  QueueLike,
} from './context.js';

export type Form = 'async' | 'sync';

export function formsOf(context: Context): readonly Form[] {
  return context.hasSync ? ['async', 'sync'] : ['async'];
}

/** For the n-th of several workers, so that they meet others of both forms. */
export function formOf(context: Context, n: number): Form {
  const forms = formsOf(context);
  return forms[n % forms.length];
}

export function acquire(form: Form, lock: LockLike, limit?: Limit): Awaitable<boolean> {
  return form === 'async' ? lock.acquire(limit) : (lock as Lock).acquireSync(limit);
}

export function hold(form: Form, lock: LockLike, limit?: Limit): Awaitable<Disposable> {
  return form === 'async' ? lock.hold(limit) : (lock as Lock).holdSync(limit);
}

export function wait(form: Form, event: EventLike | ConditionLike, limit?: Limit): Awaitable<boolean> {
  return form === 'async' ? event.wait(limit) : (event as Event | Condition).waitSync(limit);
}

/** `predicate` may be async: only the async form can await it. */
export function waitFor(form: Form, condition: ConditionLike, predicate: () => unknown, limit?: Limit): Awaitable<boolean> {
  return form === 'async' ? condition.waitFor(predicate, limit) : (condition as Condition).waitForSync(predicate, limit);
}

export function pass(form: Form, barrier: BarrierLike, limit?: Limit): Awaitable<number> {
  return form === 'async' ? barrier.wait(limit) : (barrier as Barrier).waitSync(limit);
}

/** Also what a SimpleQueue can. */
export type Putting<T> = Pick<QueueLike<T>, 'put'>;
export type Getting<T> = Pick<QueueLike<T>, 'get'>;

export function put<T>(form: Form, queue: Putting<T>, item: T, limit?: Limit): Awaitable<unknown> {
  return form === 'async' ? queue.put(item, limit) : (queue as unknown as Queue<T>).putSync(item, limit);
}

export function get<T>(form: Form, queue: Getting<T>, limit?: Limit): Awaitable<T> {
  return form === 'async' ? queue.get(limit) : (queue as unknown as Queue<T>).getSync(limit);
}

export function join(form: Form, queue: JoinableQueueLike<unknown>, limit?: Limit): Awaitable<void> {
  return form === 'async' ? queue.join(limit) : (queue as JoinableQueue<unknown>).joinSync(limit);
}
