/** A pool's worker: takes tasks from its ring one after the other, runs them, publishes each result at once. */
import { inspect } from 'node:util';
import { BootstrapError, MaybeEncodingError, RemoteError } from '../base/errors.ts';
import { isThenable } from '../base/thenable.ts';
import { type Message, Outgoing, releaseMessage } from '../channels/message.ts';
import { Ring, RingRole } from '../channels/ring.ts';
import type { Passenger } from '../memory/object_kinds.ts';
import { session } from '../memory/session.ts';
import { needsWait, readImporting, readWithoutImport } from '../serialization/importing.ts';
import { Reader } from '../serialization/reader.ts';
import { PART_SIZE } from '../serialization/sink.ts';
import { Writer } from '../serialization/writer.ts';
import { waiting } from '../wakeup/waiting.ts';
import { sharedNow } from './clock.ts';
import { Lanes, type Work } from './lanes.ts';
import { MemoryLimit } from './memory_limit.ts';
import { Meter } from './meter.ts';
import { type ChannelAddress, FUNCTION_FOLLOWS, Kind } from './protocol.ts';
import { ResultBatch } from './result_batch.ts';
import { RunningTasks } from './running_tasks.ts';
import type { SharedSnapshot } from './shared_arguments.ts';
import { TaskVoice } from './task_voice.ts';
import { WorkerClock } from './worker_clock.ts';

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
  readonly #reader: Reader;
  readonly #shared: readonly object[] | undefined;
  #turned = 0;
  readonly #clock: WorkerClock;
  readonly #batch: ResultBatch;
  #isFunctionRead = true;
  readonly #lanes: Lanes | undefined;
  readonly #voice: TaskVoice;
  readonly #contexts: RunningTasks;
  /** No task runs: what calls `taskContext()` is none. */
  #isBetween = false;
  readonly #memory: MemoryLimit | undefined;
  /** Of the message that it is at: for the how-manieth time its tasks are tried. */
  attempt = 1;
  #isTimed = false;
  /** What ended `#runNumbers`. */
  #odd: unknown;

  constructor(
    channel: ChannelAddress,
    concurrency: number,
    maxMemory: number | undefined,
    shared: readonly object[] | undefined,
  ) {
    if (maxMemory !== undefined) this.#memory = new MemoryLimit(maxMemory);
    this.#shared = shared;
    this.#reader = new Reader(shared);
    this.#tasks = Ring.from(channel.tasks);
    this.#results = Ring.from(channel.results);
    this.#tasks.openEnd(RingRole.READER);
    this.#results.openEnd(RingRole.WRITER);
    this.#clock = new WorkerClock(Meter.from(channel.meter));
    this.#batch = new ResultBatch(this.#results, this.#clock);
    const voice = new TaskVoice(channel, this.#results, this.#batch);
    this.#voice = voice;
    const isAlone = concurrency === 1;
    this.#contexts = new RunningTasks(voice, isAlone ? () => this.#present() : undefined);
    voice.tasks = this.#contexts;
    if (!isAlone) this.#lanes = this.#makeLanes(concurrency);
  }

  /** The task that runs, where only one does. */
  #present(): { id: number; attempt: number } | undefined {
    const { note } = this.#results;
    return this.#isBetween || note === 0 || (note & 1) === 1 ? undefined : { id: note >> 1, attempt: this.attempt };
  }

  #makeLanes(concurrency: number): Lanes {
    return new Lanes(concurrency, this.#tasks, {
      open: (message) => this.#handle(message),
      start: (work, index) => this.#start(work, index),
      isUnwanted: (id) => this.#voice.isUnwanted(id),
      skip: ({ firstId, items }, index) => this.#skip(firstId + index, items.length - index),
      isFull: () => this.#memory?.isExceeded() === true,
      flush: () => this.#batch.flush(),
      idle: (isIdle) => this.#clock.idle(isIdle),
    });
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
    this.#clock.ready();
    const writer = this.#begin([]);
    writer.write(Kind.READY);
    await this.#publish(writer, [], 0);
    if (this.#lanes) {
      await this.#lanes.run();
      return this.#lanes.isFull ? this.#leave() : undefined;
    }
    for (;;) {
      const message = this.#tasks.tryRead() ?? (await this.#nextMessage());
      if (message === null) return;
      this.#isBetween = false;
      const pending = this.#handle(message);
      if (pending) await pending;
      if (this.#memory?.isExceeded()) return this.#leave();
      const turn = this.#turn(this.#clock.end());
      if (turn) await turn;
    }
  }

  /** What is in its ring the pool gives to others. */
  async #leave(): Promise<void> {
    const writer = this.#begin([]);
    writer.write(Kind.FULL);
    await this.#publish(writer, [], 0);
  }

  /** Timers and I/O of what the tasks began get their turn every few ms. */
  #turn(now: number): Promise<void> | undefined {
    if (now - this.#turned < TURN_MS) return undefined;
    this.#turned = now;
    this.#isBetween = true;
    this.#batch.flush();
    return new Promise((resolve) =>
      setImmediate(() => {
        this.#clock.turned();
        resolve();
      }),
    );
  }

  /** null = the pool is gone. */
  async #nextMessage(): Promise<Message | null> {
    this.#isBetween = true;
    this.#batch.flush();
    const look = (): Message | null | undefined =>
      this.#tasks.tryRead() ?? (this.#tasks.isEndOpen(RingRole.WRITER) ? undefined : (this.#tasks.tryRead() ?? null));
    this.#clock.waits();
    const message = await waiting().wait([this.#tasks.readers], look);
    this.#clock.waited();
    return message ?? null;
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
    this.#clock.begin(id);
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
        const reader = new Reader(this.#shared);
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
    if (this.#lanes) {
      this.#lanes.take({ kind, firstId: id, task, items, attempt: this.attempt });
      return undefined;
    }
    this.#clock.decoded(kind === Kind.CALL ? 1 : items.length);
    return kind === Kind.CALL ? this.#run(id, task, items) : this.#runItems(id, task, items, kind === Kind.STAR);
  }

  /** Tasks one after the other. Their results go into a growing record, so that they survive this process, and wake the pool now and then. */
  #runItems(firstId: number, task: Task, items: readonly unknown[], spread: boolean, from = 0): Promise<void> | undefined {
    const contexts = this.#contexts;
    const isTimed = this.#clock.isFine && items.length === 1;
    for (let i = from; i < items.length; i++) {
      if (contexts.isTracking && this.#voice.isUnwanted(firstId + i)) return this.#skip(firstId + i, items.length - i);
      let pending: Promise<void> | undefined;
      try {
        let value: unknown;
        if (spread || isTimed || contexts.isTracking) {
          this.#starts(firstId + i);
          value = this.#call(firstId + i, task, items[i], spread);
        } else {
          i = this.#runNumbers(firstId, task, items, i);
          if (i === items.length) return undefined;
          value = this.#odd;
          this.#odd = undefined;
        }
        pending = this.#ended(firstId + i, value, isTimed);
      } catch (error) {
        const id = this.#results.note >> 1;
        i = id - firstId;
        this.#clock.ran(id);
        pending = this.#fail(id, error);
      }
      if (pending) return pending.then(() => this.#runItems(firstId, task, items, spread, i + 1));
    }
    return undefined;
  }

  /**
   * The tasks from the `from`th on, as long as each gives a number. Returns the place of the first that does not, what it gave is in #odd; what one throws is that of STARTED.
   * Apart, because the compiler takes its time for a loop with everything in it: a million of the quickest tasks are half done by then.
   */
  #runNumbers(firstId: number, task: Task, items: readonly unknown[], from: number): number {
    const contexts = this.#contexts;
    const batch = this.#batch;
    for (let i = from; i < items.length; i++) {
      this.#starts(firstId + i);
      const value = task(items[i]);
      if (typeof value !== 'number' || contexts.isTracking || !batch.addNumber(firstId + i, value)) {
        this.#odd = value;
        return i;
      }
    }
    return items.length;
  }

  #call(id: number, task: Task, item: unknown, spread: boolean): unknown {
    const args = spread ? (item as readonly unknown[]) : [item];
    return this.#contexts.isTracking ? this.#contexts.run(id, this.attempt, task, args) : task(...args);
  }

  /** A task of several has returned. */
  #ended(id: number, value: unknown, isTimed: boolean): Promise<void> | undefined {
    if (isThenable(value)) return this.#settle(id, value);
    if (isTimed) this.#clock.ran(id);
    return this.#contexts.areAsked || !this.#batch.add(id, value) ? this.#doneAlone(id, value) : undefined;
  }

  /** The rest of a message. */
  #skip(id: number, count: number): Promise<void> | undefined {
    if (!this.#lanes) this.#clock.skip(id);
    const writer = this.#begin([]);
    writer.write(Kind.SKIPPED);
    writer.write(id);
    writer.write(count);
    return this.#publish(writer, [], id);
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
      value = this.#contexts.isTracking ? this.#contexts.run(id, this.attempt, task, args) : task(...args);
      if (isThenable(value)) return this.#settle(id, value);
    } catch (error) {
      this.#clock.ran(id);
      return this.#fail(id, error);
    }
    if (this.#clock.isFine) this.#clock.ran(id);
    return !this.#contexts.areAsked && this.#batch.add(id, value) ? undefined : this.#done(id, value);
  }

  /** One of several at once. */
  #start({ kind, firstId, task, items, attempt }: Work, index: number): Promise<void> | undefined {
    const id = firstId + index;
    this.#starts(id);
    if (this.#isTimed) this.#voice.started(id, this.#results.noteTime);
    const args = kind === Kind.CALL ? items : kind === Kind.STAR ? (items[index] as readonly unknown[]) : [items[index]];
    const began = performance.now();
    try {
      const value = this.#contexts.run(id, attempt, task, args);
      if (isThenable(value)) return this.#settle(id, value);
      this.#clock.ranLater(id, began);
      return !this.#contexts.areAsked && this.#batch.add(id, value) ? undefined : this.#done(id, value);
    } catch (error) {
      return this.#fail(id, error);
    }
  }

  async #settle(id: number, promise: PromiseLike<unknown>): Promise<void> {
    const began = this.#lanes ? performance.now() : this.#clock.pending(id);
    if (this.#contexts.areAsked) this.#contexts.left();
    this.#batch.flush();
    this.#results.wakeReader();
    let value: unknown;
    try {
      value = await promise;
    } catch (error) {
      this.#clock.ranLater(id, began);
      return this.#fail(id, error);
    }
    this.#clock.ranLater(id, began);
    return this.#done(id, value);
  }

  /** A large result of a task of many. */
  #doneAlone(id: number, value: unknown): Promise<void> | undefined {
    this.#clock.ran(id);
    const pending = this.#done(id, value);
    this.#clock.serialized();
    return pending;
  }

  #done(id: number, value: unknown): Promise<void> | undefined {
    const told = this.#contexts.areAsked ? this.#contexts.end(id) : undefined;
    if (told) return told.then(() => this.#done(id, value));
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
    return this.#publish(writer, passengers, id);
  }

  #fail(id: number, error: unknown): Promise<void> | undefined {
    const told = this.#contexts.areAsked ? this.#contexts.end(id) : undefined;
    if (told) return told.then(() => this.#fail(id, error));
    return this.#sendError(id, error, (writer) => {
      writer.write(Kind.FAILED);
      writer.write(id);
    });
  }

  #refuse(id: number, error: unknown): Promise<void> | undefined {
    return this.#sendError(id, error, (writer) => {
      writer.write(Kind.REFUSED);
      writer.write(id);
      writer.write(!this.#isFunctionRead);
    });
  }

  /** The pool cannot work: says why, and ends. */
  #break(error: unknown): never {
    this.#batch.flush();
    this.#sendError(0, error, (writer) => writer.write(Kind.BROKEN));
    process.stderr.write(`${inspect(error)}\n`);
    process.exit(1);
  }

  #sendError(id: number, error: unknown, header: (writer: Writer) => void): Promise<void> | undefined {
    const passengers: Passenger[] = [];
    const writer = this.#begin(passengers);
    header(writer);
    try {
      writer.write(error, 'error');
    } catch {
      passengers.length = 0;
      writer.write(sendable(error));
    }
    return this.#publish(writer, passengers, id);
  }

  /** A getter or reducer of a result may itself be in the middle of a `write`. */
  #begin(passengers: Passenger[]): Writer {
    const writer = this.#writer.busy ? new Writer() : this.#writer;
    writer.begin({ passengers }, undefined, PART_SIZE);
    return writer;
  }

  #publish(writer: Writer, passengers: readonly Passenger[], id: number): Promise<void> | undefined {
    const message = new Outgoing(writer.finish(), passengers, false, writer.takeParts());
    // What was done before comes before.
    this.#batch.flush();
    try {
      if (this.#results.tryWrite(message)) return undefined;
    } catch (error) {
      // No shared memory for a large result; the error is small.
      return this.#fail(id, error);
    }
    return this.#publishLater(message.keep());
  }

  async #publishLater(message: Outgoing): Promise<void> {
    this.#isBetween = true;
    this.#results.wakeReader();
    this.#clock.serialized();
    this.#clock.waits();
    await waiting().wait([this.#results.writers], () => (this.#results.tryWrite(message) ? true : undefined));
    this.#clock.waited();
    this.#isBetween = false;
  }
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
  concurrency: number,
  maxMemory?: number,
  shared?: SharedSnapshot,
): Promise<void> {
  await new Worker(channel, concurrency, maxMemory, shared?.objects).run(initializer, initargs);
  // What tasks have left open (a timer, a connection kept by their module) does not keep a worker whose pool is done.
  process.exit();
}
