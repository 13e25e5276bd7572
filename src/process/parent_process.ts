import { checkTimeout, type WaitOptions, type WaitSyncOptions } from '../base/deadlines.ts';
import type { OwnerWord } from '../memory/participants.ts';
import { session } from '../memory/session.ts';
import { platform } from '../platform/current.ts';
import { waiting } from '../wakeup/waiting.ts';

/** The process that started this one, as `parentProcess()` gives it. Its exit code is for its own parent. */
export class ParentProcess {
  readonly name: string;
  readonly pid: number;
  readonly #owner: OwnerWord;

  /** Not for users. */
  constructor({ name, pid }: { readonly name: string; readonly pid: number }, owner: OwnerWord) {
    this.name = name;
    this.pid = pid;
    this.#owner = owner;
  }

  isAlive(): boolean {
    return !session().isDead(this.#owner);
  }

  /** Waits for its end. True = it has ended; false = `timeout` ms have passed. */
  async join(options?: WaitOptions): Promise<boolean> {
    checkTimeout(options);
    options?.signal?.throwIfAborted();
    if (!this.isAlive()) return true;
    return (await waiting().wait([], this.#look, options)) === true;
  }

  /** The same, blocking the thread. */
  joinSync(options?: WaitSyncOptions): boolean {
    const timeout = checkTimeout(options);
    if (timeout === 0 || !this.isAlive()) return this.tryJoin();
    const pidfd = platform().openProcess(this.pid);
    try {
      // Its process id may be another's by now: what counts is the look.
      return waiting().waitSync([], this.#look, { timeout }, pidfd === null ? [] : [pidfd]) === true;
    } finally {
      if (pidfd !== null) platform().close(pidfd);
    }
  }

  /** Whether it has ended. */
  tryJoin(): boolean {
    return !this.isAlive();
  }

  toString(): string {
    return `<_ParentProcess name='${this.name}' parent=None unknown>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  readonly #look = (): true | undefined => (this.isAlive() ? undefined : true);
}
