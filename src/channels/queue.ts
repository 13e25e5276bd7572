/** Queue: values from any number of putters to any number of getters. */
import { checkTimeout, type WaitOptions, type WaitSyncOptions } from '../base/deadlines.ts';
import { argumentRangeError, argumentTypeError, QueueEmpty, QueueFull, QueueShutDown } from '../base/errors.ts';
import { soon } from '../base/event_loop.ts';
import { addInstance, type Instance, instanceOf } from '../memory/instances.ts';
import type { ObjectReference } from '../memory/object_kinds.ts';
import { session } from '../memory/session.ts';
import { registerSharedObject } from '../serialization/shared_objects.ts';
import { type WaitState, waitState } from '../wakeup/waitable.ts';
import { pack } from './envelope.ts';
import { Inbox } from './inbox.ts';
import type { Message } from './message.ts';
import { Outbox } from './outbox.ts';
import { QueueStore, queueKind } from './queue_store.ts';

/** From `Queue.from`: the constructor takes the object that exists instead of making one. */
let adopted: { store: QueueStore; reference: ObjectReference } | undefined;

/**
 * A queue in shared memory for any number of putters and getters in any processes, as `multiprocessing.Queue`. First in, first out for each putter.
 *
 * An unbounded queue takes what memory holds (then SharedMemoryError): what was put is in shared memory at once, so that a process may put and exit
 * before anybody reads. Iterating asynchronously gets items until the queue is closed and drained.
 */
export class Queue<T = unknown> implements AsyncIterable<T>, Disposable, Instance {
  /** @internal */
  readonly reference: ObjectReference;
  readonly #store: QueueStore;
  readonly #inbox: Inbox<T>;
  readonly #outbox: Outbox;

  /** `maxsize` items at the most; 0 or less: no bound. Throws RangeError, TypeError, SharedMemoryError. */
  constructor(maxsize = 0) {
    checkMaxsize(maxsize);
    const { store, reference } = adopted ?? QueueStore.create(Math.max(maxsize, 0));
    this.#store = store;
    this.reference = reference;
    if (!adopted) addInstance(session(), this, this.reference);
    this.#inbox = new Inbox({ set: store.notEmpty, suspects: nobody, read: (own) => this.#read(own) });
    const { notFull, inlineLimit } = store;
    this.#outbox = new Outbox(session(), {
      set: notFull,
      suspects: nobody,
      inlineLimit,
      write: (message) => store.tryPut(message),
    });
  }

  /** @internal The queue that a reference names. Throws SharedMemoryError when it is gone. */
  static from<T>(reference: ObjectReference): Queue<T> {
    return instanceOf(session(), reference, queueKind, (unit) => {
      const store = QueueStore.at(unit);
      store.object = reference.index;
      adopted = { store, reference };
      try {
        return new Queue<T>();
      } finally {
        adopted = undefined;
      }
    });
  }

  // ---- putting

  /**
   * Puts an item. Waits while the queue is full; QueueFull when it stays so for `timeout` ms. Throws SerializationError when the item cannot be sent,
   * QueueShutDown when the queue is closed, SharedMemoryError when memory is used up.
   */
  put(item: T, options?: WaitOptions): Promise<void> {
    try {
      const timeout = checkTimeout(options);
      options?.signal?.throwIfAborted();
      const message = pack(item);
      if (this.#outbox.tryPut(message)) return soon(undefined);
      if (timeout === 0) return this.#outbox.tryPutAtLast(message) ? soon(undefined) : Promise.reject(this.#full(timeout));
      return this.#outbox.wait(message, timeout, options?.signal).then((done) => {
        if (!done) throw this.#full(timeout);
      });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same, blocking the thread. */
  putSync(item: T, options?: WaitSyncOptions): void {
    const timeout = checkTimeout(options);
    const message = pack(item);
    if (!this.#outbox.tryPut(message) && !this.#outbox.waitSync(message, timeout)) throw this.#full(timeout);
  }

  /** The same without waiting: false when the queue is full. */
  tryPut(item: T): boolean {
    const message = pack(item);
    return this.#outbox.tryPut(message) || this.#outbox.tryPutAtLast(message);
  }

  /** Puts items one after the other; others may put between them. When time runs out, or one cannot be put, those before it are in: QueueFull says how many. */
  async putMany(items: Iterable<T>, options?: WaitOptions): Promise<void> {
    const deadline = new Countdown(options);
    let count = 0;
    for (const item of items) {
      // Only one that has to wait, or others in front of it, cost a promise.
      const message = this.#tryPack(item);
      if (message && !(await this.#outbox.wait(message, deadline.left(), options?.signal)))
        throw this.#full(deadline.timeout, count);
      if (++count % TURN_EVERY === 0) {
        await soon(undefined);
        options?.signal?.throwIfAborted();
      }
    }
  }

  /** The same, blocking the thread. */
  putManySync(items: Iterable<T>, options?: WaitSyncOptions): void {
    const deadline = new Countdown(options);
    let count = 0;
    for (const item of items) {
      const message = this.#tryPack(item);
      if (message && !this.#outbox.waitSync(message, deadline.left())) throw this.#full(deadline.timeout, count);
      count++;
    }
  }

  /** The same without waiting. Returns how many went in before the queue was full. */
  tryPutMany(items: Iterable<T>): number {
    let count = 0;
    for (const item of items) {
      if (!this.tryPut(item)) break;
      count++;
    }
    return count;
  }

  // ---- getting

  /** The next item. Waits for one; QueueEmpty when none comes for `timeout` ms. QueueShutDown when the queue is closed and drained. */
  get(options?: WaitOptions): Promise<T> {
    try {
      const timeout = checkTimeout(options);
      options?.signal?.throwIfAborted();
      const inbox = this.#inbox;
      const message = inbox.isWaitedFor ? undefined : inbox.take(false);
      if (message) return inbox.openSoon(message);
      return inbox.wait(timeout, options?.signal).then((late) => {
        if (!late) throw empty(timeout);
        return inbox.openSoon(late);
      });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same, blocking the thread. FunctionReferenceError when a function's module must be imported first: the item is kept for the async form. */
  getSync(options?: WaitSyncOptions): T {
    const timeout = checkTimeout(options);
    const message = this.#inbox.take(false) ?? this.#inbox.waitSync(timeout);
    if (!message) throw empty(timeout);
    return this.#inbox.open(message);
  }

  /** The same without waiting: undefined when the queue is empty. */
  tryGet(): T | undefined {
    const message = this.#inbox.take(false);
    return message && this.#inbox.open(message);
  }

  /** Waits for one item, as `get`, and returns it with those that are there already: `max` at the most, in order. */
  async getMany(max: number, options?: WaitOptions): Promise<T[]> {
    checkMax(max);
    const items = max === 0 ? [] : [await this.get(options)];
    this.#getMore(items, max);
    return items;
  }

  /** The same, blocking the thread. */
  getManySync(max: number, options?: WaitSyncOptions): T[] {
    checkMax(max);
    const items = max === 0 ? [] : [this.getSync(options)];
    this.#getMore(items, max);
    return items;
  }

  /** The same without waiting: an empty array when the queue is empty. */
  tryGetMany(max: number): T[] {
    checkMax(max);
    const first = max > 0 ? this.#inbox.take(false) : undefined;
    const items = first ? [this.#inbox.open(first)] : [];
    this.#getMore(items, max);
    return items;
  }

  // ---- state

  /** Items in the queue: exact, and at once out of date when others use it. */
  qsize(): number {
    return this.#store.size + this.#inbox.kept;
  }

  empty(): boolean {
    return this.qsize() === 0;
  }

  full(): boolean {
    return this.#store.isFull;
  }

  /** Closes the queue for everybody: `put` throws QueueShutDown from now on, `get` once the queue is drained. (CPython: for this process's puts only; `shutdown` in queue.Queue.) */
  close(): void {
    this.#store.close();
    this.#inbox.lookAgain();
    this.#outbox.lookAgain();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Does nothing: there is no feeder thread, and what was put is in shared memory already. */
  async joinThread(): Promise<void> {}

  /** Does nothing: leaving never waits for a queue. */
  cancelJoinThread(): void {}

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    const done: IteratorResult<T> = { done: true, value: undefined };
    const iterator: AsyncIterableIterator<T> = {
      next: () =>
        this.get().then(
          (value) => ({ done: false, value }),
          (error) => {
            if (error instanceof QueueShutDown && this.#store.isClosed) return done;
            throw error;
          },
        ),
      return: () => Promise.resolve(done),
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** @internal */
  [waitState](): WaitState {
    const { notEmpty } = this.#store;
    return { sets: [notEmpty], isReady: () => this.#inbox.kept > 0 || !this.#store.isEmpty || this.#store.isClosed };
  }

  toString(): string {
    const { maxsize, isClosed } = this.#store;
    return `<Queue(qsize=${this.qsize()}${maxsize > 0 ? `, maxsize=${maxsize}` : ''}${isClosed ? ', closed' : ''})>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  #read(own: boolean): Message | undefined {
    const message = this.#store.tryGet(own);
    if (message !== undefined || !this.#store.isClosed) return message;
    // Seen closed: what is there now is all that there will be.
    const last = this.#store.tryGet(own);
    if (last === undefined) throw new QueueShutDown('this queue is closed and drained: nothing will come any more');
    return last;
  }

  /** Undefined = the item is in. */
  #tryPack(item: T): ReturnType<typeof pack> | undefined {
    const message = pack(item);
    return this.#outbox.tryPut(message) ? undefined : message;
  }

  /** What is there, up to `max`. An error is for the next call, so that no item of this one is lost. */
  #getMore(items: T[], max: number): void {
    while (items.length < max) {
      if (this.#inbox.kept === 0 && this.#store.isEmpty) return;
      try {
        const message = this.#inbox.take(false);
        if (message === undefined) return;
        items.push(this.#inbox.open(message));
      } catch (error) {
        if (items.length === 0) throw error;
        // What was kept, or the end of the queue, the next call finds by itself.
        if (this.#inbox.kept === 0 && !(error instanceof QueueShutDown)) this.#inbox.throwLater(error);
        return;
      }
    }
  }

  #full(timeout: number, put?: number): QueueFull {
    const some = put === undefined ? '' : ` (${put} items of this call are in)`;
    return new QueueFull(`the queue stayed full (${this.#store.maxsize} items) for ${timeout} ms${some}`);
  }
}

/** A loop of puts that need not wait lets others run after this many. */
const TURN_EVERY = 64;

class Countdown {
  readonly timeout: number;
  readonly #end: number;
  constructor(options: WaitSyncOptions | undefined) {
    this.timeout = checkTimeout(options);
    this.#end = this.timeout === Infinity ? Infinity : performance.now() + this.timeout;
  }
  left(): number {
    return this.#end === Infinity ? Infinity : Math.max(0, this.#end - performance.now());
  }
}

function empty(timeout: number): QueueEmpty {
  return new QueueEmpty(`the queue stayed empty for ${timeout} ms`);
}

function checkMaxsize(maxsize: unknown): void {
  if (typeof maxsize !== 'number') throw argumentTypeError(`maxsize must be a number of items, not ${typeof maxsize}`);
  if (!Number.isInteger(maxsize) || maxsize > 0x7fffffff)
    throw argumentRangeError(`maxsize must be a whole number up to ${0x7fffffff} (0 = no bound), not ${maxsize}`);
}

function checkMax(max: unknown): void {
  if (typeof max !== 'number') throw argumentTypeError(`max must be a number of items, not ${typeof max}`);
  if (!(max >= 0)) throw argumentRangeError(`max must be a number of items, 0 or more, not ${max}`);
}

const nobody = (): readonly number[] => [];

registerSharedObject(3, Queue, (reference) => Queue.from(reference));
