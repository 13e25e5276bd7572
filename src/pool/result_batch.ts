/**
 * Results of consecutive quick tasks in one record, which grows in the ring as they are done: each outlives this process from the moment it is added,
 * and the pool is woken once for many.
 */
import type { Ring } from '../channels/ring.ts';
import type { Passenger } from '../memory/object_kinds.ts';
import { Writer } from '../serialization/writer.ts';
import { encodeImmediate, IMMEDIATE_BYTES, immediate } from './immediates.ts';
import { alignUp, Kind, setLength, writeLength } from './protocol.ts';
import type { WorkerClock } from './worker_clock.ts';

const RECORD_BYTES = 8 * 1024;
/** Immediate values in a record; its header takes two places more. */
const IMMEDIATES = 1024;
/** A larger result goes by itself. */
const VALUE_BYTES = 1024;
/** Of so many results, the encoding of one is timed and counted as theirs; of one that took longer than USUAL_MS (a garbage collection came between) no more than that. */
const TIMED_ONE_IN = 64;
const USUAL_MS = 0.02;
/** Where more than LOOK_FROM tasks end in a millisecond, the clock is looked at after every LOOK_EVERY: it costs as much as a task, and those take some 30 us together. */
const LOOK_FROM = 256;
const LOOK_EVERY = 8;
/** What is larger than this, and goes by itself, is not written here to its end first. */
const WRITER_SIZE = 2 * RECORD_BYTES;

export class ResultBatch {
  readonly #results: Ring;
  readonly #writer = new Writer(WRITER_SIZE);
  readonly #passengers: Passenger[] = [];
  #isOpen = false;
  /** The record holds immediate values. */
  #isImmediate = false;
  /** For so many more. */
  #room = 0;
  /** Of the record that holds others: whether these could have been. */
  #areAllImmediate = false;
  /** The next record shall hold immediate values. It changes by the record, for to begin one costs more than what it saves for a few values. */
  #prefersImmediates = true;
  /** Id that the next result must have; 0 = nothing was added to the record. */
  #next = 0;
  /** The millisecond of the last publication: results of the same one wait, for a wake-up of the pool costs more than a quick task. */
  #published = 0;
  /** The millisecond of the last result. */
  #now = 0;
  /** Results until the next look at the clock, and from one to the next. */
  #unlooked = 1;
  #every = 1;
  /** Id of the last result that was published because of the time, or of its number. */
  #publishedAt = 0;
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
    if (this.#prefersImmediates && this.#addImmediate(id, value)) return true;
    const writer = this.#writer;
    if (writer.busy) return false;
    const began = id % TIMED_ONE_IN === 0 ? performance.now() : 0;
    if ((this.#next !== id || this.#isImmediate) && !this.#open(id)) return false;
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
    this.#areAllImmediate &&= encodeImmediate(value);
    this.#next = id + 1;
    if (began !== 0) this.#clock.wasSerializing(Math.min(performance.now() - began, USUAL_MS) * TIMED_ONE_IN);
    this.#added(id, end > RECORD_BYTES - VALUE_BYTES);
    return true;
  }

  /** `add`, short where the record that is open takes it. */
  addNumber(id: number, value: number): boolean {
    if (this.#next !== id || !this.#isImmediate || Number.isNaN(value)) return this.add(id, value);
    this.#results.appendNumber(value);
    this.#next = id + 1;
    this.#added(id, --this.#room === 0);
    return true;
  }

  /** False = it is no immediate value, or has no room. */
  #addImmediate(id: number, value: unknown): boolean {
    if (!encodeImmediate(value)) {
      this.#prefersImmediates = false;
      return false;
    }
    const { first, second } = immediate;
    if ((this.#next !== id || !this.#isImmediate) && !this.#openImmediates(id)) return false;
    this.#results.appendPair(first, second);
    this.#next = id + 1;
    this.#added(id, --this.#room === 0);
    return true;
  }

  /** The results of one millisecond, or a record full of them, are published. */
  #added(id: number, isFull: boolean): void {
    if (--this.#unlooked > 0 && !isFull) return;
    // The clock of whole milliseconds costs half of the finer one.
    const now = Date.now();
    if (now !== this.#published || isFull) {
      this.#clock.ran(id);
      this.#every = id - this.#publishedAt > LOOK_FROM * Math.max(1, now - this.#published) ? LOOK_EVERY : 1;
      this.#publishedAt = id;
      this.#publish(now);
    } else this.#now = now;
    this.#clock.lookedAt = id;
    this.#unlooked = this.#every;
  }

  /** Publishes what was added. */
  flush(): void {
    this.#publish(this.#now);
  }

  #open(id: number): boolean {
    if (!this.#begin(Kind.BATCH, id, RECORD_BYTES)) return false;
    this.#isImmediate = false;
    this.#areAllImmediate = true;
    this.#results.append(this.#writer.bytes, 0, this.#writer.length);
    return true;
  }

  #openImmediates(id: number): boolean {
    if (this.#writer.busy || !this.#begin(Kind.IMMEDIATES, id, (IMMEDIATES + 2) * IMMEDIATE_BYTES)) return false;
    this.#isImmediate = true;
    const writer = this.#writer;
    while (writer.length !== alignUp(writer.length)) writer.byte(0);
    this.#room = IMMEDIATES;
    this.#results.append(writer.bytes, 0, writer.length);
    return true;
  }

  #begin(kind: number, id: number, bytes: number): boolean {
    if (this.#next !== 0) this.flush();
    if (!this.#results.openRecord(bytes)) return false;
    this.#isOpen = true;
    this.#passengers.length = 0;
    this.#writer.begin({ passengers: this.#passengers });
    this.#writer.write(kind);
    this.#writer.write(id);
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
    if (!this.#isImmediate) this.#prefersImmediates = this.#areAllImmediate;
    this.#published = now;
    this.#results.commitRecord();
    this.#results.wakeReader();
  }
}
