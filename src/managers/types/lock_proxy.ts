/** Proxies of Lock and RLock. */
import type { WaitOptions } from '../../base/deadlines.ts';
import { TimeoutError } from '../../base/errors.ts';
import { runInside } from '../../sync/calls.ts';
import { checkFunction } from '../../sync/functions.ts';
import { BaseProxy } from '../proxy.ts';
import { registerProxyClass } from '../proxy_classes.ts';
import type { Stay } from '../stay.ts';
import { ManagedHold, useHold } from './hold.ts';
import type { LockLike } from './interfaces.ts';
import type { Grant } from './mutex.ts';
import { callPlace, newNumberedCall } from './numbered_calls.ts';

/** What Lock, RLock and Condition of a manager have in common. Their owner is a client: a process or worker thread. */
abstract class MutexProxy extends BaseProxy<never> implements LockLike {
  /** True; with a time limit (`timeout`, ms): false when it runs out. An abort rejects, and nothing was taken. */
  acquire(): Promise<true>;
  acquire(options: WaitOptions | undefined): Promise<boolean>;
  acquire(options?: WaitOptions): Promise<boolean> {
    return this.callMethod('acquire', [here(options)]);
  }

  /** Gives it back. NotHeldError when nobody holds it; an RLock when another client, or a call of runExclusive in another task, owns it. */
  release(): Promise<void> {
    return this.callMethod('release', [callPlace()]);
  }

  /** Whether anybody holds it. */
  locked(): Promise<boolean> {
    return this.callMethod('locked');
  }

  /** `acquire` as a scope: `await using hold = await lock.hold();`. TimeoutError when time runs out. */
  async hold(options?: WaitOptions): Promise<ManagedHold> {
    const place = callPlace();
    const lock = this.stay();
    return new ManagedHold(await this.#grant(lock, options, { ...place }), () => lock.finish('release', [place]));
  }

  /** Runs `fn` while holding it, and gives it back when what `fn` returns has settled. TimeoutError when time runs out before `fn` runs. */
  async runExclusive<R>(fn: (hold: ManagedHold) => R | PromiseLike<R>, options?: WaitOptions): Promise<Awaited<R>> {
    checkFunction('what runExclusive() runs', fn);
    const { call, number } = newNumberedCall();
    const inside = callPlace()?.inside ?? [];
    const lock = this.stay();
    const abandoned = await this.#grant(lock, options, { inside, call: number });
    const hold = new ManagedHold(abandoned, async () => {
      call.isOver = true;
      await lock.finish('release', [{ inside: [number, ...inside] }]);
    });
    return useHold(hold, () => runInside(call, () => fn(hold)));
  }

  /** Whether it was abandoned. Who holds it keeps it, also when this proxy is given up. */
  async #grant(lock: Stay, options: WaitOptions | undefined, place: object): Promise<boolean> {
    let grant: Grant | undefined;
    try {
      grant = await this.callMethod<Grant | undefined>('acquireHold', [{ ...options, ...place }]);
    } finally {
      if (!grant) lock.release();
    }
    if (grant) return grant.abandoned;
    throw new TimeoutError(`the lock of the manager was held for ${options?.timeout} ms: wait longer, or find out who keeps it`);
  }
}

/** Options of a wait with what the manager is told of the code that runs. */
export function here(options: WaitOptions | undefined): WaitOptions | undefined {
  const place = callPlace();
  return place ? { ...options, ...place } : options;
}

/**
 * A lock of a manager. Any client releases it, as in CPython; a client that is gone gives back what it held, and the next holder is told (`hold.abandoned`).
 */
export class LockProxy extends MutexProxy {}

/** A lock of a manager that its owner may take again: the client, or inside `runExclusive` that call and what it calls. Nobody else releases it. */
export class RLockProxy extends MutexProxy {}

export { MutexProxy };

registerProxyClass('Lock', LockProxy);
registerProxyClass('RLock', RLockProxy);
