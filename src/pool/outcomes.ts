/** What workers say, read: each outcome goes to the task that it is of. */
import { type Message, releaseMessage } from '../channels/message.ts';
import { session } from '../memory/session.ts';
import { needsWait, readImporting, readWithoutImport } from '../serialization/importing.ts';
import { Reader } from '../serialization/reader.ts';
import { onHeeds } from './cancelling.ts';
import { Immediates } from './immediates.ts';
import { type Job, settled, singles, taskCount, type Unit } from './jobs.ts';
import { alignUp, Kind, readLength } from './protocol.ts';
import { onStarted } from './start_times.ts';
import type { WorkerHandle } from './worker_handle.ts';

export interface OutcomesOwner {
  /** Its initialiser has run. */
  ready(worker: WorkerHandle): void;
  /** All of a unit is settled, or it could not be decoded. */
  completed(worker: WorkerHandle, unit: Unit, isKnown: boolean): void;
  /** It ends, and takes nothing more. */
  full(worker: WorkerHandle): void;
  /** To the front of the queue. */
  requeue(units: readonly Unit[]): void;
}

export class Outcomes {
  readonly #owner: OutcomesOwner;
  readonly #reader = new Reader();
  readonly #immediates = new Immediates();
  #isSettling = false;
  /** The thread blocks until something comes in. */
  isBlocked = false;
  /** Results that wait for an import, by job and index, and what is missing. */
  readonly #importing = new Map<Job, Map<number, unknown>>();

  constructor(owner: OutcomesOwner) {
    this.#owner = owner;
  }

  /** What is missing for a result that has come in; undefined = nothing is, or none has come in. */
  importing(job: Job, index?: number): unknown {
    const missing = this.#importing.get(job);
    return index === undefined ? missing?.values().next().value : missing?.get(index);
  }

  /** True = the message is still needed, and will be released. */
  read(worker: WorkerHandle, message: Message): boolean {
    const reader = this.#reader;
    reader.open(message.bytes);
    const kind = reader.read();
    if (kind === Kind.DONE || kind === Kind.FAILED) return this.#onOutcome(worker, kind, reader, message);
    if (kind === Kind.BATCH) this.#onBatch(worker, reader);
    else if (kind === Kind.IMMEDIATES) this.#onImmediates(worker, reader);
    else if (kind === Kind.READY) this.#owner.ready(worker);
    else if (kind === Kind.PROGRESS) onProgress(worker, reader);
    else if (kind === Kind.HEEDS) onHeeds(worker, reader.read() as number);
    else if (kind === Kind.STARTED) onStarted(worker, reader.read() as number, reader.read() as number);
    else if (kind === Kind.REFUSED) this.#onRefusal(worker, reader);
    else if (kind === Kind.SKIPPED) this.#onSkipped(worker, reader.read() as number, reader.read() as number);
    else if (kind === Kind.FULL) this.#owner.full(worker);
    else if (kind === Kind.BROKEN)
      worker.failure = readOr(
        () => reader.read(),
        (error) => error,
      );
    return false;
  }

  #onOutcome(worker: WorkerHandle, kind: typeof Kind.DONE | typeof Kind.FAILED, reader: Reader, message: Message): boolean {
    const id = reader.read() as number;
    const unit = worker.unitOf(id)!;
    const place = id - unit.firstId;
    const index = unit.offset + place;
    settled(unit, place);
    if (unit.done === taskCount(unit)) this.#owner.completed(worker, unit, true);
    if (unit.abandoned?.has(place)) return false;
    const { position } = reader;
    const missing = this.#settle(unit.job, index, reader, kind === Kind.DONE);
    if (missing !== undefined)
      this.#settleImporting(missing, unit.job, index, message.bytes, position, kind === Kind.DONE, () =>
        releaseMessage(session(), message),
      );
    return missing !== undefined;
  }

  /** The module that the value needs and this process has not imported: the class of an error or a result stands in it. Undefined = none, it is settled. */
  #settle(job: Job, index: number, reader: Reader, isValue: boolean): unknown {
    let value: unknown;
    try {
      value = readWithoutImport(() => reader.read());
    } catch (error) {
      if (needsWait(error)) return error;
      job.fail(index, error);
      return undefined;
    }
    if (isValue) job.settle(index, value);
    else job.fail(index, value);
    return undefined;
  }

  #settleImporting(
    missing: unknown,
    job: Job,
    index: number,
    bytes: Uint8Array,
    position: number,
    isValue: boolean,
    release?: () => void,
  ): void {
    if (this.isBlocked && this.#settleRequiring(job, index, bytes, position, isValue)) {
      release?.();
      return;
    }
    const others = this.#importing.get(job) ?? new Map<number, unknown>();
    this.#importing.set(job, others.set(index, missing));
    readImporting(() => readAt(bytes, position))
      .finally(() => {
        others.delete(index);
        if (others.size === 0) this.#importing.delete(job);
      })
      .then(
        (value) => (isValue ? job.settle(index, value) : job.fail(index, value)),
        (reason) => job.fail(index, reason),
      )
      .finally(release);
  }

  /** What a thread that blocks can do: many modules can be had without waiting. False = this one cannot. */
  #settleRequiring(job: Job, index: number, bytes: Uint8Array, position: number, isValue: boolean): boolean {
    let value: unknown;
    try {
      value = readAt(bytes, position);
    } catch (error) {
      if (needsWait(error)) return false;
      job.fail(index, error);
      return true;
    }
    if (isValue) job.settle(index, value);
    else job.fail(index, value);
    return true;
  }

  /**
   * Results of consecutive tasks, of one unit or of several. A record that was salvaged ends where its worker died; what was settled when the record was still
   * growing is passed over.
   */
  #onBatch(worker: WorkerHandle, reader: Reader): void {
    const firstId = reader.read() as number;
    const { bytes } = reader;
    const seen = firstOpen(worker, firstId) - firstId;
    let id = firstId + seen;
    for (const value of readWithoutImport(() => readBatch(reader, seen))) {
      const unit = worker.unitOf(id)!;
      const place = id++ - unit.firstId;
      const { job } = unit;
      const index = unit.offset + place;
      settled(unit, place);
      if (unit.done === taskCount(unit)) this.#owner.completed(worker, unit, true);
      if (unit.abandoned?.has(place)) continue;
      if (!(value instanceof Unreadable)) job.settle(index, value);
      else if (needsWait(value.reason))
        this.#settleImporting(value.reason, job, index, Uint8Array.from(bytes), value.position, true);
      else job.fail(index, value.reason);
    }
  }

  /** The same of immediate values, as many at a time as are of one unit. */
  #onImmediates(worker: WorkerHandle, reader: Reader): void {
    const firstId = reader.read() as number;
    // What is set off by the end of a task may read something itself.
    const values = (this.#isSettling ? new Immediates() : this.#immediates).read(
      reader.bytes.subarray(alignUp(reader.position), reader.end),
    );
    const outer = this.#isSettling;
    this.#isSettling = true;
    try {
      this.#settleImmediates(worker, firstId, values);
    } finally {
      this.#isSettling = outer;
    }
  }

  #settleImmediates(worker: WorkerHandle, firstId: number, values: Immediates): void {
    for (let at = firstOpen(worker, firstId) - firstId; at < values.length; ) {
      const unit = worker.unitOf(firstId + at)!;
      const place = firstId + at - unit.firstId;
      const end = Math.min(values.length, at + taskCount(unit) - place);
      if (unit.job.settleImmediates && place === unit.done && !unit.ahead && !unit.abandoned) {
        unit.done += end - at;
        if (unit.done === taskCount(unit)) this.#owner.completed(worker, unit, true);
        unit.job.settleImmediates(unit.offset + place, values, at, end);
      } else for (let i = at; i < end; i++) this.#settleOne(worker, unit, place + i - at, values.at(i));
      at = end;
    }
  }

  #settleOne(worker: WorkerHandle, unit: Unit, place: number, value: unknown): void {
    settled(unit, place);
    if (unit.done === taskCount(unit)) this.#owner.completed(worker, unit, true);
    if (!unit.abandoned?.has(place)) unit.job.settle(unit.offset + place, value);
  }

  /** Their job has ended: nobody is told. */
  #onSkipped(worker: WorkerHandle, id: number, count: number): void {
    const unit = worker.unitOf(id)!;
    for (let place = id - unit.firstId; count > 0; count--) settled(unit, place++);
    if (unit.done === taskCount(unit)) this.#owner.completed(worker, unit, true);
  }

  /** The worker could not decode the message: each task alone shows which is to blame; a function that is not there fails them all. */
  #onRefusal(worker: WorkerHandle, reader: Reader): void {
    const unit = worker.unitOf(reader.read() as number)!;
    const isWhole = reader.read() === true;
    this.#owner.completed(worker, unit, false);
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

/** One that comes after the outcome is nobody's. */
function onProgress(worker: WorkerHandle, reader: Reader): void {
  const id = reader.read() as number;
  const unit = worker.unitOf(id);
  if (!unit?.job.progress || unit.abandoned?.has(id - unit.firstId)) return;
  const done = reader.read() as number;
  unit.job.progress(unit.offset + id - unit.firstId, done, reader.more ? (reader.read() as number) : undefined);
}

/** The first task from an id on that is not settled. What is settled of a record is its beginning. */
function firstOpen({ inFlight }: WorkerHandle, id: number): number {
  for (const unit of inFlight) {
    if (id >= unit.firstId + taskCount(unit)) continue;
    let place = Math.max(id - unit.firstId, unit.done);
    while (unit.ahead?.has(place)) place++;
    if (place < taskCount(unit)) return unit.firstId + place;
  }
  return Infinity;
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
