/** An item of a JoinableQueue with what reports it done. */
import { NotHeldError } from '../base/errors.ts';

export class Task<T> {
  readonly value: T;
  /** It was handed out before: to a process that ended, or was killed, before it had reported it done. It may be half done. */
  readonly redelivered: boolean;
  readonly #finish: () => boolean;

  /** @internal `JoinableQueue.getTask()` makes tasks. */
  constructor(value: T, redelivered: boolean, finish: () => boolean) {
    this.value = value;
    this.redelivered = redelivered;
    this.#finish = finish;
  }

  /** This item is done, whichever else are not. Throws NotHeldError the second time. */
  done(): void {
    if (!this.#finish()) throw taskIsDone();
  }
}

/** Of a task that is reported twice. */
export function taskIsDone(): NotHeldError {
  return new NotHeldError('this task is done already: call done() once');
}
