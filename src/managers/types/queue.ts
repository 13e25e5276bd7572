/** The queue of a manager. Those who wait to put or to get are served in the order in which they came. */
import { checkTimeout, Deadline, type WaitOptions } from '../../base/deadlines.ts';
import { QueueEmpty, QueueFull, QueueShutDown } from '../../base/errors.ts';
import { checkMax, checkMaxsize } from '../../channels/queue.ts';
import { type Caller, caller } from '../caller.ts';
import { Fifo } from './fifo.ts';
import { WaitingLine, type WaitTerms } from './waiting_line.ts';

/** `multiprocessing.managers`' Queue, in the manager's server. */
export class ManagedQueue<T = unknown> {
  /** What clients may call. */
  static readonly exposed: readonly string[] = [
    'put',
    'tryPut',
    'putMany',
    'get',
    'tryGet',
    'getMany',
    'qsize',
    'empty',
    'full',
    'close',
  ];

  protected readonly items = new Fifo<T>();
  protected readonly getters = new WaitingLine<undefined, T>();
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
    const timeout = checkTimeout(options);
    const client = caller();
    if (this.items.length > 0) return this.take(client);
    this.checkOver(client);
    if (timeout === 0) throw stayedEmpty(timeout);
    return this.waitFor(client, { timeout, late: () => lateGet(timeout), signal: client.signal });
  }

  /** Undefined when the queue is empty. */
  tryGet(): T | undefined {
    const client = caller();
    if (this.items.length > 0) return this.take(client);
    this.checkOver(client);
    return undefined;
  }

  /** Waits for one, and takes what is there, `max` at the most. */
  async getMany(max: number, options?: WaitOptions): Promise<T[]> {
    checkMax(max);
    if (max === 0) return [];
    const client = caller();
    // Awaited only where it has to be: between, another call could take the rest.
    const first = this.get(options);
    const items = first instanceof Promise ? [await first] : [first];
    while (items.length < max && this.items.length > 0) items.push(this.take(client));
    return items;
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

  /** A client gets an item. */
  protected took(_client: Caller, _item: T): void {}

  /** Whether a client gets nothing any more. */
  protected isOver(_client: Caller): boolean {
    return this.#isClosed && this.items.length === 0;
  }

  /** Takes the first of the items, of which there is one. */
  protected take(client: Caller): T {
    const item = this.items.shift();
    this.took(client, item);
    const { first } = this.#putters;
    if (first) {
      this.added(1);
      this.items.push(first.data);
      first.serve();
    }
    return item;
  }

  protected waitFor(client: Caller, terms: WaitTerms<T>): Promise<T> {
    return this.getters.join(client, undefined, terms);
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
      first.serve(this.take(first.caller));
    }
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
