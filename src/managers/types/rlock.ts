/** The recursive lock of a manager: its owner takes it again, and nobody else releases it. */
import { ManagedMutex } from './mutex.ts';
import { type Asking, isOwner, type Owner } from './owner.ts';

/** `multiprocessing.managers`' RLock, in the manager's server. Its owner is a client, or one call of `runExclusive` in it. */
export class ManagedRLock extends ManagedMutex {
  /** What clients may call. */
  static readonly exposed: readonly string[] = ['acquire', 'acquireHold', 'release', 'locked'];

  protected override nests(who: Asking): boolean {
    return this.isHeldBy(who);
  }

  protected override refusal(owner: Owner, who: Asking): string | undefined {
    if (isOwner(owner, who)) return undefined;
    if (owner.caller.id !== who.caller.id) return `${owner.caller.name} owns it`;
    return 'a call of runExclusive in another task owns it';
  }

  override toString(): string {
    return `<RLock(${this.ownerName}, ${this.count})>`;
  }
}
