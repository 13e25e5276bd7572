/** JoinableQueue: a queue that knows which of its items are done. */
import { checkTimeout, type WaitOptions, type WaitSyncOptions } from '../base/deadlines.ts';
import { NotHeldError, QueueShutDown, TimeoutError } from '../base/errors.ts';
import { soon } from '../base/event_loop.ts';
import { instanceOf } from '../memory/instances.ts';
import type { ObjectReference } from '../memory/object_kinds.ts';
import { session } from '../memory/session.ts';
import { registerSharedObject } from '../serialization/shared_objects.ts';
import { waiting } from '../wakeup/waiting.ts';
import { checkMaxsize, Queue } from './queue.ts';
import { build, provide, takeProvided } from './queue_base.ts';
import { Task } from './task.ts';
import { TaskInbox } from './task_inbox.ts';
import { TaskStore, type Ticket, taskQueueKind } from './task_store.ts';

/** Those of this thread that have taken items: an instance that nobody refers to any more would not hear of its participant's death. */
const busy = new Set<JoinableQueue<any>>();

/**
 * A Queue whose items are to be reported done, as `multiprocessing.JoinableQueue`: who got an item calls `taskDone()`, and `join()` waits until all are done.
 *
 * An item that a process has got and not done when it ends, be it killed, is handed out again, before all that was put after it: `getTask` tells by `redelivered`.
 * What was put is so done at least once, and `join` does not wait for the dead. A closed queue is drained when none of the others has an undone item either.
 */
export class JoinableQueue<T = unknown> extends Queue<T> {
  readonly #tasks: TaskStore;
  readonly #taskInbox: TaskInbox<T>;

  /** `maxsize` items waiting at the most; 0: no bound. Items that are handed out again need no room. Throws RangeError, TypeError, SharedMemoryError. */
  constructor(maxsize = 0) {
    checkMaxsize(maxsize);
    const parts = takeProvided() ?? { ...TaskStore.create(maxsize), isNew: true };
    const tasks = parts.store as TaskStore;
    let inbox: TaskInbox<T>;
    const onBusy = (isBusy: boolean): void => void (isBusy ? busy.add(this) : busy.delete(this));
    provide({ ...parts, makeInbox: (source) => (inbox = new TaskInbox<T>(source, tasks, onBusy)) });
    super(maxsize);
    this.#tasks = tasks;
    this.#taskInbox = inbox!;
  }

  /** @internal The queue that a reference names. Throws SharedMemoryError when it is gone. */
  static override from<T>(reference: ObjectReference): JoinableQueue<T> {
    return instanceOf(session(), reference, taskQueueKind, (unit) =>
      build({ store: TaskStore.at(unit, reference.index), reference, isNew: false }, () => new JoinableQueue<T>()),
    );
  }

  // ---- doing

  /**
   * An item that was got is done: of this process the one that it got first, whichever of its tasks calls. Where this process has none it is the first of all
   * that others have got, so that who gets an item and who reports it may be different ones. Items got by `getTask` are reported by their own `done`.
   * Throws NotHeldError when it is called more often than items were got.
   */
  taskDone(): void {
    if (!this.#taskInbox.finishOne())
      throw new NotHeldError(
        'taskDone() called too many times: no item that was got is waiting to be done. Call it once for each',
      );
  }

  /** As `get`, with what says whether the item was handed out before, and reports exactly this item done. */
  getTask(options?: WaitOptions): Promise<Task<T>> {
    return this.receive(options, async (message) => this.#task(await this.#taskInbox.openTaskSoon(message)));
  }

  /** The same, blocking the thread. */
  getTaskSync(options?: WaitSyncOptions): Task<T> {
    return this.#task(this.#taskInbox.openTask(this.receiveSync(options)));
  }

  /** The same without waiting: undefined when the queue is empty. */
  tryGetTask(): Task<T> | undefined {
    const message = this.#taskInbox.take(false);
    return message && this.#task(this.#taskInbox.openTask(message));
  }

  /** Items with their `done`, until the queue is closed and drained. */
  async *tasks(): AsyncGenerator<Task<T>, void, undefined> {
    for (;;) {
      let task: Task<T>;
      try {
        task = await this.getTask();
      } catch (error) {
        if (error instanceof QueueShutDown && this.store.isClosed) return;
        throw error;
      }
      yield task;
    }
  }

  #task({ value, ticket }: { value: T; ticket: Ticket }): Task<T> {
    return new Task(value, ticket.redelivered, () => this.#taskInbox.finish(ticket));
  }

  // ---- joining

  /** Waits until everything that was put is done; TimeoutError when it is not for `timeout` ms. */
  join(options?: WaitOptions): Promise<void> {
    try {
      const timeout = checkTimeout(options);
      options?.signal?.throwIfAborted();
      const isDone = this.#doneFromNow();
      if (isDone()) return soon(undefined);
      return waiting()
        .wait([this.#tasks.allDone], isDone, { timeout, signal: options?.signal })
        .then((done) => {
          if (!done) throw this.#undone(timeout);
        });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same, blocking the thread. */
  joinSync(options?: WaitSyncOptions): void {
    const timeout = checkTimeout(options);
    const isDone = this.#doneFromNow();
    if (isDone() || waiting().waitSync([this.#tasks.allDone], isDone, { timeout, what: 'joinSync()' })) return;
    throw this.#undone(timeout);
  }

  /** The same without waiting: whether everything is done. */
  tryJoin(): boolean {
    return this.#tasks.unfinished === 0;
  }

  /** True once everything was done at a moment from now on, however much has been put since. */
  #doneFromNow(): () => true | undefined {
    const tasks = this.#tasks;
    const before = tasks.timesDone;
    return () => tasks.unfinished === 0 || tasks.timesDone !== before || undefined;
  }

  #undone(timeout: number): TimeoutError {
    return new TimeoutError(`${this.#tasks.unfinished} items of the queue were not done within ${timeout} ms`);
  }

  /** @internal */
  protected override about(): readonly string[] {
    return [`unfinished=${this.#tasks.unfinished}`];
  }
}

registerSharedObject(20, JoinableQueue, (reference) => JoinableQueue.from(reference));
