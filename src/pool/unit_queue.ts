/**
 * Units that wait for a worker: those of higher priority first, and within one priority first in, first out.
 * Most have none: those are in a lane of their own, that of priority 0, and know nothing of the others.
 */
import { Heap } from './heap.ts';
import type { Unit } from './jobs.ts';
import { UnitLane } from './unit_lane.ts';

interface PriorityLane {
  readonly priority: number;
  readonly lane: UnitLane;
}

export class UnitQueue {
  #plain = new UnitLane();
  /** Of the other priorities, those that units were pushed to since they were last empty. */
  #lanes = new Map<number, PriorityLane>();
  /** The same, the highest on top. */
  #order = new Heap<PriorityLane>((a, b) => a.priority > b.priority);
  #others = 0;

  get length(): number {
    return this.#plain.length + this.#others;
  }

  push(unit: Unit): void {
    const priority = priorityOf(unit);
    if (priority === 0) this.#plain.push(unit);
    else {
      this.#lane(priority).push(unit);
      this.#others++;
    }
  }

  shift(): Unit | undefined {
    return this.#others === 0 ? this.#plain.shift() : this.#shiftHighest();
  }

  /** To the front, each within its priority. */
  unshift(units: readonly Unit[]): void {
    // In runs of one priority: most often there is one.
    for (let end = units.length, start = end; end > 0; end = start) {
      const priority = priorityOf(units[end - 1]);
      while (start > 0 && priorityOf(units[start - 1]) === priority) start--;
      const run = start === 0 && end === units.length ? units : units.slice(start, end);
      if (priority === 0) this.#plain.unshift(run);
      else {
        this.#lane(priority).unshift(run);
        this.#others += run.length;
      }
    }
  }

  /** Takes out those that `isOut` says. */
  remove(isOut: (unit: Unit) => boolean): Unit[] {
    const removed = this.#plain.remove(isOut);
    for (const { lane } of this.#lanes.values()) {
      const those = lane.remove(isOut);
      this.#others -= those.length;
      for (const unit of those) removed.push(unit);
    }
    if (this.#others === 0) this.#forgetLanes();
    return removed;
  }

  clear(): void {
    this.#plain = new UnitLane();
    this.#others = 0;
    this.#forgetLanes();
  }

  #lane(priority: number): UnitLane {
    let found = this.#lanes.get(priority);
    if (!found) {
      found = { priority, lane: new UnitLane() };
      this.#lanes.set(priority, found);
      this.#order.push(found);
    }
    return found.lane;
  }

  #shiftHighest(): Unit | undefined {
    for (;;) {
      const { priority, lane } = this.#order.top!;
      if (lane.length > 0) {
        if (priority < 0 && this.#plain.length > 0) return this.#plain.shift();
        this.#others--;
        return lane.shift();
      }
      this.#order.pop();
      this.#lanes.delete(priority);
    }
  }

  #forgetLanes(): void {
    this.#lanes.clear();
    this.#order.clear();
  }
}

function priorityOf({ job }: Unit): number {
  return job.terms === undefined ? 0 : job.terms.priority;
}
