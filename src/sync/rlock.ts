/**
 * RLock: a mutex that its owner may take again. Words beyond Mutex's:
 *   COUNT  how often it is held, at least 1; plain, written by the owner only and meaningless without one (who takes it over writes 1)
 *
 * The owner is a participant. While a call of `runExclusive` owns it, the participant knows which of its calls that is: this stays in its own memory.
 * Crash: an owner that dies leaves its word in OWNER, whatever COUNT says.
 */
import type { WaitOptions, WaitSyncOptions } from '../base/deadlines.ts';
import { NotHeldError } from '../base/errors.ts';
import { type ObjectReference, registerObjectKind } from '../memory/object_kinds.ts';
import { compareExchange } from '../platform/atomics.ts';
import { registerSharedObject } from '../serialization/shared_objects.ts';
import { type Call, isInside, newCall, runInside } from './calls.ts';
import { checkFunction } from './functions.ts';
import { type Hold, LockHold } from './hold.ts';
import { type HeldState, Mutex, mutexKind, OWNER_MASK } from './mutex.ts';
import { ownerName } from './owner_names.ts';
import { adopt } from './place.ts';

const COUNT_WORDS = 1;
const kind = mutexKind(4, 'rlock');
registerObjectKind(kind);

/**
 * A lock that its owner may acquire again, as `multiprocessing.RLock`; it is free when it was released as often.
 *
 * Its owner is the process or worker thread: all tasks of a thread that holds it by `acquire` or `hold` get in.
 * Inside `runExclusive` the owner is that call and what it calls: other tasks of the same thread wait.
 * A holder that is killed loses it, as with Lock.
 */
export class RLock extends Mutex {
  /** The call of this thread that owns it, if one does. */
  #call: Call | undefined;

  /** Throws SharedMemoryError when the session's memory is used up. */
  constructor() {
    super(kind, COUNT_WORDS);
  }

  /** @internal The lock that a reference names. Throws SharedMemoryError when it is gone. */
  static from(reference: ObjectReference): RLock {
    return adopt(reference, kind, () => new RLock());
  }

  override acquireSync(): true;
  override acquireSync(options: WaitSyncOptions | undefined): boolean;
  override acquireSync(options?: WaitSyncOptions): boolean {
    const { words, self } = this;
    // As in Lock. A plain read does for the one question whether this participant owns it: only its own swaps put its word there or take it away,
    // and no thread sees its own writes to a word out of order. Each call of Atomics costs 5 ns, and this is a fifth of it all.
    if (options === undefined) {
      if (words[this.owner] === self && this.#call === undefined) {
        words[this.extra]++;
        return true;
      }
      if (!this.isAbandoned && compareExchange(words, this.owner, 0, self) === 0) {
        words[this.extra] = 1;
        return true;
      }
    }
    return super.acquireSync(options);
  }

  /** Gives it back once. Throws NotHeldError when the caller does not own it: another process does, or another call of `runExclusive`. */
  override release(): void {
    if (this.#call !== undefined && !isInside(this.#call)) this.refuseRelease();
    this.#giveBack();
  }

  override async runExclusive<R>(fn: (hold: Hold) => R | PromiseLike<R>, options?: WaitOptions): Promise<Awaited<R>> {
    checkFunction('what runExclusive() runs', fn);
    const call = newCall();
    const take = (): boolean => this.#takeAs(call);
    if (!(await this.acquireBy(() => this.#nest() || take(), take, options))) this.refuseHold(options);
    // Where it was held before, that owner keeps it, and the call is one of many inside.
    const hold = new LockHold(this.isAbandoned, () => this.#giveBack());
    try {
      return await (this.#call === call ? runInside(call, () => fn(hold)) : fn(hold));
    } finally {
      hold.release();
    }
  }

  override toString(): string {
    const owner = this.ownerNow();
    const count = owner === 0 ? 0 : owner === this.self ? this.words[this.extra] : 'nonzero';
    return `<RLock(${ownerName(owner)}, ${count})>`;
  }

  // ---- for Condition

  /** @internal */
  override get isHeldHere(): boolean {
    return this.ownerNow() === this.self && (this.#call === undefined || isInside(this.#call));
  }

  /** @internal */
  override releaseWholly(): HeldState {
    const state = { count: this.words[this.extra], call: this.#call };
    this.#call = undefined;
    this.free();
    return state;
  }

  /** @internal */
  protected override retake({ count, call }: HeldState): boolean {
    if (!this.takeFree()) return false;
    this.words[this.extra] = count;
    this.#call = call as Call | undefined;
    return true;
  }

  // ---- taking and giving back

  /** @internal */
  protected override take(): boolean {
    return this.#nest() || this.#takeAs(undefined);
  }

  /** @internal Not `take`: a wait is looked at from inside any code, also from inside the call that owns it. */
  protected override takeWaiting(): boolean {
    return this.#takeAs(undefined);
  }

  /** @internal An owner that stood in line behind those who wait for it would never get in. */
  protected override mayPass(): boolean {
    return this.line.isEmpty || this.isHeldHere;
  }

  #nest(): boolean {
    if (!this.isHeldHere) return false;
    this.words[this.extra]++;
    return true;
  }

  #takeAs(call: Call | undefined): boolean {
    if (this.ownerNow() === this.self) {
      if (this.#call !== undefined) return false;
      this.words[this.extra]++;
      return true;
    }
    if (!this.takeFree()) return false;
    this.words[this.extra] = 1;
    this.#call = call;
    return true;
  }

  #giveBack(): void {
    const { words, extra } = this;
    if ((words[this.owner] & OWNER_MASK) !== this.self) this.refuseRelease();
    if (words[extra] > 1) {
      words[extra]--;
      return;
    }
    if (this.#call !== undefined) {
      this.#call.isOver = true;
      this.#call = undefined;
    }
    this.free();
  }

  /** @internal */
  protected override refuseRelease(): never {
    if (this.ownerNow() !== this.self) super.refuseRelease();
    throw new NotHeldError(
      'this task cannot release the RLock, because a call of runExclusive in another task of this thread owns it: release exactly once what was acquired here',
    );
  }

  /** @internal */
  protected override deadlockText(): string {
    return 'acquireSync() on an RLock that a runExclusive of this thread owns would wait for ever: use await acquire(), or give a timeout';
  }
}

registerSharedObject(4, RLock, (reference) => RLock.from(reference));
