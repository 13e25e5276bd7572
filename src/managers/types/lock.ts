/** The lock of a manager: its holder cannot take it twice, and any client releases it. */
import { ManagedMutex } from './mutex.ts';

/** `multiprocessing.managers`' Lock, in the manager's server. */
export class ManagedLock extends ManagedMutex {
  /** What clients may call. */
  static readonly exposed: readonly string[] = ['acquire', 'acquireHold', 'release', 'locked'];

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
