/** The lock of a manager: its holder cannot take it twice, and any client releases it. */
import { type ArgumentCounts, methodsOf } from '../argument_counts.ts';
import { ManagedMutex } from './mutex.ts';

/** `multiprocessing.managers`' Lock, in the manager's server. */
export class ManagedLock extends ManagedMutex {
  /** With how many arguments it is made, and its methods are called. */
  static readonly argumentCounts: ArgumentCounts = {
    new: 0,
    acquire: [0, 1],
    acquireHold: [0, 1],
    release: [0, 1],
    locked: 0,
  };
  /** What clients may call. */
  static readonly exposed: readonly string[] = methodsOf(ManagedLock.argumentCounts);

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
