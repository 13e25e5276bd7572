/**
 * Results of consecutive quick tasks in one record, which grows in the ring as they are done: each outlives this process from the moment it is added,
 * and the pool is woken once for many.
 */
import type { Ring } from '../channels/ring.ts';
import type { Passenger } from '../memory/object_kinds.ts';
import { Writer } from '../serialization/writer.ts';
import { Kind, setLength, writeLength } from './protocol.ts';

const RECORD_BYTES = 8 * 1024;
/** A larger result goes by itself. */
const VALUE_BYTES = 1024;
export class ResultBatch {
  readonly #results: Ring;
  readonly #writer = new Writer();
  readonly #passengers: Passenger[] = [];
  #isOpen = false;
  /** Id that the next result must have; 0 = nothing was added to the record. */
  #next = 0;
  /** The millisecond of the last publication: results of the same one wait, for a wake-up of the pool costs more than a quick task. */
  #published = 0;

  constructor(results: Ring) {
    this.#results = results;
  }

  /** In the middle of encoding a result. */
  get isBusy(): boolean {
    return this.#writer.busy;
  }

  /** False = the result has to go by itself, after what was added before. */
  add(id: number, value: unknown): boolean {
    const writer = this.#writer;
    if (writer.busy) return false;
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
    // The clock of whole milliseconds costs half of the finer one, a tenth of what a quick task costs here.
    const now = Date.now();
    if (now !== this.#published || end > RECORD_BYTES - VALUE_BYTES) this.#publish(now);
    return true;
  }

  /** Publishes what was added. */
  flush(): void {
    this.#publish(Date.now());
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
