/** One acquisition of a lock, to be given back: `using hold = lock.holdSync();`. */
export interface Hold extends Disposable {
  /** Whether the holder before died while it held the lock: what the lock guards may be half changed. */
  readonly abandoned: boolean;
  /** Gives the lock back. A second call does nothing. */
  release(): void;
}

export class LockHold implements Hold {
  readonly abandoned: boolean;
  #release: (() => void) | undefined;

  constructor(abandoned: boolean, release: () => void) {
    this.abandoned = abandoned;
    this.#release = release;
  }

  release(): void {
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
