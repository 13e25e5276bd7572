/** The recursive lock of a manager: its owner takes it again, and nobody else releases it. */
import { ManagedMutex } from './mutex.ts';
import { type Asking, isOwner, type Owner } from './owner.ts';

/** `multiprocessing.managers`' RLock, in the manager's server. Its owner is a client, or one call of `runExclusive` in it. */
export class ManagedRLock extends ManagedMutex {
  protected override nests(asking: Asking): boolean {
    return this.isHeldBy(asking);
  }

  protected override refusal(owner: Owner, asking: Asking): string | undefined {
    if (isOwner(owner, asking)) return undefined;
    if (owner.caller.id !== asking.caller.id) return `${owner.caller.name} owns it`;
    return 'a call of runExclusive in another task owns it';
  }

  override toString(): string {
    return `<RLock(${this.ownerName}, ${this.count})>`;
  }
}
