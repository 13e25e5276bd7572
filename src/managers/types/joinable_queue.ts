/** The joinable queue of a manager: it knows which of its items are done, and hands out again what a client that is gone had not done. */
import { checkTimeout, type WaitOptions } from '../../base/deadlines.ts';
import { NotHeldError, TimeoutError } from '../../base/errors.ts';
import { taskIsDone } from '../../channels/task.ts';
import { type ArgumentCounts, methodsOf } from '../argument_counts.ts';
import { type Caller, caller } from '../caller.ts';
import { type Delivery, type Give, ManagedQueue } from './queue.ts';
import { Undone } from './undone.ts';
import { WaitingLine } from './waiting_line.ts';

/** An item as its task is made of it. */
export type TaskDelivery<T> = readonly [ticket: number, item: T, redelivered: boolean];

/** `multiprocessing.managers`' JoinableQueue, in the manager's server. */
export class ManagedJoinableQueue<T = unknown> extends ManagedQueue<T> {
  static override readonly argumentCounts: ArgumentCounts = {
    ...ManagedQueue.argumentCounts,
    getTask: [0, 1],
    tryGetTask: 0,
    finishTask: 1,
    taskDone: 0,
    join: [0, 1],
    tryJoin: 0,
  };
  static override readonly exposed: readonly string[] = methodsOf(ManagedJoinableQueue.argumentCounts);

  readonly #undone = new Undone<T>((items) => this.comeBack(items));
  readonly #joiners = new WaitingLine<undefined, void>();
  #unfinished = 0;
  /** How many of the items, the first ones, were handed out before: what comes back does so in front of all others. */
  #again = 0;
  /** Whether the item that was taken last was one of them. */
  #isAgain = false;

  /** As `get`, for who reports the item by `finishTask`. */
  getTask(options?: WaitOptions): TaskDelivery<T> | Promise<TaskDelivery<T>> {
    return this.getBy(this.#giveTask, options) as TaskDelivery<T> | Promise<TaskDelivery<T>>;
  }

  tryGetTask(): TaskDelivery<T> | undefined {
    return this.tryGetBy(this.#giveTask) as TaskDelivery<T> | undefined;
  }

  /** The item that the caller got by `getTask` is done. */
  finishTask(ticket: number): void {
    if (!this.#undone.finishTask(caller().id, ticket)) throw taskIsDone();
    this.#finished();
  }

  /** The first that the caller got is done, or where it has none the first of all, those of `getTask` aside. */
  taskDone(): void {
    if (!this.#undone.finishItem(caller().id))
      throw new NotHeldError(
        'taskDone() called too many times: no item that was got is waiting to be done. Call it once for each',
      );
    this.#finished();
  }

  /** Waits until everything that was put is done. */
  join(options?: WaitOptions): void | Promise<void> {
    const timeout = checkTimeout(options);
    if (this.#unfinished === 0) return;
    const late = (): never => {
      throw new TimeoutError(`${this.#unfinished} items of the queue were not done within ${timeout} ms`);
    };
    if (timeout === 0) late();
    const client = caller();
    return this.#joiners.join(client, undefined, { timeout, late, signal: client.signal });
  }

  /** Whether everything is done. */
  tryJoin(): boolean {
    return this.#unfinished === 0;
  }

  protected override get name(): string {
    return 'JoinableQueue';
  }

  protected override about(): readonly string[] {
    return [`unfinished=${this.#unfinished}`];
  }

  protected override added(count: number): void {
    this.#unfinished += count;
  }

  protected override given(client: Caller, item: T): T {
    this.#undone.addItem(client, item);
    return item;
  }

  /** Not to be confirmed: `taskDone` does that. */
  protected override delivered(client: Caller, item: T): Delivery<T> {
    return [0, this.given(client, item)];
  }

  readonly #giveTask: Give<T> = (client, item): TaskDelivery<T> => [this.#undone.addTask(client, item), item, this.#isAgain];

  protected override take(): T {
    this.#isAgain = this.#again > 0;
    if (this.#isAgain) this.#again--;
    return super.take();
  }

  protected override comeBack(items: readonly T[]): void {
    this.#again += items.length;
    super.comeBack(items);
  }

  /** What another client has not done may come back. */
  protected override isOver(client: Caller): boolean {
    return super.isOver(client) && !this.#undone.haveOthers(client.id);
  }

  #finished(): void {
    if (--this.#unfinished === 0) while (this.#joiners.serveFirst());
    this.endGetters();
  }
}
