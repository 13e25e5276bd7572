/** Queue: values from any number of putters to any number of getters. */
import { checkTimeout, type WaitOptions, type WaitSyncOptions } from '../base/deadlines.ts';
import { argumentRangeError, argumentTypeError, QueueShutDown } from '../base/errors.ts';
import { soon } from '../base/event_loop.ts';
import { instanceOf } from '../memory/instances.ts';
import type { ObjectReference } from '../memory/object_kinds.ts';
import { session } from '../memory/session.ts';
import { registerSharedObject } from '../serialization/shared_objects.ts';
import { build, QueueBase, takeProvided } from './queue_base.ts';
import { QueueStore, queueKind } from './queue_store.ts';

/**
 * A queue in shared memory for any number of putters and getters in any processes, as `multiprocessing.Queue`. First in, first out for each putter.
 *
 * An unbounded queue takes what memory holds (then SharedMemoryError): what was put is in shared memory at once, so that a process may put and exit
 * before anybody reads. Iterating asynchronously gets items until the queue is closed and drained.
 */
export class Queue<T = unknown> extends QueueBase<T> {
  /** `maxsize` items at the most; 0: no bound. Throws RangeError, TypeError, SharedMemoryError. */
  constructor(maxsize = 0) {
    checkMaxsize(maxsize);
    super(takeProvided() ?? { ...QueueStore.create(maxsize), isNew: true });
  }

  /** @internal The queue that a reference names. Throws SharedMemoryError when it is gone. */
  static from<T>(reference: ObjectReference): Queue<T> {
    return instanceOf(session(), reference, queueKind, (unit) =>
      build({ store: QueueStore.at(unit, reference.index), reference, isNew: false }, () => new Queue<T>()),
    );
  }

  /** Puts items one after the other; others may put between them. When time runs out, or one cannot be put, those before it are in: QueueFull says how many. */
  async putMany(items: Iterable<T>, options?: WaitOptions): Promise<void> {
    const deadline = new Countdown(options);
    let count = 0;
    for (const item of items) {
      // Only one that has to wait, or others in front of it, cost a promise.
      const message = this.tryPack(item);
      if (message && !(await this.outbox.wait(message, deadline.left(), options?.signal)))
        throw this.stayedFull(deadline.timeout, count);
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
      const message = this.tryPack(item);
      if (message && !this.outbox.waitSync(message, deadline.left())) throw this.stayedFull(deadline.timeout, count);
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
    const first = max > 0 ? this.inbox.take(false) : undefined;
    const items = first ? [this.inbox.open(first)] : [];
    this.#getMore(items, max);
    return items;
  }

  /** Items in the queue: exact, and at once out of date when others use it. */
  qsize(): number {
    return this.store.size + this.inbox.kept;
  }

  /** Whether `put` would wait. */
  full(): boolean {
    return this.store.isFull;
  }

  /** Does nothing: there is no feeder thread, and what was put is in shared memory already. */
  async joinThread(): Promise<void> {}

  /** Does nothing: leaving never waits for a queue. */
  cancelJoinThread(): void {}

  override toString(): string {
    const { maxsize, isClosed } = this.store;
    const what = [`qsize=${this.qsize()}`, ...(maxsize > 0 ? [`maxsize=${maxsize}`] : []), ...this.about()];
    return `<${this.constructor.name}(${what.join(', ')}${isClosed ? ', closed' : ''})>`;
  }

  /** @internal What else stands in the text form. */
  protected about(): readonly string[] {
    return [];
  }

  /** What is there, up to `max`. An error is for the next call, so that no item of this one is lost. */
  #getMore(items: T[], max: number): void {
    const { inbox, store } = this;
    while (items.length < max) {
      if (inbox.kept === 0 && store.isEmpty) return;
      try {
        const message = inbox.take(false);
        if (message === undefined) return;
        items.push(inbox.open(message));
      } catch (error) {
        if (items.length === 0) throw error;
        // What was kept, or the end of the queue, the next call finds by itself.
        if (inbox.kept === 0 && !(error instanceof QueueShutDown)) inbox.throwLater(error);
        return;
      }
    }
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

/** Also of a JoinableQueue. */
export function checkMaxsize(maxsize: unknown): void {
  if (typeof maxsize !== 'number') throw argumentTypeError(`maxsize must be a number of items, not ${typeof maxsize}`);
  if (!Number.isInteger(maxsize) || maxsize < 0 || maxsize > 0x7fffffff)
    throw argumentRangeError(`maxsize must be a whole number from 0 (no bound) to ${0x7fffffff}, not ${maxsize}`);
}

/** Also of a queue of a manager. */
export function checkMax(max: unknown): void {
  if (typeof max !== 'number') throw argumentTypeError(`max must be a number of items, not ${typeof max}`);
  if (!(max >= 0)) throw argumentRangeError(`max must be a number of items, 0 or more, not ${max}`);
}

registerSharedObject(3, Queue, (reference) => Queue.from(reference));
