/** An item of a joinable queue of a manager, with what reports it done. */
import { taskIsDone } from '../../channels/task.ts';
import type { Stay } from '../stay.ts';
import type { TaskLike } from './interfaces.ts';
import type { TaskDelivery } from './joinable_queue.ts';

export class ManagedTask<T> implements TaskLike<T> {
  readonly value: T;
  /** It was handed out before: to a client that was gone before it had reported it done. It may be half done. */
  readonly redelivered: boolean;
  readonly #ticket: number;
  /** The queue stays while it has an item of it that is to be done. */
  readonly #queue: Stay;
  #isDone = false;

  /** @internal `getTask()` makes tasks. */
  constructor([ticket, value, redelivered]: TaskDelivery<T>, queue: Stay) {
    this.value = value;
    this.redelivered = redelivered;
    this.#ticket = ticket;
    this.#queue = queue;
  }

  /** This item is done, whichever else are not. NotHeldError the second time. */
  async done(): Promise<void> {
    this.#begin();
    await this.#queue.finish('finishTask', [this.#ticket]);
  }

  /** The same, blocking the thread. */
  doneSync(): void {
    this.#begin();
    try {
      this.#queue.callSync('finishTask', [this.#ticket]);
    } finally {
      this.#queue.release();
    }
  }

  #begin(): void {
    if (this.#isDone) throw taskIsDone();
    this.#isDone = true;
  }
}
