/** The joinable queue of a manager: it knows which of its items are done, and hands out again what a client that is gone had not done. */
import { checkTimeout, type WaitOptions } from '../../base/deadlines.ts';
import { NotHeldError, TimeoutError } from '../../base/errors.ts';
import { type Caller, caller } from '../caller.ts';
import { ManagedQueue } from './queue.ts';
import { WaitingLine } from './waiting_line.ts';

/** What a client has got and not done, in the order in which it got it. */
interface Undone<T> {
  readonly items: T[];
  readonly forget: () => void;
}

/** `multiprocessing.managers`' JoinableQueue, in the manager's server. */
export class ManagedJoinableQueue<T = unknown> extends ManagedQueue<T> {
  static override readonly exposed: readonly string[] = [...ManagedQueue.exposed, 'taskDone', 'join'];

  /** By the client's id. */
  readonly #undone = new Map<number, Undone<T>>();
  readonly #joiners = new WaitingLine<undefined, void>();
  #unfinished = 0;

  /** The first that the caller got is done, or where it has none the first of all. */
  taskDone(): void {
    const own = caller().id;
    const id = this.#undone.has(own) ? own : this.#undone.keys().next().value;
    if (id === undefined)
      throw new NotHeldError(
        'taskDone() called too many times: no item that was got is waiting to be done. Call it once for each',
      );
    const undone = this.#undone.get(id)!;
    undone.items.shift();
    if (undone.items.length === 0) {
      undone.forget();
      this.#undone.delete(id);
    }
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

  protected override took(client: Caller, item: T): void {
    const undone = this.#undone.get(client.id);
    if (undone) undone.items.push(item);
    else this.#undone.set(client.id, { items: [item], forget: client.whenGone(() => this.#handOutAgain(client)) });
  }

  /** What another client has not done may come back. */
  protected override isOver(client: Caller): boolean {
    return super.isOver(client) && ![...this.#undone.keys()].some((id) => id !== client.id);
  }

  /** In front of all that were put later. */
  #handOutAgain(client: Caller): void {
    const { items } = this.#undone.get(client.id)!;
    this.#undone.delete(client.id);
    for (const item of items.reverse()) this.items.unshift(item);
    this.serveGetters();
    this.endGetters();
  }
}
