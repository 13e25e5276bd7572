/** A pool's worker: takes tasks from its ring one after the other, runs them, publishes each result at once. */
import { inspect } from 'node:util';
import { BootstrapError, MaybeEncodingError, RemoteError } from '../base/errors.ts';
import { type Message, Outgoing, releaseMessage } from '../channels/message.ts';
import { Ring, RingRole } from '../channels/ring.ts';
import type { Passenger } from '../memory/object_kinds.ts';
import { session } from '../memory/session.ts';
import { needsWait, readImporting, readWithoutImport } from '../serialization/importing.ts';
import { Reader } from '../serialization/reader.ts';
import { Writer } from '../serialization/writer.ts';
import { waiting } from '../wakeup/waiting.ts';
import { sharedNow } from './clock.ts';
import { MemoryLimit } from './memory_limit.ts';
import { type ChannelAddress, FUNCTION_FOLLOWS, Kind } from './protocol.ts';
import { ResultBatch } from './result_batch.ts';

type Task = (...args: readonly unknown[]) => unknown;

/** The longest that tasks in a row keep timers and I/O waiting, in ms. */
const TURN_MS = 5;

interface Decoded {
  readonly task: Task;
  readonly items: readonly unknown[];
}

class Worker {
  readonly #tasks: Ring;
  readonly #results: Ring;
  readonly #functions = new Map<number, Task>();
  readonly #writer = new Writer();
  readonly #reader = new Reader();
  #turned = 0;
  readonly #batch: ResultBatch;
  #isFunctionRead = true;
  readonly #memory: MemoryLimit | undefined;
  /** Of the message that it is at: for the how-manieth time its tasks are tried. */
  attempt = 1;
  #isTimed = false;

  constructor(channel: ChannelAddress, maxMemory: number | undefined) {
    if (maxMemory !== undefined) this.#memory = new MemoryLimit(maxMemory);
    this.#tasks = Ring.from(channel.tasks);
    this.#results = Ring.from(channel.results);
    this.#tasks.openEnd(RingRole.READER);
    this.#results.openEnd(RingRole.WRITER);
    this.#batch = new ResultBatch(this.#results);
  }

  async run(initializer: Task | undefined, initargs: readonly unknown[]): Promise<void> {
    // What an import or a task began (a timer, a listener) may fail when no task runs.
    process.on('uncaughtException', (error) => {
      if (error instanceof BootstrapError) this.#break(error);
      process.stderr.write(`${inspect(error)}\n`);
      process.exit(1);
    });
    try {
      await initializer?.(...initargs);
    } catch (error) {
      this.#break(error);
    }
    const writer = this.#begin([]);
    writer.write(Kind.READY);
    await this.#publish(writer, []);
    for (;;) {
      const message = this.#tasks.tryRead() ?? (await this.#nextMessage());
      if (message === null) return;
      const pending = this.#handle(message) ?? this.#turn();
      if (pending) await pending;
      if (this.#memory?.isExceeded()) return this.#leave();
    }
  }

  /** What is in its ring the pool gives to others. */
  async #leave(): Promise<void> {
    const writer = this.#begin([]);
    writer.write(Kind.FULL);
    await this.#publish(writer, []);
  }

  /** Timers and I/O of what the tasks began get their turn every few ms. */
  #turn(): Promise<void> | undefined {
    const now = performance.now();
    if (now - this.#turned < TURN_MS) return undefined;
    this.#turned = now;
    this.#batch.flush();
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** null = the pool is gone. */
  async #nextMessage(): Promise<Message | null> {
    this.#batch.flush();
    const look = (): Message | null | undefined =>
      this.#tasks.tryRead() ?? (this.#tasks.isEndOpen(RingRole.WRITER) ? undefined : (this.#tasks.tryRead() ?? null));
    return (await waiting().wait([this.#tasks.readers], look)) ?? null;
  }

  /** Returns a promise only where something has to be waited for: most tasks are done before it returns. */
  #handle(message: Message): Promise<void> | undefined {
    const reader = this.#reader;
    reader.open(message.bytes);
    let kind = reader.read() as number;
    this.#isTimed = false;
    this.attempt = 1;
    if (kind === Kind.TERMS) kind = this.#readTerms(reader);
    const id = reader.read() as number;
    this.#results.note = (id << 1) | 1;
    const { position } = reader;
    let decoded: Decoded;
    try {
      decoded = readWithoutImport(() => this.#decode(reader));
    } catch (error) {
      if (needsWait(error)) return this.#handleImporting(message, position, kind, id);
      releaseMessage(session(), message);
      return this.#refuse(id, error);
    }
    releaseMessage(session(), message);
    return this.#perform(kind, id, decoded);
  }

  /** What comes before a message with terms. Returns the kind that follows. */
  #readTerms(reader: Reader): number {
    this.attempt = reader.read() as number;
    this.#isTimed = reader.read() as boolean;
    return reader.read() as number;
  }

  /** A task starts: stored before the user's code runs. */
  #starts(id: number): void {
    if (this.#isTimed) this.#results.noteTime = sharedNow();
    this.#results.note = id << 1;
  }

  async #handleImporting(message: Message, position: number, kind: number, id: number): Promise<void> {
    let decoded: Decoded;
    try {
      decoded = await readImporting(() => {
        const reader = new Reader();
        reader.open(message.bytes);
        reader.position = position;
        return this.#decode(reader);
      });
    } catch (error) {
      if (error instanceof BootstrapError) this.#break(error);
      return this.#refuse(id, error);
    } finally {
      releaseMessage(session(), message);
    }
    return this.#perform(kind, id, decoded);
  }

  #perform(kind: number, id: number, { task, items }: Decoded): Promise<void> | undefined {
    return kind === Kind.CALL ? this.#run(id, task, items) : this.#runItems(id, task, items, kind === Kind.STAR);
  }

  /** Tasks one after the other. Their results go into a growing record, so that they survive this process, and wake the pool now and then. */
  #runItems(firstId: number, task: Task, items: readonly unknown[], spread: boolean, from = 0): Promise<void> | undefined {
    const batch = this.#batch;
    for (let i = from; i < items.length; i++) {
      const id = firstId + i;
      this.#starts(id);
      let pending: Promise<void> | undefined;
      try {
        const value = spread ? task(...(items[i] as readonly unknown[])) : task(items[i]);
        if (isThenable(value)) pending = this.#settle(id, value);
        else if (!batch.add(id, value)) pending = this.#done(id, value);
      } catch (error) {
        pending = this.#fail(id, error);
      }
      if (pending) return pending.then(() => this.#runItems(firstId, task, items, spread, i + 1));
    }
    return undefined;
  }

  #decode(reader: Reader): Decoded {
    const number = reader.read() as number;
    if (reader.read() === FUNCTION_FOLLOWS) {
      this.#isFunctionRead = false;
      this.#functions.set(number, reader.read() as Task);
    }
    this.#isFunctionRead = true;
    return { items: reader.read() as readonly unknown[], task: this.#functions.get(number)! };
  }

  /**
   * Runs one task and publishes its outcome. Returns a promise only where something has to be waited for.
   * STARTED is stored before the user's code runs, and the result is published before the next task starts: a death costs exactly the task that runs.
   */
  #run(id: number, task: Task, args: readonly unknown[]): Promise<void> | undefined {
    this.#starts(id);
    let value: unknown;
    try {
      value = task(...args);
      if (isThenable(value)) return this.#settle(id, value);
    } catch (error) {
      return this.#fail(id, error);
    }
    return this.#batch.add(id, value) ? undefined : this.#done(id, value);
  }

  async #settle(id: number, promise: PromiseLike<unknown>): Promise<void> {
    this.#batch.flush();
    this.#results.wakeReader();
    let value: unknown;
    try {
      value = await promise;
    } catch (error) {
      return this.#fail(id, error);
    }
    return this.#done(id, value);
  }

  #done(id: number, value: unknown): Promise<void> | undefined {
    const passengers: Passenger[] = [];
    const writer = this.#begin(passengers);
    try {
      writer.write(Kind.DONE);
      writer.write(id);
      writer.write(value, 'result');
    } catch (error) {
      const message = `the result of a task, ${brief(value)}, cannot be sent: ${messageOf(error)}`;
      return this.#fail(id, new MaybeEncodingError(message, { cause: sendable(error) }));
    }
    return this.#publish(writer, passengers);
  }

  #fail(id: number, error: unknown): Promise<void> | undefined {
    return this.#sendError(error, (writer) => {
      writer.write(Kind.FAILED);
      writer.write(id);
    });
  }

  #refuse(id: number, error: unknown): Promise<void> | undefined {
    return this.#sendError(error, (writer) => {
      writer.write(Kind.REFUSED);
      writer.write(id);
      writer.write(!this.#isFunctionRead);
    });
  }

  /** The pool cannot work: says why, and ends. */
  #break(error: unknown): never {
    this.#sendError(error, (writer) => writer.write(Kind.BROKEN));
    process.stderr.write(`${inspect(error)}\n`);
    process.exit(1);
  }

  #sendError(error: unknown, header: (writer: Writer) => void): Promise<void> | undefined {
    const passengers: Passenger[] = [];
    const writer = this.#begin(passengers);
    header(writer);
    try {
      writer.write(error, 'error');
    } catch {
      passengers.length = 0;
      writer.write(sendable(error));
    }
    return this.#publish(writer, passengers);
  }

  /** A getter or reducer of a result may itself be in the middle of a `write`. */
  #begin(passengers: Passenger[]): Writer {
    const writer = this.#writer.busy ? new Writer() : this.#writer;
    writer.begin({ passengers });
    return writer;
  }

  #publish(writer: Writer, passengers: readonly Passenger[]): Promise<void> | undefined {
    const message = new Outgoing(writer.finish(), passengers);
    // What was done before comes before.
    this.#batch.flush();
    try {
      if (this.#results.tryWrite(message)) return undefined;
    } catch (error) {
      // No shared memory for a large result; the error is small.
      return this.#fail(this.#results.note >> 1, error);
    }
    return this.#publishLater(message.keep());
  }

  async #publishLater(message: Outgoing): Promise<void> {
    this.#results.wakeReader();
    await waiting().wait([this.#results.writers], () => (this.#results.tryWrite(message) ? true : undefined));
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return value !== null && typeof value === 'object' && typeof (value as { then?: unknown }).then === 'function';
}

/** What can always be sent of an error. */
function sendable(error: unknown): RemoteError {
  const remote = new RemoteError(messageOf(error));
  if (error instanceof Error && typeof error.stack === 'string') remote.stack = error.stack;
  return remote;
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : inspect(error);
  } catch {
    return 'an error that cannot be shown';
  }
}

function brief(value: unknown): string {
  try {
    return inspect(value, { depth: 0, maxStringLength: 60, maxArrayLength: 3, breakLength: Infinity });
  } catch {
    return `of type ${typeof value}`;
  }
}

/** The target of a worker process. */
export async function workerMain(
  channel: ChannelAddress,
  initializer: Task | undefined,
  initargs: readonly unknown[],
  maxMemory?: number,
): Promise<void> {
  await new Worker(channel, maxMemory).run(initializer, initargs);
  // What tasks have left open (a timer, a connection kept by their module) does not keep a worker whose pool is done.
  process.exit();
}
