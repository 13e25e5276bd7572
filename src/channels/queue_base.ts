/** What all queues do: put an item, get an item, close. Where the items lie is the store's business. */
import { checkTimeout, type WaitOptions, type WaitSyncOptions } from '../base/deadlines.ts';
import { QueueEmpty, QueueFull, QueueShutDown } from '../base/errors.ts';
import { soon } from '../base/event_loop.ts';
import { addInstance, type Instance } from '../memory/instances.ts';
import type { ObjectReference } from '../memory/object_kinds.ts';
import { session } from '../memory/session.ts';
import { type WaitState, waitState } from '../wakeup/waitable.ts';
import { pack } from './envelope.ts';
import { Inbox, type Source } from './inbox.ts';
import type { ItemStore } from './item_store.ts';
import type { Message, Outgoing } from './message.ts';
import { Outbox } from './outbox.ts';

/** What a queue is made of. */
export interface QueueParts {
  readonly store: ItemStore;
  readonly reference: ObjectReference;
  /** The queue is made just now, not found in a message. */
  readonly isNew: boolean;
  readonly makeInbox?: (source: Source) => Inbox<any>;
}

let provided: QueueParts | undefined;

/** The next queue that is constructed takes these parts instead of making its own. */
export function provide(parts: QueueParts): void {
  provided = parts;
}

export function takeProvided(): QueueParts | undefined {
  const parts = provided;
  provided = undefined;
  return parts;
}

/** Makes a queue of parts that exist. */
export function build<Q>(parts: QueueParts, construct: () => Q): Q {
  provide(parts);
  try {
    return construct();
  } finally {
    provided = undefined;
  }
}

export abstract class QueueBase<T> implements AsyncIterable<T>, Disposable, Instance {
  /** @internal */
  readonly reference: ObjectReference;
  /** @internal */
  protected readonly store: ItemStore;
  /** @internal */
  protected readonly inbox: Inbox<T>;
  /** @internal */
  protected readonly outbox: Outbox;

  /** @internal */
  protected constructor({ store, reference, isNew, makeInbox }: QueueParts) {
    this.store = store;
    this.reference = reference;
    if (isNew) addInstance(session(), this, reference);
    const source: Source = { set: store.notEmpty, suspects: nobody, read: (own) => this.#read(own) };
    this.inbox = makeInbox?.(source) ?? new Inbox(source);
    const { notFull, inlineLimit } = store;
    this.outbox = new Outbox(session(), {
      set: notFull,
      suspects: nobody,
      inlineLimit,
      write: (message) => store.tryPut(message),
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
      if (this.outbox.tryPut(message)) return soon(undefined);
      if (timeout === 0) return this.outbox.tryPutAtLast(message) ? soon(undefined) : Promise.reject(this.stayedFull(timeout));
      return this.outbox.wait(message, timeout, options?.signal).then((done) => {
        if (!done) throw this.stayedFull(timeout);
      });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same, blocking the thread. */
  putSync(item: T, options?: WaitSyncOptions): void {
    const timeout = checkTimeout(options);
    const message = pack(item);
    if (!this.outbox.tryPut(message) && !this.outbox.waitSync(message, timeout)) throw this.stayedFull(timeout);
  }

  /** The same without waiting: false when the queue is full. */
  tryPut(item: T): boolean {
    const message = pack(item);
    return this.outbox.tryPut(message) || this.outbox.tryPutAtLast(message);
  }

  // ---- getting

  /** The next item. Waits for one; QueueEmpty when none comes for `timeout` ms. QueueShutDown when the queue is closed and drained. */
  get(options?: WaitOptions): Promise<T> {
    return this.receive(options, this.#openSoon);
  }

  /** The same, blocking the thread. FunctionReferenceError when a function's module must be imported first: the item is kept for the async form. */
  getSync(options?: WaitSyncOptions): T {
    return this.inbox.open(this.receiveSync(options));
  }

  /** The same without waiting: undefined when the queue is empty. */
  tryGet(): T | undefined {
    const message = this.inbox.take(false);
    return message && this.inbox.open(message);
  }

  // ---- state

  /** Whether there is nothing to get: at once out of date when others use the queue. */
  empty(): boolean {
    return this.store.isEmpty && this.inbox.kept === 0;
  }

  /** Closes the queue for everybody: `put` throws QueueShutDown from now on, `get` once the queue is drained. (CPython: for this process's puts only; `shutdown` in queue.Queue.) */
  close(): void {
    this.store.close();
    this.inbox.lookAgain();
    this.outbox.lookAgain();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    const done: IteratorResult<T> = { done: true, value: undefined };
    const iterator: AsyncIterableIterator<T> = {
      next: () =>
        this.get().then(
          (value) => ({ done: false, value }),
          (error) => {
            if (error instanceof QueueShutDown && this.store.isClosed) return done;
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
    const { inbox, store } = this;
    return { sets: [store.notEmpty], isReady: () => inbox.kept > 0 || !store.isEmpty || store.isOver };
  }

  abstract toString(): string;

  /** The same text, for logs that write JSON. */
  toJSON(): string {
    return this.toString();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** @internal Waits for a message, and opens it. */
  protected receive<R>(options: WaitOptions | undefined, openSoon: (message: Message) => Promise<R>): Promise<R> {
    try {
      const timeout = checkTimeout(options);
      options?.signal?.throwIfAborted();
      const { inbox } = this;
      const message = inbox.isWaitedFor ? undefined : inbox.take(false);
      if (message) return openSoon(message);
      return inbox.wait(timeout, options?.signal).then((late) => {
        if (!late) throw stayedEmpty(timeout);
        return openSoon(late);
      });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** @internal */
  protected receiveSync(options: WaitSyncOptions | undefined): Message {
    const timeout = checkTimeout(options);
    const message = this.inbox.take(false) ?? this.inbox.waitSync(timeout);
    if (!message) throw stayedEmpty(timeout);
    return message;
  }

  /** @internal Undefined = the item is in. */
  protected tryPack(item: T): Outgoing | undefined {
    const message = pack(item);
    return this.outbox.tryPut(message) ? undefined : message;
  }

  /** @internal */
  protected stayedFull(timeout: number, put?: number): QueueFull {
    const some = put === undefined ? '' : ` (${put} items of this call are in)`;
    return new QueueFull(`the queue stayed full (${this.store.maxsize} items) for ${timeout} ms${some}`);
  }

  readonly #openSoon = (message: Message): Promise<T> => this.inbox.openSoon(message);

  #read(own: boolean): Message | undefined {
    const { store } = this;
    const message = store.tryGet(own);
    if (message !== undefined || !store.isOver) return message;
    // Seen to be over: what is there now is all that there will be.
    const last = store.tryGet(own);
    if (last === undefined) throw new QueueShutDown('this queue is closed and drained: nothing will come any more');
    return last;
  }
}

function stayedEmpty(timeout: number): QueueEmpty {
  return new QueueEmpty(`the queue stayed empty for ${timeout} ms`);
}

const nobody = (): readonly number[] => [];
