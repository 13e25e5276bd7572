/** Proxies of Queue and JoinableQueue. */
import type { WaitOptions, WaitSyncOptions } from '../../base/deadlines.ts';
import { QueueShutDown } from '../../base/errors.ts';
import { BaseProxy } from '../proxy.ts';
import { registerProxyClass } from '../proxy_classes.ts';
import type { Stay } from '../stay.ts';
import type { JoinableQueueLike, QueueLike } from './interfaces.ts';
import type { TaskDelivery } from './joinable_queue.ts';
import type { Delivery } from './queue.ts';
import { ManagedTask } from './task.ts';

/** What is made of that which the server gives. */
type Open<D, R> = (given: D, queue: Stay) => R;

/** A queue of a manager, first in, first out. Those who wait are served in the order in which they came. */
export class QueueProxy<T = unknown> extends BaseProxy<never> implements QueueLike<T> {
  /** Puts an item. Waits while the queue is full; QueueFull when it stays so for `timeout` ms. SerializationError; QueueShutDown when the queue is closed. */
  put(item: T, options?: WaitOptions): Promise<void> {
    return this.callMethod('put', [item, options]);
  }

  /** The same without waiting: false when the queue is full. */
  tryPut(item: T): Promise<boolean> {
    return this.callMethod('tryPut', [item]);
  }

  /** Puts items one after the other, in one call. When time runs out those before are in: QueueFull says how many. */
  putMany(items: Iterable<T>, options?: WaitOptions): Promise<void> {
    return this.callMethod('putMany', [[...items], options]);
  }

  /** The next item. Waits for one; QueueEmpty when none comes for `timeout` ms. QueueShutDown when the queue is closed and drained. */
  get(options?: WaitOptions): Promise<T> {
    return this.receive('getDelivery', [options], receivedFrom<T>);
  }

  /** The same without waiting: undefined when the queue is empty. */
  tryGet(): Promise<T | undefined> {
    return this.receive('tryGetDelivery', [], receivedIf<T>);
  }

  /** Waits for one item, as `get`, and returns it with those that are there already: `max` at the most, in one call. */
  getMany(max: number, options?: WaitOptions): Promise<T[]> {
    return this.receive('getManyDeliveries', [max, options], receivedAll<T>);
  }

  qsize(): Promise<number> {
    return this.callMethod('qsize');
  }

  /** Whether there is nothing to get. */
  empty(): Promise<boolean> {
    return this.callMethod('empty');
  }

  /** Whether `put` would wait. */
  full(): Promise<boolean> {
    return this.callMethod('full');
  }

  /** Closes the queue for everybody: `put` rejects with QueueShutDown from now on, `get` once the queue is drained. */
  close(): Promise<void> {
    return this.callMethod('close');
  }

  /** Items until the queue is closed and drained. */
  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return untilDrained(() => this.get());
  }

  /** The blocking methods; those that get items confirm them, too. */
  override get sync(): any {
    this.#sync ??= new Proxy(super.sync, {
      get: (others, name) => (Object.hasOwn(this.#blockingGets, name) ? this.#blockingGets[name as 'get'] : others[name]),
    });
    return this.#sync;
  }

  #sync: unknown;
  readonly #blockingGets = this.blockingGets();

  /** @internal What gets items is not to be had of the server as it is. */
  protected blockingGets(): Record<string | symbol, (...args: any[]) => unknown> {
    const get = (): T => this.receiveSync('getDelivery', [], receivedFrom<T>);
    return {
      [Symbol.iterator]: () => untilDrainedSync(get),
      get: (options?: WaitSyncOptions) => this.receiveSync('getDelivery', [options], receivedFrom<T>),
      tryGet: () => this.receiveSync('tryGetDelivery', [], receivedIf<T>),
      getMany: (max: number, options?: WaitSyncOptions) => this.receiveSync('getManyDeliveries', [max, options], receivedAll<T>),
    };
  }

  /** @internal The proxy may be given up meanwhile: what it gets comes, and is confirmed. */
  protected async receive<D, R>(method: string, args: readonly unknown[], open: Open<D, R>): Promise<R> {
    const queue = this.stay();
    try {
      return open(await this.callMethod<D>(method, args), queue);
    } finally {
      queue.release();
    }
  }

  /** @internal The same, blocking the thread. */
  protected receiveSync<D, R>(method: string, args: readonly unknown[], open: Open<D, R>): R {
    const queue = this.stay();
    try {
      return open(this.callMethodSync<D>(method, args), queue);
    } finally {
      queue.release();
    }
  }
}

/** Confirmed before anybody sees it: of a process that is killed either the queue has an item or it has. */
function receivedFrom<T>([ticket, item]: Delivery<T>, queue: Stay): T {
  if (ticket !== 0) queue.confirm(ticket);
  return item;
}

function receivedIf<T>(delivery: Delivery<T> | undefined, queue: Stay): T | undefined {
  return delivery && receivedFrom(delivery, queue);
}

function receivedAll<T>(deliveries: readonly Delivery<T>[], queue: Stay): T[] {
  const [first = 0, ...others] = deliveries.map(([ticket]) => ticket);
  if (first !== 0) queue.confirm(first, others);
  return deliveries.map(([, item]) => item);
}

async function* untilDrained<R>(get: () => Promise<R>): AsyncGenerator<R, void, undefined> {
  for (;;) {
    let item: R;
    try {
      item = await get();
    } catch (error) {
      if (error instanceof QueueShutDown) return;
      throw error;
    }
    yield item;
  }
}

function* untilDrainedSync<R>(get: () => R): Generator<R, void, undefined> {
  for (;;) {
    let item: R;
    try {
      item = get();
    } catch (error) {
      if (error instanceof QueueShutDown) return;
      throw error;
    }
    yield item;
  }
}

/** A queue of a manager whose items are to be reported done. What a client that is gone had got and not done is handed out again, before all that was put later. */
export class JoinableQueueProxy<T = unknown> extends QueueProxy<T> implements JoinableQueueLike<T> {
  /** As `get`, with what says whether the item was handed out before, and reports exactly this item done. */
  getTask(options?: WaitOptions): Promise<ManagedTask<T>> {
    return this.receive('getTask', [options], taskOf<T>);
  }

  /** The same without waiting: undefined when the queue is empty. */
  tryGetTask(): Promise<ManagedTask<T> | undefined> {
    return this.receive('tryGetTask', [], taskIf<T>);
  }

  /** Items with their `done`, until the queue is closed and drained. */
  tasks(): AsyncGenerator<ManagedTask<T>, void, undefined> {
    return untilDrained(() => this.getTask());
  }

  /** The first item that this client got by `get` is done, or where it has none the first of all that were got so. NotHeldError when there is none. */
  taskDone(): Promise<void> {
    return this.callMethod('taskDone');
  }

  /** Waits until everything that was put is done; TimeoutError when it is not for `timeout` ms. */
  join(options?: WaitOptions): Promise<void> {
    return this.callMethod('join', [options]);
  }

  /** The same without waiting: whether everything is done. */
  tryJoin(): Promise<boolean> {
    return this.callMethod('tryJoin');
  }

  /** @internal */
  protected override blockingGets(): Record<string | symbol, (...args: any[]) => unknown> {
    return {
      ...super.blockingGets(),
      getTask: (options?: WaitSyncOptions) => this.receiveSync('getTask', [options], taskOf<T>),
      tryGetTask: () => this.receiveSync('tryGetTask', [], taskIf<T>),
    };
  }
}

function taskOf<T>(delivery: TaskDelivery<T>, queue: Stay): ManagedTask<T> {
  return new ManagedTask(delivery, queue.again());
}

function taskIf<T>(delivery: TaskDelivery<T> | undefined, queue: Stay): ManagedTask<T> | undefined {
  return delivery && taskOf(delivery, queue);
}

registerProxyClass('Queue', QueueProxy);
registerProxyClass('JoinableQueue', JoinableQueueProxy);
