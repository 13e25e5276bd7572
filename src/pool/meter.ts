/**
 * What a worker measures of itself, in shared memory, so that its pool reads it at any time: also while the worker is busy for long, is stopped, or is dead.
 *
 * Fields (64-bit numbers; times in ms). The worker alone writes, the pool alone reads.
 *   PHASE       what the time since SINCE counts for: Phase
 *   SINCE       until when time was accounted for, on the clock that all processes share
 *   BOOTED      when the worker began, INITIALIZED when its initialiser had ended; 0 = not yet
 *   WAITING, WORKING, SERIALIZING  sums
 *   MAX_RUN     the longest run time of a task
 *   TASKS       how many were run: the sum of RUNS
 *   SLOW_CHANGES  counts changes of the table of the slowest
 *   SLOW        the slowest tasks of this worker: id, run time, and of how many tasks up to that id it was one; id 0 = none, or just being written
 *   RUNS        histogram of the run times of tasks
 *
 * Crash: every field is whole by itself (one aligned store of eight bytes), and nothing is decided by them. A worker that dies between two stores leaves out what it was
 * about to account for: the task that it ran, or a lap that is in a sum and after SINCE; who reads the dead does not add the time since SINCE.
 * There are no atomic accesses to 64-bit floats, and none are needed: no order between fields is relied on, and each is read anew by a call.
 */
import { addInstance, forgetInstance, type Instance, instanceOf } from '../memory/instances.ts';
import { type ObjectKind, type ObjectReference, registerObjectKind } from '../memory/object_kinds.ts';
import { session } from '../memory/session.ts';
import { BUCKETS } from './histogram.ts';

/** How many of the slowest tasks are kept. */
export const SLOWEST = 5;

export const Phase = { STARTING: 0, WAITING: 1, WORKING: 2 } as const;

const SLOW = 10;
export const Gauge = {
  PHASE: 0,
  SINCE: 1,
  BOOTED: 2,
  INITIALIZED: 3,
  WAITING: 4,
  WORKING: 5,
  SERIALIZING: 6,
  MAX_RUN: 7,
  SLOW_CHANGES: 8,
  TASKS: 9,
  SLOW,
  RUNS: SLOW + 3 * SLOWEST,
} as const;
const FIELDS = Gauge.RUNS + BUCKETS;

const kind: ObjectKind = { code: 30, name: 'meter of a worker' };
registerObjectKind(kind);

export interface SlowRun {
  readonly id: number;
  readonly ms: number;
  /** 1, or it was one of so many consecutive tasks, of which this is the last. */
  readonly among: number;
}

export class Meter implements Instance {
  readonly reference: ObjectReference;
  readonly fields: Float64Array;

  private constructor(reference: ObjectReference, unit: number) {
    this.reference = reference;
    const { words, index } = session().heap.structure(unit);
    this.fields = new Float64Array(words.buffer, words.byteOffset + index * 4, FIELDS);
  }

  static create(): Meter {
    const { heap, objects } = session();
    const unit = heap.allocate(FIELDS * 8, true);
    const reference = objects.publish(kind, unit);
    return addInstance(session(), new Meter(reference, unit), reference);
  }

  static from(reference: ObjectReference): Meter {
    return instanceOf(session(), reference, kind, (unit) => new Meter(reference, unit));
  }

  get(gauge: number): number {
    return this.fields[gauge];
  }

  /** Of the slowest that it has noted; of one that is being exchanged, nothing. */
  *slowest(): Generator<SlowRun> {
    for (let place = Gauge.SLOW; place < Gauge.RUNS; place += 3) {
      const id = this.fields[place];
      const ms = this.fields[place + 1];
      const among = this.fields[place + 2];
      if (id !== 0 && this.fields[place] === id) yield { id, ms, among };
    }
  }

  /** Gives it back; what was read of it before stays good. */
  forget(): void {
    forgetInstance(session(), this, this.reference);
  }
}
