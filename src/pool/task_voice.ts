/** What running tasks say to the pool beside their results, and hear of it: progress, and that nobody waits for them any more. */
import { type Message, Outgoing, releaseMessage } from '../channels/message.ts';
import { Ring, RingRole } from '../channels/ring.ts';
import { session } from '../memory/session.ts';
import { needsWait, readImporting, readWithoutImport } from '../serialization/importing.ts';
import { Reader } from '../serialization/reader.ts';
import { Writer } from '../serialization/writer.ts';
import { waiting } from '../wakeup/waiting.ts';
import { type ChannelAddress, Kind } from './protocol.ts';
import type { ResultBatch } from './result_batch.ts';
import type { RunningTask, TaskHost } from './running_task.ts';
import type { RunningTasks } from './running_tasks.ts';

/** When there was no room for a message that is not urgent, it is tried again after this time (ms). */
const RETRY_MS = 10;

/** Ids of tasks. */
interface Range {
  readonly first: number;
  readonly last: number;
}

export class TaskVoice implements TaskHost {
  tasks: RunningTasks | undefined;
  readonly #address: ChannelAddress;
  readonly #results: Ring;
  readonly #batch: ResultBatch;
  #control: Ring | undefined;
  /** The last of those that nobody waits for, begun or not, and why. */
  #unwanted = 0;
  #reason: unknown;

  constructor(address: ChannelAddress, results: Ring, batch: ResultBatch) {
    this.#address = address;
    this.#results = results;
    this.#batch = batch;
  }

  report(id: number, done: number, total: number | undefined): boolean {
    return this.#send(progressMessage(id, done, total), false);
  }

  async reportLater(id: number, done: number, total: number | undefined): Promise<void> {
    const message = progressMessage(id, done, total).keep();
    await waiting().wait([this.#results.writers], () => this.#send(message, false) || undefined);
  }

  /** A task may wait for nothing but its cancellation: that keeps the worker alive. */
  heed(task: RunningTask): void {
    this.#listen();
    waiting().keepAlive(1);
    this.#sayHeeds(task);
    if (this.isUnwanted(task.id)) task.abort(this.#reason);
  }

  /** Whether nobody waits for a task that has not ended. */
  isUnwanted(id: number): boolean {
    if (this.#control) this.poll();
    return id <= this.#unwanted;
  }

  heedNoMore(): void {
    waiting().keepAlive(-1);
  }

  /** Nobody has to be woken for it: the pool reads what is there before it ends a worker. */
  #sayHeeds(task: RunningTask): void {
    if (!this.#send(encoded([Kind.HEEDS, task.id]), true))
      setTimeout(() => task.isEnded || this.#sayHeeds(task), RETRY_MS).unref();
  }

  /** A timed task starts. Without room it is said later: what keeps the thread meanwhile is the last that has started, and STARTED_AT says when. */
  started(id: number, time: number): void {
    if (!this.#send(encoded([Kind.STARTED, id, time]), true)) setTimeout(() => this.started(id, time), RETRY_MS).unref();
  }

  poll(): void {
    for (let message = this.#control?.tryRead(); message; message = this.#control?.tryRead()) this.#onCancel(message);
  }

  /** False = no room, or in the middle of a result, whose record must not end here. */
  #send(message: Outgoing, quiet: boolean): boolean {
    if (this.#batch.isBusy) return false;
    this.#batch.flush();
    return this.#results.tryWrite(message, quiet);
  }

  /** Not before a task asks for its signal: few do. */
  #listen(): void {
    if (this.#control) return;
    this.#control = Ring.from(this.#address.control);
    this.#control.openEnd(RingRole.READER);
    waiting().subscribe([this.#control.readers], () => this.poll());
  }

  #onCancel(message: Message): void {
    const reader = new Reader();
    reader.open(message.bytes);
    reader.read();
    const range = { first: reader.read() as number, last: reader.read() as number };
    const { position } = reader;
    if (range.last > range.first) this.#unwanted = range.last;
    try {
      this.#abort(
        range,
        readWithoutImport(() => reader.read()),
      );
    } catch (error) {
      if (needsWait(error)) {
        this.#abortImporting(range, message, position);
        return;
      }
      // That it is cancelled is what matters.
      this.#abort(range, error);
    }
    releaseMessage(session(), message);
  }

  #abort({ first, last }: Range, reason: unknown): void {
    if (last === this.#unwanted) this.#reason = reason;
    this.tasks?.abort(first, last, reason);
  }

  #abortImporting(range: Range, message: Message, position: number): void {
    const read = (): unknown => {
      const reader = new Reader();
      reader.open(message.bytes);
      reader.position = position;
      return reader.read();
    };
    readImporting(read)
      .catch((error) => error)
      .then((reason) => this.#abort(range, reason))
      .finally(() => releaseMessage(session(), message));
  }
}

function progressMessage(id: number, done: number, total: number | undefined): Outgoing {
  return encoded(total === undefined ? [Kind.PROGRESS, id, done] : [Kind.PROGRESS, id, done, total]);
}

function encoded(values: readonly number[]): Outgoing {
  const writer = new Writer();
  writer.begin();
  for (const value of values) writer.write(value);
  return new Outgoing(writer.finish());
}
