/**
 * The worker's stopwatch: where its time goes, and how long its tasks take. It writes to the meter that its pool reads.
 *
 * To look at the clock costs as much as a quick task (0.1 to 0.2 us), so of quick messages one in eight is measured in its parts (decoding, the task, sending the result), and of the
 * others the whole, less what the parts but the task took in those before. After a message that took longer than QUICK_MS the next is measured, too.
 * Tasks of a chunk are timed together as long as they end within one millisecond: its results look at the coarse clock anyway, where they are quickest after every eighth.
 */

import { clockBase } from './clock.ts';
import { bucketOf } from './histogram.ts';
import { Gauge, type Meter, Phase, SLOWEST } from './meter.ts';

const QUICK_MS = 0.1;
const ONE_IN = 8;
/** A chunk of more tasks is always measured in its parts. */
const LARGE_CHUNK = 8;
/** Weight of the newest message in the mean of what is not the task. */
const NEWEST = 0.25;

export class WorkerClock {
  readonly #fields: Float64Array;
  readonly #base = clockBase();
  /** Until when time was accounted for. */
  #mark = performance.now();
  /** The tasks of the message at hand that were not accounted for: from the first to the last id. */
  #first = 1;
  #last = 0;
  /** After which the coarse clock was last looked at, and said the same millisecond as before. */
  lookedAt = 0;
  /** The message is measured in its parts. */
  isFine = false;
  #skip = 0;
  #began = 0;
  #beside = 0;
  /** What a quick message takes beside its task, in ms. */
  #overhead = 0;
  /** The shortest run time in the table of the slowest; -1 = there is room. */
  #least = -1;

  constructor(meter: Meter) {
    this.#fields = meter.fields;
    this.#fields[Gauge.BOOTED] = this.#mark + this.#base;
    this.#store(this.#mark);
  }

  /** The initialiser has ended; tasks are waited for. */
  ready(): void {
    const now = performance.now();
    this.#fields[Gauge.INITIALIZED] = now + this.#base;
    this.#store(now);
    this.#fields[Gauge.PHASE] = Phase.WORKING;
  }

  /** What comes next is waiting, for a message or for room. */
  waits(): void {
    this.#fields[Gauge.PHASE] = Phase.WAITING;
  }

  waited(): void {
    this.#lap(Gauge.WAITING);
    this.#fields[Gauge.PHASE] = Phase.WORKING;
  }

  /** Of a worker with several tasks at once: it works while any of them runs. */
  idle(isIdle: boolean): void {
    if (isIdle) {
      this.#lap(Gauge.WORKING);
      this.waits();
    } else this.waited();
  }

  /** Timers and I/O of the tasks had their turn. */
  turned(): void {
    this.#lap(Gauge.WORKING);
  }

  /** A message is about to be decoded. */
  begin(id: number): void {
    this.#first = id;
    this.#last = id;
    this.#began = this.#mark;
    this.#beside = 0;
    this.isFine = --this.#skip <= 0;
  }

  /** It is decoded: it holds so many tasks. */
  decoded(count: number): void {
    this.#last = this.#first + count - 1;
    if (count > LARGE_CHUNK) this.isFine = false;
    if (this.isFine || count > LARGE_CHUNK) this.serialized();
  }

  /** What was done since is encoding or decoding. */
  serialized(): void {
    this.#beside += this.#lap(Gauge.SERIALIZING);
  }

  /** The tasks up to this one have run. */
  ran(id: number): void {
    if (id < this.#first) return;
    this.#account(id, this.#lap(Gauge.WORKING));
  }

  /** Of the message at hand this task and those after it are not run. */
  skip(id: number): void {
    this.ran(id - 1);
    this.#last = id - 1;
  }

  /** One that was waited for has; others may have run meanwhile. */
  ranLater(id: number, began: number): void {
    this.#lap(Gauge.WORKING);
    if (id >= this.#first) this.#first = id + 1;
    this.#record(id, this.#mark - began, 1);
  }

  /** Begins a task that is waited for: those before it are accounted for, it is not. Returns when it began. */
  pending(id: number): number {
    const began = this.#mark;
    if (id > this.#first) {
      this.ran(id - 1);
      return this.#mark;
    }
    return began;
  }

  /** Part of what counts as work was encoding: `ms`, as far as can be told. */
  wasSerializing(ms: number): void {
    const part = Math.min(ms, this.#fields[Gauge.WORKING]);
    this.#fields[Gauge.WORKING] -= part;
    this.#fields[Gauge.SERIALIZING] += part;
  }

  /** The message is done, its results are published. Returns the time (`performance.now`). */
  end(): number {
    const now = performance.now();
    if (this.#first > this.#last) {
      const part = now - this.#mark;
      this.#fields[Gauge.SERIALIZING] += part;
      this.#beside += part;
      if (this.isFine) this.#overhead += (Math.min(this.#beside, QUICK_MS) - this.#overhead) * NEWEST;
    } else {
      const part = this.#beside > 0 ? 0 : Math.min(this.#overhead, now - this.#mark);
      const work = now - this.#mark - part;
      this.#fields[Gauge.SERIALIZING] += part;
      this.#fields[Gauge.WORKING] += work;
      this.#account(this.#last, work);
    }
    this.#store(now);
    if (this.isFine) this.#skip = ONE_IN;
    if (now - this.#began > QUICK_MS) this.#skip = 0;
    return now;
  }

  #lap(gauge: number): number {
    const now = performance.now();
    const part = now - this.#mark;
    this.#fields[gauge] += part;
    this.#store(now);
    return part;
  }

  #store(now: number): void {
    this.#mark = now;
    this.#fields[Gauge.SINCE] = now + this.#base;
  }

  /** Those up to `id` took `ms` together. Those up to `lookedAt` had ended within one millisecond. */
  #account(id: number, ms: number): void {
    const count = id - this.#first + 1;
    const among = Math.max(1, Math.min(count, id - this.lookedAt));
    this.#first = id + 1;
    if (count > 1 && ms > 2) {
      const others = 1 / count;
      this.#record(id - 1, others, count - 1);
      this.#record(id, ms - others * (count - 1), 1, among);
    } else this.#record(id, ms / count, count);
  }

  #record(id: number, ms: number, count: number, among = 1): void {
    const fields = this.#fields;
    fields[Gauge.RUNS + bucketOf(ms)] += count;
    fields[Gauge.TASKS] += count;
    if (ms > fields[Gauge.MAX_RUN]) fields[Gauge.MAX_RUN] = ms;
    if (ms > this.#least) this.#note(id, ms, among);
  }

  /** It takes the place of the quickest in the table. */
  #note(id: number, ms: number, among: number): void {
    const fields = this.#fields;
    const timeAt = (place: number): number => (fields[Gauge.SLOW + 3 * place] === 0 ? -1 : fields[Gauge.SLOW + 3 * place + 1]);
    let quickest = 0;
    for (let place = 1; place < SLOWEST; place++) if (timeAt(place) < timeAt(quickest)) quickest = place;
    const at = Gauge.SLOW + 3 * quickest;
    fields[at] = 0;
    fields[at + 1] = ms;
    fields[at + 2] = among;
    fields[at] = id;
    fields[Gauge.SLOW_CHANGES]++;
    this.#least = Infinity;
    for (let place = 0; place < SLOWEST; place++) this.#least = Math.min(this.#least, timeAt(place));
  }
}
