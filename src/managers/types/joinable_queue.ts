/** The joinable queue of a manager: it knows which of its items are done, and hands out again what a client that is gone had not done. */
import { checkTimeout, type WaitOptions } from '../../base/deadlines.ts';
import { NotHeldError, TimeoutError } from '../../base/errors.ts';
import { type Caller, caller } from '../caller.ts';
import { Deliveries } from './deliveries.ts';
import { ManagedQueue } from './queue.ts';
import { WaitingLine } from './waiting_line.ts';

/** `multiprocessing.managers`' JoinableQueue, in the manager's server. */
export class ManagedJoinableQueue<T = unknown> extends ManagedQueue<T> {
  static override readonly exposed: readonly string[] = [...ManagedQueue.exposed, 'taskDone', 'join'];

  readonly #undone = new Deliveries<T>((items) => this.comeBack(items));
  readonly #joiners = new WaitingLine<undefined, void>();
  #unfinished = 0;

  /** The first that the caller got is done, or where it has none the first of all. */
  taskDone(): void {
    if (!this.#undone.confirmFirst(caller().id))
      throw new NotHeldError(
        'taskDone() called too many times: no item that was got is waiting to be done. Call it once for each',
      );
    if (--this.#unfinished === 0) while (this.#joiners.serveFirst());
    this.endGetters();
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

  protected override get name(): string {
    return 'JoinableQueue';
  }

  protected override about(): readonly string[] {
    return [`unfinished=${this.#unfinished}`];
  }

  protected override added(count: number): void {
    this.#unfinished += count;
  }

  protected override taken(client: Caller, item: T): void {
    this.#undone.add(client, item);
  }

  /** `taskDone` confirms it. */
  protected override ticketFor(): number {
    return 0;
  }

  /** What another client has not done may come back. */
  protected override isOver(client: Caller): boolean {
    return super.isOver(client) && !this.#undone.haveOthers(client.id);
  }
}
