/** Timers of a pool. They keep no program alive; where the thread blocks none fires, and it looks at them by hand. */

interface Plan {
  /** By `performance.now`. */
  readonly due: number;
  readonly run: () => void;
}

export class Timers {
  readonly #plans = new Map<NodeJS.Timeout, Plan>();

  after(ms: number, run: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => this.#run(timer), ms).unref();
    this.#plans.set(timer, { due: performance.now() + ms, run });
    return timer;
  }

  cancel(timer: NodeJS.Timeout | undefined): void {
    clearTimeout(timer);
    if (timer) this.#plans.delete(timer);
  }

  get isNeeded(): boolean {
    return this.#plans.size > 0;
  }

  lookNow(): void {
    const now = performance.now();
    for (const [timer, { due }] of [...this.#plans]) if (now >= due) this.#run(timer);
  }

  #run(timer: NodeJS.Timeout): void {
    // One that ran before it may have cancelled it.
    const plan = this.#plans.get(timer);
    this.cancel(timer);
    plan?.run();
  }
}
