/** Proxies of Semaphore and BoundedSemaphore. */
import type { WaitOptions } from '../../base/deadlines.ts';
import { TimeoutError } from '../../base/errors.ts';
import { checkFunction } from '../../sync/functions.ts';
import { BaseProxy } from '../proxy.ts';
import { registerProxyClass } from '../proxy_classes.ts';
import { ManagedHold, useHold } from './hold.ts';
import type { SemaphoreLike } from './interfaces.ts';

/** A semaphore of a manager: permits that nobody owns. Those of a client that is gone do not come back: that is what a BoundedSemaphore is for. */
export class SemaphoreProxy extends BaseProxy<any> implements SemaphoreLike {
  /** True; with a time limit (`timeout`, ms): false when it runs out. An abort rejects, and nothing was taken. */
  acquire(): Promise<true>;
  acquire(options: WaitOptions | undefined): Promise<boolean>;
  acquire(options?: WaitOptions): Promise<boolean> {
    return this.callMethod('acquire', [options]);
  }

  /** Gives `n` permits. RangeError; of a BoundedSemaphore NotHeldError when fewer are taken. */
  release(n = 1): Promise<void> {
    return this.callMethod('release', [n]);
  }

  /** Whether there is no permit. */
  locked(): Promise<boolean> {
    return this.callMethod('locked');
  }

  /** How many permits can be had. */
  override getValue(): Promise<number> {
    return this.callMethod('getValue');
  }

  /** `acquire` as a scope: `await using hold = await semaphore.hold();`. TimeoutError when time runs out. */
  async hold(options?: WaitOptions): Promise<ManagedHold> {
    const semaphore = this.stay();
    let isHeld = false;
    try {
      isHeld = await this.acquire(options);
    } finally {
      if (!isHeld) semaphore.release();
    }
    if (isHeld) return new ManagedHold(false, () => semaphore.finish('release', [1]));
    throw new TimeoutError(`the semaphore of the manager had no permit for ${options?.timeout} ms: wait longer`);
  }

  /** Runs `fn` with a permit, and gives it back when what `fn` returns has settled. TimeoutError when time runs out before `fn` runs. */
  async runExclusive<R>(fn: (hold: ManagedHold) => R | PromiseLike<R>, options?: WaitOptions): Promise<Awaited<R>> {
    checkFunction('what runExclusive() runs', fn);
    const hold = await this.hold(options);
    return useHold(hold, () => fn(hold));
  }
}

/** A semaphore of a manager that knows who took its permits: they come back when their client is gone, and no more are released than are taken. */
export class BoundedSemaphoreProxy extends SemaphoreProxy {}

registerProxyClass('Semaphore', SemaphoreProxy);
registerProxyClass('BoundedSemaphore', BoundedSemaphoreProxy);
