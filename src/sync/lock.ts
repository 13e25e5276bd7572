/** Lock: a mutex that its holder cannot take twice. Its words, states and crashes are Mutex's. */
import type { WaitSyncOptions } from '../base/deadlines.ts';
import type { ObjectReference } from '../memory/object_kinds.ts';
import { registerObjectKind } from '../memory/object_kinds.ts';
import { compareExchange } from '../platform/atomics.ts';
import { registerSharedObject } from '../serialization/shared_objects.ts';
import { type HeldState, Mutex, mutexKind } from './mutex.ts';
import { ownerName } from './owner_names.ts';
import { adopt } from './place.ts';

const kind = mutexKind(2, 'lock');
registerObjectKind(kind);

/**
 * A non-recursive lock in shared memory, as `multiprocessing.Lock`. It excludes processes, threads and the async tasks of one thread from each other.
 *
 * ```ts
 * await lock.runExclusive(() => update(shared));
 * ```
 *
 * A holder that is killed loses the lock: the next one to acquire it is told by `abandoned`, and a warning is emitted.
 * The participant that acquired it releases it, be it from another task. (CPython lets any process release it.)
 */
export class Lock extends Mutex {
  /** Throws SharedMemoryError when the session's memory is used up. */
  constructor() {
    super(kind, 0);
  }

  /** @internal The lock that a reference names. Throws SharedMemoryError when it is gone. */
  static from(reference: ObjectReference): Lock {
    return adopt(reference, kind, () => new Lock());
  }

  override acquireSync(): true;
  override acquireSync(options: WaitSyncOptions | undefined): boolean;
  override acquireSync(options?: WaitSyncOptions): boolean {
    // The common case in as few steps as it takes: two compare-and-swaps cost 17 ns, and this family is called in tight loops.
    if (options === undefined && !this.isAbandoned && compareExchange(this.words, this.owner, 0, this.self) === 0) return true;
    return super.acquireSync(options);
  }

  /** Gives the lock back. Throws NotHeldError when this process (or worker thread) does not hold it. */
  override release(): void {
    this.free();
  }

  override toString(): string {
    return `<Lock(owner=${ownerName(this.ownerNow())})>`;
  }

  /** @internal */
  override get isHeldHere(): boolean {
    return this.ownerNow() === this.self;
  }

  /** @internal */
  override releaseWholly(): HeldState {
    this.free();
    return { count: 1, call: undefined };
  }

  /** @internal */
  protected override take(): boolean {
    return this.takeFree();
  }

  /** @internal */
  protected override retake(): boolean {
    return this.takeFree();
  }

  /** @internal */
  protected override deadlockText(): string {
    return 'acquireSync() on a lock that this thread holds would wait for ever: release it first, use await acquire(), give a timeout, or use an RLock';
  }
}

registerSharedObject(1, Lock, (reference) => Lock.from(reference));
