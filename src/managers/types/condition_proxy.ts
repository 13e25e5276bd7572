/** The proxy of Condition. */
import { checkTimeout, Deadline, type WaitOptions } from '../../base/deadlines.ts';
import { checkFunction } from '../../sync/functions.ts';
import { registerProxyClass } from '../proxy_classes.ts';
import type { ConditionLike } from './interfaces.ts';
import { here, MutexProxy } from './lock_proxy.ts';
import { callPlace } from './numbered_calls.ts';

/** A condition of a manager, with its lock's methods. */
export class ConditionProxy extends MutexProxy implements ConditionLike {
  /**
   * Gives the lock up, however often it is held, waits for a notify, and takes the lock again: true. With a time limit (`timeout`, ms): false when it runs out.
   * An abort rejects when the lock is held again. NotHeldError when the caller does not hold the lock.
   */
  wait(options?: WaitOptions): Promise<boolean> {
    return this.callMethod('wait', [here(options)]);
  }

  /** Waits until `predicate`, which is called here, with the lock held, and may be async, is true. With a time limit (`timeout`, ms): false when it is not by then. */
  async waitFor(predicate: () => unknown, options?: WaitOptions): Promise<boolean> {
    const deadline = new Deadline(checkTimeout(options));
    options?.signal?.throwIfAborted();
    checkFunction('the predicate of waitFor()', predicate);
    await this.callMethod('checkHeld', [callPlace()]);
    while (!(await predicate())) {
      const timeout = deadline.left();
      if (timeout <= 0) return false;
      await this.wait({ timeout, signal: options?.signal });
    }
    return true;
  }

  /** Lets `n` waits go on (fewer, if fewer wait), each when it gets the lock. NotHeldError; RangeError. */
  notify(n = 1): Promise<void> {
    return this.callMethod('notify', [n, callPlace()]);
  }

  /** Lets all waits go on that have begun. */
  notifyAll(): Promise<void> {
    return this.callMethod('notifyAll', [callPlace()]);
  }
}

registerProxyClass('Condition', ConditionProxy);
