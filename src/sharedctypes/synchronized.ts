/** What Value and SharedArray have in common: a place in shared memory, and a lock to go with it. */
import type { WaitOptions, WaitSyncOptions } from '../base/deadlines.ts';
import { argumentTypeError } from '../base/errors.ts';
import type { Hold } from '../sync/hold.ts';
import { Lock } from '../sync/lock.ts';
import { RLock } from '../sync/rlock.ts';
import { objectAt, type Place } from './raw.ts';
import { shown } from './type.ts';

export type AnyLock = Lock | RLock;

export interface LockOption {
  /** A lock to use. Missing or true: a new RLock. False: none. */
  lock?: boolean | Lock | RLock | undefined;
}

/** Throws TypeError for what is no lock. */
export function lockFor(options: LockOption | undefined): AnyLock | undefined {
  if (options !== undefined && (typeof options !== 'object' || options === null))
    throw argumentTypeError(`the options must be an object like { lock: false }, not ${shown(options)}`);
  const lock: unknown = options?.lock;
  if (lock === undefined || lock === true) return new RLock();
  if (lock === false) return undefined;
  if (lock instanceof Lock || lock instanceof RLock) return lock;
  throw argumentTypeError(`lock must be a Lock, an RLock, true or false, not ${shown(lock)}`);
}

export abstract class Synchronized {
  /** @internal */
  readonly #place: Place;
  readonly #lock: AnyLock | undefined;
  #object: any;

  constructor(place: Place, lock: AnyLock | undefined) {
    this.#place = place;
    this.#lock = lock;
  }

  /** @internal */
  static placeOf(object: Synchronized): Place {
    return object.#place;
  }

  /** @internal */
  static lockOf(object: Synchronized): AnyLock | undefined {
    return object.#lock;
  }

  /** @internal What RawValue or RawArray would have given. Static, as a structure's field may be called anything. */
  static objectOf(object: Synchronized): any {
    object.#object ??= objectAt(object.#place);
    return object.#object;
  }

  /** The lock that goes with it. Throws TypeError where it was made with `lock: false`. */
  getLock(): AnyLock {
    if (this.#lock) return this.#lock;
    throw argumentTypeError(`${this} was made with { lock: false } and has no lock: leave the option out to have one`);
  }

  /** Its lock's `acquire`. */
  acquire(): Promise<true>;
  acquire(options: WaitOptions | undefined): Promise<boolean>;
  acquire(options?: WaitOptions): Promise<boolean> {
    return this.getLock().acquire(options);
  }

  /** Its lock's `acquireSync`. */
  acquireSync(): true;
  acquireSync(options: WaitSyncOptions | undefined): boolean;
  acquireSync(options?: WaitSyncOptions): boolean {
    return this.getLock().acquireSync(options);
  }

  /** Its lock's `tryAcquire`. */
  tryAcquire(): boolean {
    return this.getLock().tryAcquire();
  }

  /** Its lock's `release`. */
  release(): void {
    this.getLock().release();
  }

  /** Its lock's `locked`. */
  locked(): boolean {
    return this.getLock().locked();
  }

  /** Its lock's `hold`. */
  hold(options?: WaitOptions): Promise<Hold> {
    return this.getLock().hold(options);
  }

  /** Its lock's `holdSync`. */
  holdSync(options?: WaitSyncOptions): Hold {
    return this.getLock().holdSync(options);
  }

  /** Its lock's `tryHold`. */
  tryHold(): Hold | null {
    return this.getLock().tryHold();
  }

  /** Its lock's `runExclusive`: whoever changes it this way too is kept out until what `fn` returns has settled. */
  runExclusive<R>(fn: (hold: Hold) => R | PromiseLike<R>, options?: WaitOptions): Promise<Awaited<R>> {
    return this.getLock().runExclusive(fn, options);
  }
}
