/**
 * Results of consecutive quick tasks in one record, which grows in the ring as they are done: each outlives this process from the moment it is added,
 * and the pool is woken once for many.
 */
import type { Ring } from '../channels/ring.ts';
import type { Passenger } from '../memory/object_kinds.ts';
import { Writer } from '../serialization/writer.ts';
import { Kind, setLength, writeLength } from './protocol.ts';
import type { WorkerClock } from './worker_clock.ts';

const RECORD_BYTES = 8 * 1024;
/** A larger result goes by itself. */
const VALUE_BYTES = 1024;
/** Of so many results, the encoding of one is timed and counted as theirs; of one that took longer than USUAL_MS (a garbage collection came between) no more than that. */
const TIMED_ONE_IN = 64;
const USUAL_MS = 0.02;
/** What is larger than this, and goes by itself, is not written here to its end first. */
const WRITER_SIZE = 2 * RECORD_BYTES;

export class ResultBatch {
  readonly #results: Ring;
  readonly #writer = new Writer(WRITER_SIZE);
  readonly #passengers: Passenger[] = [];
  #isOpen = false;
  /** Id that the next result must have; 0 = nothing was added to the record. */
  #next = 0;
  /** The millisecond of the last publication: results of the same one wait, for a wake-up of the pool costs more than a quick task. */
  #published = 0;
  /** The millisecond of the last result. */
  #now = 0;
  readonly #clock: WorkerClock;

  constructor(results: Ring, clock: WorkerClock) {
    this.#results = results;
    this.#clock = clock;
    this.#writer.limit = WRITER_SIZE;
  }

  /** In the middle of encoding a result. */
  get isBusy(): boolean {
    return this.#writer.busy;
  }

  /** False = the result has to go by itself, after what was added before. */
  add(id: number, value: unknown): boolean {
    const writer = this.#writer;
    if (writer.busy) return false;
    const began = id % TIMED_ONE_IN === 0 ? performance.now() : 0;
    if (this.#next !== id && !this.#open(id)) return false;
    const start = writer.length;
    writeLength(writer);
    const content = writer.length;
    try {
      writer.write(value, 'result');
    } catch {
      this.flush();
      return false;
    }
    const end = writer.length;
    if (end - content > VALUE_BYTES || this.#passengers.length > 0) {
      this.flush();
      return false;
    }
    setLength(writer, start, end - content);
    this.#results.append(writer.bytes, start, end);
    this.#next = id + 1;
    if (began !== 0) this.#clock.wasSerializing(Math.min(performance.now() - began, USUAL_MS) * TIMED_ONE_IN);
    // The clock of whole milliseconds costs half of the finer one, a tenth of what a quick task costs here.
    const now = Date.now();
    if (now !== this.#published || end > RECORD_BYTES - VALUE_BYTES) {
      this.#clock.ran(id);
      this.#publish(now);
    } else this.#now = now;
    return true;
  }

  /** Publishes what was added. */
  flush(): void {
    this.#publish(this.#now);
  }

  #open(id: number): boolean {
    if (this.#next !== 0) this.flush();
    if (!this.#results.openRecord(RECORD_BYTES)) return false;
    this.#isOpen = true;
    this.#passengers.length = 0;
    this.#writer.begin({ passengers: this.#passengers });
    this.#writer.write(Kind.BATCH);
    this.#writer.write(id);
    this.#results.append(this.#writer.bytes, 0, this.#writer.length);
    return true;
  }

  #publish(now: number): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#next === 0) {
      this.#results.abandonRecord();
      return;
    }
    this.#next = 0;
    this.#published = now;
    this.#results.commitRecord();
    this.#results.wakeReader();
  }
}
