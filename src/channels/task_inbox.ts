/** The receiving side of a JoinableQueue in one thread: what this thread has taken and not done. */
import { Inbox, type Source } from './inbox.ts';
import type { Message } from './message.ts';
import { Delivery } from './task_list.ts';
import type { TaskMessage, TaskStore, Ticket } from './task_store.ts';

/** Tickets that others have finished are looked for when there are twice as many as were left, and so many at the least. */
const LEAST_SWEEP = 1024;

export class TaskInbox<T> extends Inbox<T> {
  readonly #store: TaskStore;
  readonly #onBusy: (isBusy: boolean) => void;
  /** In the order in which they were delivered: `taskDone` finishes the first. */
  readonly #delivered = new Set<Ticket>();
  /** Not delivered yet, or with a Task of their own. */
  readonly #others = new Set<Ticket>();
  #sweepAt = LEAST_SWEEP;

  /** `onBusy` is called when this thread comes to have taken items, and when it has none any more. */
  constructor(source: Source, store: TaskStore, onBusy: (isBusy: boolean) => void) {
    super({ ...source, read: (own) => this.#took(source.read(own)) });
    this.#store = store;
    this.#onBusy = onBusy;
  }

  /** Items that this thread has taken and, as far as it knows, nobody has done. */
  get taken(): number {
    return this.#delivered.size + this.#others.size;
  }

  /** A value with its ticket, which `taskDone` does not touch. */
  openTask(message: Message): { value: T; ticket: Ticket } {
    const { ticket } = message as TaskMessage;
    ticket.delivery = Delivery.OWN;
    try {
      return { value: this.open(message), ticket };
    } catch (error) {
      // It is kept perhaps, for any form.
      ticket.delivery = Delivery.ANYBODY;
      throw error;
    }
  }

  async openTaskSoon(message: Message): Promise<{ value: T; ticket: Ticket }> {
    const { ticket } = message as TaskMessage;
    ticket.delivery = Delivery.OWN;
    return { value: await this.openSoon(message), ticket };
  }

  /** Finishes this thread's first, else anybody's. False = there is none. */
  finishOne(): boolean {
    for (const ticket of this.#delivered) if (this.finish(ticket)) return true;
    return this.#store.finishAny();
  }

  /** False = it was done before. */
  finish(ticket: Ticket): boolean {
    this.#forget(ticket);
    return this.#store.finish(ticket);
  }

  protected override delivered(message: Message): void {
    const { ticket } = message as TaskMessage;
    if (ticket.delivery === Delivery.ANYBODY) {
      this.#others.delete(ticket);
      this.#delivered.add(ticket);
      if (this.#delivered.size >= this.#sweepAt) this.#sweep();
    }
    this.#store.deliver(ticket);
  }

  /** Nobody can do what nobody can decode. */
  protected override lost(message: Message): void {
    this.finish((message as TaskMessage).ticket);
  }

  #took(message: Message | undefined): Message | undefined {
    if (message === undefined) return undefined;
    if (this.taken === 0) this.#onBusy(true);
    this.#others.add((message as TaskMessage).ticket);
    return message;
  }

  #forget(ticket: Ticket): void {
    const isOne = this.#delivered.delete(ticket) || this.#others.delete(ticket);
    if (isOne && this.taken === 0) this.#onBusy(false);
  }

  #sweep(): void {
    const own = new Set(this.#store.stillOwn(this.#delivered));
    for (const ticket of this.#delivered) if (!own.has(ticket)) this.#delivered.delete(ticket);
    this.#sweepAt = Math.max(LEAST_SWEEP, 2 * own.size);
  }
}
