/** What workers say, read: each outcome goes to the task that it is of. */
import { type Message, releaseMessage } from '../channels/message.ts';
import { session } from '../memory/session.ts';
import { needsWait, readImporting, readWithoutImport } from '../serialization/importing.ts';
import { Reader } from '../serialization/reader.ts';
import { type Job, singles, taskCount, type Unit } from './jobs.ts';
import { Kind, readLength } from './protocol.ts';
import type { WorkerHandle } from './worker_handle.ts';

export interface OutcomesOwner {
  /** Its initialiser has run. */
  ready(worker: WorkerHandle): void;
  /** The first unit that it had is settled; undefined = it could not be decoded. */
  completed(worker: WorkerHandle, unit: Unit | undefined): void;
  /** It ends, and takes nothing more. */
  full(worker: WorkerHandle): void;
  /** To the front of the queue. */
  requeue(units: readonly Unit[]): void;
}

export class Outcomes {
  readonly #owner: OutcomesOwner;
  readonly #reader = new Reader();

  constructor(owner: OutcomesOwner) {
    this.#owner = owner;
  }

  /** True = the message is still needed, and will be released. */
  read(worker: WorkerHandle, message: Message): boolean {
    const reader = this.#reader;
    reader.open(message.bytes);
    const kind = reader.read();
    if (kind === Kind.DONE || kind === Kind.FAILED) return this.#onOutcome(worker, kind, reader, message);
    if (kind === Kind.BATCH) this.#onBatch(worker, reader);
    else if (kind === Kind.READY) this.#owner.ready(worker);
    else if (kind === Kind.REFUSED) this.#onRefusal(worker, reader);
    else if (kind === Kind.FULL) this.#owner.full(worker);
    else if (kind === Kind.BROKEN)
      worker.failure = readOr(
        () => reader.read(),
        (error) => error,
      );
    return false;
  }

  #onOutcome(worker: WorkerHandle, kind: typeof Kind.DONE | typeof Kind.FAILED, reader: Reader, message: Message): boolean {
    reader.read();
    const unit = worker.inFlight[0];
    const index = unit.offset + unit.done;
    unit.done++;
    if (unit.done === taskCount(unit)) this.#owner.completed(worker, unit);
    const { position } = reader;
    const isDone = this.#settle(unit.job, index, reader, kind === Kind.DONE);
    if (!isDone)
      this.#settleImporting(unit.job, index, message.bytes, position, kind === Kind.DONE, () =>
        releaseMessage(session(), message),
      );
    return !isDone;
  }

  /** False = the value needs a module that this process has not imported: the class of an error or a result stands in it. */
  #settle(job: Job, index: number, reader: Reader, isValue: boolean): boolean {
    let value: unknown;
    try {
      value = readWithoutImport(() => reader.read());
    } catch (error) {
      if (needsWait(error)) return false;
      job.fail(index, error);
      return true;
    }
    if (isValue) job.settle(index, value);
    else job.fail(index, value);
    return true;
  }

  #settleImporting(job: Job, index: number, bytes: Uint8Array, position: number, isValue: boolean, release?: () => void): void {
    readImporting(() => readAt(bytes, position))
      .then(
        (value) => (isValue ? job.settle(index, value) : job.fail(index, value)),
        (reason) => job.fail(index, reason),
      )
      .finally(release);
  }

  /**
   * Results of consecutive tasks, of one unit or of several. A record that was salvaged ends where its worker died; what was settled when the record was still
   * growing is passed over.
   */
  #onBatch(worker: WorkerHandle, reader: Reader): void {
    const firstId = reader.read() as number;
    const { bytes } = reader;
    const next = worker.inFlight[0];
    if (next === undefined) return;
    const seen = next.firstId + next.done - firstId;
    for (const value of readWithoutImport(() => readBatch(reader, seen))) {
      const unit = worker.inFlight[0];
      const { job } = unit;
      const index = unit.offset + unit.done++;
      if (unit.done === taskCount(unit)) this.#owner.completed(worker, unit);
      if (!(value instanceof Unreadable)) job.settle(index, value);
      else if (needsWait(value.reason)) this.#settleImporting(job, index, Uint8Array.from(bytes), value.position, true);
      else job.fail(index, value.reason);
    }
  }

  /** The worker could not decode the message: each task alone shows which is to blame; a function that is not there fails them all. */
  #onRefusal(worker: WorkerHandle, reader: Reader): void {
    reader.read();
    const isWhole = reader.read() === true;
    const unit = worker.inFlight[0];
    this.#owner.completed(worker, undefined);
    if (taskCount(unit) > 1 && !isWhole) {
      this.#owner.requeue(singles(unit));
      return;
    }
    failAll(
      unit,
      readOr(
        () => reader.read(),
        (failure) => failure,
      ),
    );
  }
}

/** In place of a value that could not be decoded. */
class Unreadable {
  readonly reason: unknown;
  readonly position: number;
  constructor(reason: unknown, position: number) {
    this.reason = reason;
    this.position = position;
  }
}

/** All values before any of them settles: what that sets off may decode something itself. */
function readBatch(reader: Reader, seen: number): unknown[] {
  const values: unknown[] = [];
  for (let i = 0; reader.more; i++) {
    const end = readLength(reader) + reader.position;
    if (i < seen) {
      reader.position = end;
      continue;
    }
    const { position } = reader;
    try {
      values.push(reader.read());
    } catch (error) {
      values.push(new Unreadable(error, position));
    }
    // A value that could not be decoded costs itself alone.
    reader.position = end;
  }
  return values;
}

function readAt(bytes: Uint8Array, position: number): unknown {
  const reader = new Reader();
  reader.open(bytes);
  reader.position = position;
  return reader.read();
}

/** Every task of the unit that is not settled. */
export function failAll(unit: Unit, error: unknown): void {
  for (let i = unit.done; i < taskCount(unit); i++) unit.job.fail(unit.offset + i, error);
}

function readOr<T>(read: () => T, otherwise: (error: unknown) => T): T {
  try {
    return read();
  } catch (error) {
    return otherwise(error);
  }
}
