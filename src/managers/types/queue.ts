/** The queue of a manager. Those who wait to put or to get are served in the order in which they came. */

import { checkTimeout, Deadline, type WaitOptions } from '../../base/deadlines.ts';
import { QueueEmpty, QueueFull, QueueShutDown } from '../../base/errors.ts';
import { checkMax, checkMaxsize } from '../../channels/queue.ts';
import { type ArgumentCounts, methodsOf } from '../argument_counts.ts';
import { type Caller, caller } from '../caller.ts';
import { Deliveries } from './deliveries.ts';
import { Fifo } from './fifo.ts';
import { WaitingLine } from './waiting_line.ts';

/** What a client is given of an item. */
export type Give<T> = (client: Caller, item: T) => unknown;
/** An item that is to be confirmed by its ticket; 0 = not to be. */
export type Delivery<T> = readonly [ticket: number, item: T];

/** `multiprocessing.managers`' Queue, in the manager's server. */
export class ManagedQueue<T = unknown> {
  /** With how many arguments it is made, and its methods are called. */
  static readonly argumentCounts: ArgumentCounts = {
    new: [0, 1],
    put: [1, 2],
    tryPut: 1,
    putMany: [1, 2],
    get: [0, 1],
    getDelivery: [0, 1],
    tryGet: 0,
    tryGetDelivery: 0,
    getMany: [1, 2],
    getManyDeliveries: [1, 2],
    qsize: 0,
    empty: 0,
    full: 0,
    close: 0,
  };
  /** What clients may call. */
  static readonly exposed: readonly string[] = methodsOf(ManagedQueue.argumentCounts);

  protected readonly items = new Fifo<T>();
  protected readonly getters = new WaitingLine<Give<T>, any>();
  readonly #deliveries = new Deliveries<T>(this, (items) => this.comeBack(items));
  readonly #putters = new WaitingLine<T, void>();
  readonly #maxsize: number;
  #isClosed = false;

  /** `maxsize` items at the most; 0: no bound. */
  constructor(maxsize = 0) {
    checkMaxsize(maxsize);
    this.#maxsize = maxsize;
  }

  // ---- putting

  put(item: T, options?: WaitOptions): void | Promise<void> {
    const timeout = checkTimeout(options);
    if (this.tryPut(item)) return;
    if (timeout === 0) throw this.#stayedFull(timeout);
    const client = caller();
    const late = (): never => {
      throw this.#stayedFull(timeout);
    };
    return this.#putters.join(client, item, { timeout, late, signal: client.signal });
  }

  tryPut(item: T): boolean {
    if (this.#isClosed) throw new QueueShutDown('this queue is closed: nothing can be put into it');
    if (this.full()) return false;
    this.added(1);
    this.items.push(item);
    this.serveGetters();
    return true;
  }

  /** One after the other: others may put between them. */
  async putMany(items: readonly T[], options?: WaitOptions): Promise<void> {
    const timeout = checkTimeout(options);
    const deadline = new Deadline(timeout);
    const client = caller();
    const { signal } = client;
    for (const [count, item] of items.entries()) {
      if (this.tryPut(item)) continue;
      const late = (): never => {
        throw this.#stayedFull(timeout, count);
      };
      await this.#putters.join(client, item, { timeout: Math.max(deadline.left(), 0), late, signal });
    }
  }

  // ---- getting

  get(options?: WaitOptions): T | Promise<T> {
    return this.getBy(this.#give, options) as T | Promise<T>;
  }

  /** The same for who confirms it: if it is gone before, the item is back at the front of the queue. */
  getDelivery(options?: WaitOptions): Delivery<T> | Promise<Delivery<T>> {
    return this.getBy(this.#deliver, options) as Delivery<T> | Promise<Delivery<T>>;
  }

  /** Undefined when the queue is empty. */
  tryGet(): T | undefined {
    return this.tryGetBy(this.#give) as T | undefined;
  }

  tryGetDelivery(): Delivery<T> | undefined {
    return this.tryGetBy(this.#deliver) as Delivery<T> | undefined;
  }

  /** Waits for one, and takes what is there, `max` at the most. */
  getMany(max: number, options?: WaitOptions): Promise<T[]> {
    return this.#getMany(max, options, this.#give) as Promise<T[]>;
  }

  getManyDeliveries(max: number, options?: WaitOptions): Promise<Delivery<T>[]> {
    return this.#getMany(max, options, this.#deliver) as Promise<Delivery<T>[]>;
  }

  // ---- state

  qsize(): number {
    return this.items.length;
  }

  empty(): boolean {
    return this.items.length === 0;
  }

  full(): boolean {
    return this.#maxsize > 0 && this.items.length >= this.#maxsize;
  }

  /** For everybody: nothing is put from now on, and who gets is told when it is drained. */
  close(): void {
    this.#isClosed = true;
    this.#putters.failAll(new QueueShutDown('this queue is closed: nothing can be put into it'));
    this.endGetters();
  }

  toString(): string {
    const what = [`qsize=${this.qsize()}`, ...(this.#maxsize > 0 ? [`maxsize=${this.#maxsize}`] : []), ...this.about()];
    return `<${this.name}(${what.join(', ')}${this.#isClosed ? ', closed' : ''})>`;
  }

  // ---- for JoinableQueue

  protected get name(): string {
    return 'Queue';
  }

  protected about(): readonly string[] {
    return [];
  }

  /** So many items have come in. */
  protected added(_count: number): void {}

  /** What a client gets by `get`. */
  protected given(_client: Caller, item: T): T {
    return item;
  }

  /** What a client gets that confirms it. */
  protected delivered(client: Caller, item: T): Delivery<T> {
    return [this.#deliveries.add(client, item), item];
  }

  /** Whether a client gets nothing any more. */
  protected isOver(_client: Caller): boolean {
    return this.#isClosed && this.items.length === 0;
  }

  /** Takes the first of the items, of which there is one. */
  protected take(): T {
    const item = this.items.shift();
    const { first } = this.#putters;
    if (first) {
      this.added(1);
      this.items.push(first.data);
      first.serve();
    }
    return item;
  }

  protected checkOver(client: Caller): void {
    if (this.isOver(client)) throw drained();
  }

  /** Tells those that wait in vain. */
  protected endGetters(): void {
    for (const wait of [...this.getters]) if (this.isOver(wait.caller)) wait.fail(drained());
  }

  /** Gives items that are there to those that wait for some. */
  protected serveGetters(): void {
    while (this.items.length > 0) {
      const { first } = this.getters;
      if (!first) return;
      first.serve(first.data(first.caller, this.take()));
    }
  }

  /** In front of all that were put later. */
  protected comeBack(items: readonly T[]): void {
    for (const item of [...items].reverse()) this.items.unshift(item);
    this.serveGetters();
    this.endGetters();
  }

  readonly #give: Give<T> = (client, item) => this.given(client, item);
  readonly #deliver: Give<T> = (client, item) => this.delivered(client, item);

  protected getBy(give: Give<T>, options: WaitOptions | undefined): unknown {
    const timeout = checkTimeout(options);
    const client = caller();
    if (this.items.length > 0) return give(client, this.take());
    this.checkOver(client);
    if (timeout === 0) throw stayedEmpty(timeout);
    return this.getters.join(client, give, { timeout, late: () => lateGet(timeout), signal: client.signal });
  }

  protected tryGetBy(give: Give<T>): unknown {
    const client = caller();
    if (this.items.length > 0) return give(client, this.take());
    this.checkOver(client);
    return undefined;
  }

  async #getMany(max: number, options: WaitOptions | undefined, give: Give<T>): Promise<unknown[]> {
    checkMax(max);
    if (max === 0) return [];
    const client = caller();
    // Who reads it ends the call itself: a cancelled one that has taken items brings them.
    client.signal.throwIfAborted();
    // Awaited only where it has to be: between, another call could take the rest.
    const first = this.getBy(give, options);
    const items = [first instanceof Promise ? await first : first];
    while (items.length < max && this.items.length > 0) items.push(give(client, this.take()));
    return items;
  }

  #stayedFull(timeout: number, put?: number): QueueFull {
    const some = put === undefined ? '' : ` (${put} items of this call are in)`;
    return new QueueFull(`the queue stayed full (${this.#maxsize} items) for ${timeout} ms${some}`);
  }
}

function lateGet(timeout: number): never {
  throw stayedEmpty(timeout);
}

function stayedEmpty(timeout: number): QueueEmpty {
  return new QueueEmpty(`the queue stayed empty for ${timeout} ms`);
}

function drained(): QueueShutDown {
  return new QueueShutDown('this queue is closed and drained: nothing will come any more');
}
