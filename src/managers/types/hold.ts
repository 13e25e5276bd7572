/** A hold of a lock of a manager. */
import type { HoldLike } from './interfaces.ts';

/**
 * One acquisition of a lock or permit of a manager, to be given back. `await using` waits until it is back, and throws what goes wrong; `using` sends the
 * release and goes on.
 */
export class ManagedHold implements HoldLike, AsyncDisposable {
  /** Whether the holder before was gone while it held the lock: what the lock guards may be half changed. */
  readonly abandoned: boolean;
  #release: (() => Promise<void>) | undefined;

  /** @internal */
  constructor(abandoned: boolean, release: () => Promise<void>) {
    this.abandoned = abandoned;
    this.#release = release;
  }

  /** Gives it back. A second call does nothing. */
  async release(): Promise<void> {
    const release = this.#release;
    this.#release = undefined;
    await release?.();
  }

  [Symbol.dispose](): void {
    // What this client asks for after it is done after it: nobody need wait. That the manager is gone the next call tells.
    this.release().catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}

/** Runs `fn` with the hold, and gives it back when what `fn` returns has settled. What `fn` throws comes before what the release throws. */
export async function useHold<R>(hold: ManagedHold, fn: () => R | PromiseLike<R>): Promise<Awaited<R>> {
  let result: Awaited<R>;
  try {
    result = await fn();
  } catch (error) {
    await hold.release().catch(() => {});
    throw error;
  }
  await hold.release();
  return result;
}
