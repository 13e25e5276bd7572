/** A worker that could not be started, for the system had no process, descriptor or memory for it: it is tried again after a pause. */
const PAUSE_MS = 100;
/** Each pause is so many times as long as the one before: what is short now may be there in a second. */
const GROWTH = 10;

export class StartAgain {
  readonly #start: () => void;
  #timer: NodeJS.Timeout | undefined;
  #due = Infinity;

  constructor(start: () => void) {
    this.#start = start;
  }

  /** After so many failures in a row. */
  plan(failures: number): void {
    const pause = PAUSE_MS * GROWTH ** (failures - 1);
    this.#due = performance.now() + pause;
    this.#timer = setTimeout(() => this.#onTimer(), pause).unref();
  }

  /** Whether one is to come. */
  get isPlanned(): boolean {
    return this.#due !== Infinity;
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#due = Infinity;
  }

  /** What its timer does, where none can fire. */
  lookNow(): void {
    if (performance.now() >= this.#due) this.#onTimer();
  }

  #onTimer(): void {
    this.cancel();
    this.#start();
  }
}
