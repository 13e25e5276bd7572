/**
 * Recognises a loop that goes round like before (a spin): the same operations on the same words, while nobody else runs. Whatever comes between
 * two later rounds could have come between the first ones, so only those are explored.
 */

/** Longest round that is recognised as one. */
const MAX_PERIOD = 64;
/** Rounds that are explored. */
const ROUNDS = 2;

export class Rounds {
  /** The last steps, in a ring. */
  readonly #history = new Int32Array(MAX_PERIOD);
  #steps = 0;
  #period = 0;
  #matched = 0;

  /** Somebody else ran: what looks the same may not be the same. */
  forget(): void {
    this.#steps = this.#period = this.#matched = 0;
  }

  /** Whether this step belongs to a further round. */
  isRepeated(step: number): boolean {
    const history = this.#history;
    const now = this.#steps++;
    if (this.#period > 0 && history[(now - this.#period) % MAX_PERIOD] === step) this.#matched++;
    else this.#begin(step, now);
    history[now % MAX_PERIOD] = step;
    return this.#period > 0 && this.#matched > ROUNDS * this.#period;
  }

  #begin(step: number, now: number): void {
    this.#period = this.#matched = 0;
    for (let back = 1; back < MAX_PERIOD && back <= now; back++) {
      if (this.#history[(now - back) % MAX_PERIOD] !== step) continue;
      this.#period = back;
      this.#matched = 1;
      return;
    }
  }
}
