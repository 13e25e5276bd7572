/** Whether a worker holds more memory than it may. */

/** Least time between two looks, in ms: a look costs as much as ten quick tasks. */
const LOOK_MS = 1;

export class MemoryLimit {
  readonly #bytes: number;
  #looked = -Infinity;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  isExceeded(): boolean {
    const now = performance.now();
    if (now - this.#looked < LOOK_MS) return false;
    this.#looked = now;
    return process.memoryUsage.rss() > this.#bytes;
  }
}
