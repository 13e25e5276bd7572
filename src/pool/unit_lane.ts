/** Units of one priority that wait for a worker: first in, first out; what a dead worker had goes back to the front. */
import type { Unit } from './jobs.ts';

const COMPACT_AT = 1024;

export class UnitLane {
  #units: Unit[] = [];
  #head = 0;

  get length(): number {
    return this.#units.length - this.#head;
  }

  push(unit: Unit): void {
    this.#units.push(unit);
  }

  shift(): Unit | undefined {
    const unit = this.#units[this.#head];
    if (unit === undefined) return undefined;
    // Let go of the items of what was sent, and of the array's used part once it is most of it.
    this.#units[this.#head++] = undefined as unknown as Unit;
    if (this.#head > COMPACT_AT && this.#head * 2 > this.#units.length) this.#compact();
    return unit;
  }

  unshift(units: readonly Unit[]): void {
    if (units.length <= this.#head) {
      this.#head -= units.length;
      for (let i = 0; i < units.length; i++) this.#units[this.#head + i] = units[i];
      return;
    }
    this.#compact();
    this.#units = units.concat(this.#units);
  }

  /** Takes out, in their order, those that `isOut` says. */
  remove(isOut: (unit: Unit) => boolean): Unit[] {
    const removed: Unit[] = [];
    const kept: Unit[] = [];
    for (let i = this.#head; i < this.#units.length; i++) (isOut(this.#units[i]) ? removed : kept).push(this.#units[i]);
    this.#units = kept;
    this.#head = 0;
    return removed;
  }

  #compact(): void {
    this.#units = this.#units.slice(this.#head);
    this.#head = 0;
  }
}
