/** What can be waited for together with other things: the end of a child. */
import { SerializationError } from '../base/errors.ts';
import { platform } from '../platform/current.ts';
import { registerReducer } from '../serialization/registry.ts';
import { type SharedWaitable, type WaitState, waitState } from '../wakeup/waitable.ts';
import type { Child } from './child.ts';

/**
 * The end of a process, as `Process.sentinel`: something to give to `wait()`, which has it ready when the process has ended, however that happened.
 * It does not keep the process's handle; it goes on telling the truth after `Process.close()`.
 */
export class Sentinel implements SharedWaitable {
  readonly #child: Child;
  /** One callback at the child's promise, however many waits come and go. */
  readonly #looks = new Set<() => void>();

  /** @internal `Process.sentinel` makes them. */
  constructor(child: Child) {
    this.#child = child;
    child.exited.then(() => {
      for (const look of this.#looks) look();
    });
  }

  /** @internal */
  [waitState](): WaitState {
    return {
      sets: [],
      isReady: () => !this.#child.isRunning,
      watch: (look) => {
        this.#looks.add(look);
        return () => this.#looks.delete(look);
      },
      descriptor: () => {
        const fd = platform().openProcess(this.#child.pid);
        return fd === null ? null : { fd, close: () => platform().close(fd) };
      },
    };
  }

  toString(): string {
    const { identity, pid, isRunning } = this.#child;
    return `<Sentinel of ${identity.name} pid=${pid} ${isRunning ? 'waits' : 'ready'}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

const sentinels = new WeakMap<Child, Sentinel>();

/** The one of a child. */
export function sentinelOf(child: Child): Sentinel {
  let sentinel = sentinels.get(child);
  if (!sentinel) {
    sentinel = new Sentinel(child);
    sentinels.set(child, sentinel);
  }
  return sentinel;
}

registerReducer(
  Sentinel,
  (sentinel): never => {
    throw new SerializationError(`${sentinel} cannot be sent: only the creator of a process hears of its end`);
  },
  (value: never) => value,
);
