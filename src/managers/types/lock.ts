/** The lock of a manager: its holder cannot take it twice, and any client releases it. */
import { ManagedMutex } from './mutex.ts';

/** `multiprocessing.managers`' Lock, in the manager's server. */
export class ManagedLock extends ManagedMutex {
  protected override nests(): boolean {
    return false;
  }

  protected override refusal(): undefined {
    return undefined;
  }

  override toString(): string {
    return `<Lock(owner=${this.ownerName})>`;
  }
}
