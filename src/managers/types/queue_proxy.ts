/** Proxies of Queue and JoinableQueue. */
import type { WaitOptions, WaitSyncOptions } from '../../base/deadlines.ts';
import { QueueShutDown } from '../../base/errors.ts';
import { BaseProxy } from '../proxy.ts';
import { registerProxyClass } from '../proxy_classes.ts';
import type { JoinableQueueLike, QueueLike } from './interfaces.ts';
import type { Delivery } from './queue.ts';

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
  async get(options?: WaitOptions): Promise<T> {
    return this.#received(await this.callMethod<Delivery<T>>('getDelivery', [options]));
  }

  /** The same without waiting: undefined when the queue is empty. */
  async tryGet(): Promise<T | undefined> {
    return this.#receivedIf(await this.callMethod<Delivery<T> | undefined>('tryGetDelivery'));
  }

  /** Waits for one item, as `get`, and returns it with those that are there already: `max` at the most, in one call. */
  async getMany(max: number, options?: WaitOptions): Promise<T[]> {
    return this.#receivedAll(await this.callMethod<Delivery<T>[]>('getManyDeliveries', [max, options]));
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
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      let item: T;
      try {
        item = await this.get();
      } catch (error) {
        if (error instanceof QueueShutDown) return;
        throw error;
      }
      yield item;
    }
  }

  /** The blocking methods; those that get items confirm them, too. */
  override get sync(): any {
    this.#sync ??= new Proxy(super.sync, {
      get: (others, name) => (Object.hasOwn(this.#blockingGets, name) ? this.#blockingGets[name as 'get'] : others[name]),
    });
    return this.#sync;
  }

  #sync: unknown;
  readonly #blockingGets = {
    get: (options?: WaitSyncOptions): T => this.#received(this.callMethodSync('getDelivery', [options])),
    tryGet: (): T | undefined => this.#receivedIf(this.callMethodSync('tryGetDelivery')),
    getMany: (max: number, options?: WaitSyncOptions): T[] =>
      this.#receivedAll(this.callMethodSync('getManyDeliveries', [max, options])),
  };

  #received([ticket, item]: Delivery<T>): T {
    this.#confirm([ticket]);
    return item;
  }

  #receivedIf(delivery: Delivery<T> | undefined): T | undefined {
    return delivery && this.#received(delivery);
  }

  #receivedAll(deliveries: readonly Delivery<T>[]): T[] {
    this.#confirm(deliveries.map(([ticket]) => ticket));
    return deliveries.map(([, item]) => item);
  }

  /** Before anybody sees them: of a process that is killed either the queue has an item or it has. */
  #confirm(tickets: readonly number[]): void {
    if (tickets.length > 0 && tickets[0] !== 0) this.sendMethod('took', tickets);
  }
}

/** A queue of a manager whose items are to be reported done. What a client that is gone had got and not done is handed out again, before all that was put later. */
export class JoinableQueueProxy<T = unknown> extends QueueProxy<T> implements JoinableQueueLike<T> {
  /** The first item that this client got is done, or where it has none the first of all that were got. NotHeldError when there is none. */
  taskDone(): Promise<void> {
    return this.callMethod('taskDone');
  }

  /** Waits until everything that was put is done; TimeoutError when it is not for `timeout` ms. */
  join(options?: WaitOptions): Promise<void> {
    return this.callMethod('join', [options]);
  }
}

registerProxyClass('Queue', QueueProxy);
registerProxyClass('JoinableQueue', JoinableQueueProxy);
