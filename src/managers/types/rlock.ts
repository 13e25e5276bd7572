/** The recursive lock of a manager: its owner takes it again, and nobody else releases it. */
import { type ArgumentCounts, methodsOf } from '../argument_counts.ts';
import { ManagedMutex } from './mutex.ts';
import { type Asking, isOwner, type Owner } from './owner.ts';

/** `multiprocessing.managers`' RLock, in the manager's server. Its owner is a client, or one call of `runExclusive` in it. */
export class ManagedRLock extends ManagedMutex {
  /** With how many arguments it is made, and its methods are called. */
  static readonly argumentCounts: ArgumentCounts = {
    new: 0,
    acquire: [0, 1],
    acquireHold: [0, 1],
    release: [0, 1],
    locked: 0,
  };
  /** What clients may call. */
  static readonly exposed: readonly string[] = methodsOf(ManagedRLock.argumentCounts);

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
