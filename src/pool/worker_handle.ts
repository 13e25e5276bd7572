/** The pool's side of one worker: its process, its private channel, and what it was given and has not answered. */

import { ProcessError, SerializationError } from '../base/errors.ts';
import { type Message, Outgoing, releaseMessage } from '../channels/message.ts';
import { Ring, RingRole } from '../channels/ring.ts';
import type { ProcessEvent } from '../logging/events.ts';
import type { Passenger } from '../memory/object_kinds.ts';
import { onSessionOpen, session } from '../memory/session.ts';
import { Child, type Exit } from '../process/child.ts';
import { nextChildPath } from '../process/identity.ts';
import { libraryFunction } from '../references/library_function.ts';
import { Reader } from '../serialization/reader.ts';
import { PART_SIZE } from '../serialization/sink.ts';
import { Writer } from '../serialization/writer.ts';
import type { WaitSet } from '../wakeup/wait_set.ts';
import { waiting } from '../wakeup/waiting.ts';
import type { Unit } from './jobs.ts';
import { openCount, taskCount } from './jobs.ts';
import { Gauge, Meter } from './meter.ts';
import { type ChannelAddress, FUNCTION_FOLLOWS, FUNCTION_KNOWN, Kind, MAX_ID, skipTerms, writeTerms } from './protocol.ts';
import type { SharedArguments } from './shared_arguments.ts';
import { Turns } from './turns.ts';
import { workerMain } from './worker.ts';
import type { WorkerSetup } from './worker_setup.ts';

const WORKER_MAIN = libraryFunction(workerMain, 'workerMain', './worker.js', import.meta.url);

/**
 * Work that a worker has before it, in ms. Enough to bridge the pool's answer: results come every millisecond, and what else the pool's thread has to do takes its time.
 * Little enough not to keep others waiting.
 */
const AHEAD_MS = 4;
/** The next unit is there when one is done, be it as long as it may: an idle worker takes it back from a busy one. */
const MIN_AHEAD = 2;
const MAX_AHEAD = 2048;
/** While units are sent without a pause a worker is woken this often (ms): to wake a process costs as much as to send two tasks. */
const WAKE_MS = 0.5;
/**
 * Of a chunk of the quickest tasks 8 bytes a result come a million times a second: a worker whose ring is full of them sleeps, and is woken, and in a ring of 64 KiB
 * that was half of the time. Pages that are not written to take no memory.
 */
const RESULTS_BYTES = 512 * 1024;
/** What a worker is told beside its tasks is seldom, and short. */
const CONTROL_BYTES = 1024;
/** No limit; a small whole number, which costs least to count down. */
const MANY = 2 ** 30 - 1;
/** When it has so many it is woken before the rest is sent. */
const WAKE_FOR = 8;
/** Weight of the newest task in the mean time that one takes; of many, that of MOST_NEW. */
const NEWEST = 0.3;
const MOST_NEW = 8;

/** A worker that is ended for a task's sake. */
export interface ForcedEnd {
  /** Id of a task that ran for too long; 0 = none: its job was cancelled. What else it began is begun again elsewhere. */
  readonly id: number;
  readonly error: unknown;
}

const writer = new Writer();

/** Those that were sent something and are told of it when this turn ends: or before this thread sleeps in a call that blocks. */
const nudged = new Set<WorkerHandle>();

function wakeNudged(): void {
  for (const worker of nudged) worker.wakeNow();
}

onSessionOpen(() => {
  waiting().sleepHooks.push({ before: wakeNudged, after: () => {} });
});

/** The same error with a path as the user sees it. */
export function withPath(error: unknown, inner: string, outer: string): unknown {
  if (!(error instanceof SerializationError) || !error.path.startsWith(inner)) return error;
  const path = outer + error.path.slice(inner.length);
  return new SerializationError(
    error.message.replace(error.path, () => path),
    path,
    'cause' in error ? { cause: error.cause } : undefined,
  );
}

export class WorkerHandle {
  readonly child: Child;
  /** Sent and not settled, in the order in which the worker takes them. */
  readonly inFlight: Unit[] = [];
  isReady = false;
  /** It ends when it has done what it was given. */
  isLeaving = false;
  /** It may be given work: there is a place for it, and it is not leaving. */
  accepts = false;
  /** Units that it may still be given before it has to leave. */
  unitsLeft: number;
  /** Told when it begins to leave, and when it has done its last then. */
  onLeaving: (() => void) | undefined;
  isReleased = false;
  ageTimer: NodeJS.Timeout | undefined;
  /** The end of what it wrote to its standard error, once it has ended. */
  lastWords = '';
  /** Why the pool has ended it. */
  forced: ForcedEnd | undefined;
  /** Why it could not start, when it said so. */
  failure: unknown;
  readonly #tasks = Ring.create();
  readonly #results = Ring.create(RESULTS_BYTES);
  readonly #control = Ring.create(CONTROL_BYTES);
  readonly meter = Meter.create();
  /** When it was started (`performance.now`). */
  readonly createdAt = performance.now();
  /** Bytes of the messages to it, and from it. */
  bytesIn = 0;
  bytesOut = 0;
  /** How much of its table of slow tasks is known here. */
  slowChanges = 0;
  slowNoted: readonly number[] = [];
  readonly #known = new Set<number>();
  readonly #shared: SharedArguments | undefined;
  #nextId = 1;
  #woken = 0;
  #isNudging = false;
  /** Units that it was sent and not told of. */
  #untold = 0;
  /** What a task takes lately, by the worker's own clock: results come here by the millisecond. And what it had counted then. */
  #meanMs = AHEAD_MS;
  #tasksCounted = 0;
  #msCounted = 0;
  /** When the message that is being dealt with was read: the clock costs as much as the result of a quick task in it. */
  #readAt = 0;
  /** Tasks that it has under way at once. */
  readonly concurrency: number;
  /** How many units it should have before it. */
  depth: number;
  /** When the unit at the head of `inFlight` became the head. */
  headSince = 0;
  #isHeadUntold = false;
  #seenNote = 0;
  #noteSeenAt = 0;
  /** Where it has several tasks under way, what is at the head says little. */
  readonly #turns: Turns | undefined;

  /** `takesSpare`: a process that was booted before will do, whatever the start method is. */
  constructor(setup: WorkerSetup, takesSpare: boolean) {
    const { method, initializer, initargs, concurrency, limits, shared } = setup;
    this.#shared = shared;
    this.concurrency = concurrency;
    if (concurrency > 1) this.#turns = new Turns(concurrency);
    this.depth = MIN_AHEAD + concurrency - 1;
    this.unitsLeft = limits.tasks ?? MANY;
    this.#tasks.openEnd(RingRole.WRITER);
    this.#results.openEnd(RingRole.READER);
    this.#control.openEnd(RingRole.WRITER);
    const channel: ChannelAddress = {
      tasks: this.#tasks.reference,
      results: this.#results.reference,
      control: this.#control.reference,
      meter: this.meter.reference,
    };
    const path = nextChildPath();
    try {
      this.child = new Child([WORKER_MAIN, [channel, initializer, initargs, concurrency, limits.memory, shared?.sent]], {
        identity: { name: `PoolWorker-${path.join(':')}`, daemon: true, path, parent: 0 },
        method,
        takesSpare,
        keepsLastWords: true,
        ignoresInterrupt: true,
        prepare: (owner) => {
          for (const { reference } of [this.#tasks, this.#results, this.#control, this.meter])
            session().objects.hold(reference.index, owner);
          this.#tasks.grantEnd(RingRole.READER, owner);
          this.#control.grantEnd(RingRole.READER, owner);
          this.#results.grantEnd(RingRole.WRITER, owner);
        },
      });
    } catch (error) {
      this.release();
      throw withPath(error, 'args[2]', 'initargs');
    }
  }

  get waitSet(): WaitSet {
    return this.#results.readers;
  }

  /** Sends a unit. False = its ring is full, or its ids are used up and it leaves. Throws when an item cannot be encoded. */
  send(unit: Unit, functionNumber: number): boolean {
    const { kind, items, job } = unit;
    if (this.#nextId + taskCount(unit) > MAX_ID) {
      this.stop();
      return false;
    }
    const passengers: Passenger[] = [];
    const own = this.#writer();
    own.begin({ passengers }, undefined, PART_SIZE);
    if (unit.attempt > 1 || job.terms?.timeout !== undefined) writeTerms(own, unit.attempt, job.terms?.timeout !== undefined);
    // What is no object needs none of what `write` prepares.
    own.number(kind);
    own.number(this.#nextId);
    own.number(functionNumber);
    if (this.#known.has(functionNumber)) own.number(FUNCTION_KNOWN);
    else {
      own.number(FUNCTION_FOLLOWS);
      own.write(job.fn, 'function');
    }
    own.writeElements(items, kind === Kind.CALL ? 'args' : 'items');
    const message = new Outgoing(own.finish(), passengers, false, own.takeParts());
    if (!this.#tasks.tryWrite(message, true)) {
      message.discard(session());
      return false;
    }
    this.bytesIn += message.length;
    unit.firstId = this.#nextId;
    this.#nextId += taskCount(unit);
    if (this.inFlight.length === 0) {
      this.headSince = performance.now();
      this.#isHeadUntold = true;
    }
    this.inFlight.push(unit);
    this.#turns?.give(this.inFlight);
    this.#nudge();
    if (--this.unitsLeft === 0) this.stop();
    return true;
  }

  #writer(): Writer {
    const shared = this.#shared;
    if (shared === undefined) return writer.busy ? new Writer() : writer;
    return shared.writer.busy ? shared.newWriter() : shared.writer;
  }

  /**
   * It is woken when everything that is to be sent now is, or when it has some: woken for one quick task it would sleep again before the next. A thread that sends
   * for long wakes it every WAKE_MS.
   */
  #nudge(): void {
    if (!this.#isNudging) {
      this.#isNudging = true;
      this.#untold = 0;
      nudged.add(this);
      // After all microtasks: a loop of awaits over results sends one task in each.
      process.nextTick(() => this.wakeNow());
    }
    // The clock costs as much as writing a small task.
    if (++this.#untold % WAKE_FOR !== 0) return;
    const now = performance.now();
    if (now - this.#woken < WAKE_MS) return;
    this.#woken = now;
    this.#wake(now);
  }

  /** Wakes it for what was sent and not told of yet. */
  wakeNow(): void {
    if (!this.#isNudging) return;
    this.#isNudging = false;
    nudged.delete(this);
    if (!this.isReleased) this.#wake();
  }

  /** What it had to wait for until it was told is not its delay. */
  #wake(now?: number): void {
    if (this.#isHeadUntold) {
      this.#isHeadUntold = false;
      this.headSince = now ?? performance.now();
    }
    this.#tasks.wakeReader();
  }

  /** The unit that a task belongs to; undefined = it is not in flight (any more). */
  unitOf(id: number): Unit | undefined {
    // Where tasks run one after the other it is always the first.
    for (const unit of this.inFlight) if (id < unit.firstId + taskCount(unit)) return id < unit.firstId ? undefined : unit;
    return undefined;
  }

  /** It can do something from now on. */
  begin(): void {
    this.isReady = true;
    // What waited for the initialiser has its turn now.
    this.headSince = performance.now();
    for (const unit of this.inFlight) this.#turns?.forget(unit);
    this.#turns?.give(this.inFlight);
  }

  /** Since when a unit has been what it is at, or about to be at. */
  turnOf(unit: Unit): number {
    return this.#turns?.of(unit) ?? this.headSince;
  }

  /** All of a unit is settled. */
  completed(unit: Unit, functionNumber: number): void {
    this.#known.add(functionNumber);
    if (this.inFlight[0] === unit) this.inFlight.shift();
    else this.inFlight.splice(this.inFlight.indexOf(unit), 1);
    this.headSince = Math.max(this.headSince, this.#readAt);
    this.#isHeadUntold = false;
    this.#turns?.give(this.inFlight);
    this.#setDepth(taskCount(unit));
    if (this.isLeaving && this.inFlight.length === 0) this.onLeaving?.();
  }

  /** For units of so many tasks. */
  #setDepth(tasks: number): void {
    const { fields } = this.meter;
    const counted = fields[Gauge.TASKS];
    const count = counted - this.#tasksCounted;
    if (count > 0) {
      const ms = fields[Gauge.WORKING] + fields[Gauge.SERIALIZING];
      const weight = 1 - (1 - NEWEST) ** Math.min(count, MOST_NEW);
      this.#meanMs += ((ms - this.#msCounted) / count - this.#meanMs) * weight;
      this.#tasksCounted = counted;
      this.#msCounted = ms;
    }
    const units = Math.ceil(AHEAD_MS / (this.#meanMs * tasks));
    this.depth = Math.min(MAX_AHEAD, Math.max(MIN_AHEAD, units)) + this.concurrency - 1;
  }

  /** Its ring has no room, or its ids are used up: until it has completed one it is given no more, and others are. */
  passOver(): void {
    this.depth = this.inFlight.length;
  }

  /** How many units it may be given in a row: a quarter of what keeps it busy for AHEAD_MS. */
  get burst(): number {
    return Math.max(1, (this.depth - this.concurrency + 1) >> 2);
  }

  /** Whether it could start another task now. */
  get hasRoom(): boolean {
    return this.concurrency === 1 ? this.inFlight.length === 0 : this.#openTasks() < this.concurrency;
  }

  /** Units that it has not started and will not start soon. One that is not ready has started none. */
  get spareUnits(): number {
    const { length } = this.inFlight;
    if (this.concurrency === 1 || !this.isReady) return length - (this.isReady ? 1 : 0);
    const { id } = this.started;
    const next = this.inFlight.findIndex(({ firstId }) => firstId > id);
    if (next < 0 || this.#openTasks() - taskCount(this.inFlight[next]) < this.concurrency) return 0;
    return length - next;
  }

  #openTasks(): number {
    return this.inFlight.reduce((sum, unit) => sum + openCount(unit), 0);
  }

  /** Tells running tasks, and the worker of those up to `last` that it has not begun, that nobody waits for them. False = there is no room, or the reason has no form that can be sent. */
  cancel(id: number, last: number, reason: unknown): boolean {
    const passengers: Passenger[] = [];
    const own = new Writer();
    own.begin({ passengers });
    own.write(Kind.CANCEL);
    own.write(id);
    own.write(last);
    try {
      own.write(reason, 'reason');
    } catch (error) {
      own.write(new ProcessError(`the task was cancelled, for a reason that cannot be sent: ${(error as Error).message}`));
    }
    const message = new Outgoing(own.finish(), passengers);
    if (this.#control.tryWrite(message)) return true;
    message.discard(session());
    return false;
  }

  /** Takes back all that the worker has not read, in its order. At once: a worker that wakes up meanwhile begins none of them. */
  takeBackAll(): Unit[] {
    return this.#tasks
      .readAll()
      .map((message) => this.#unsent(message))
      .filter((unit) => unit !== null);
  }

  #unsent(message: Message): Unit | null {
    const reader = new Reader();
    reader.open(message.bytes);
    if (reader.read() === Kind.TERMS) skipTerms(reader);
    const id = reader.read();
    releaseMessage(session(), message);
    const index = this.inFlight.findIndex((unit) => unit.firstId === id);
    if (index < 0) return null;
    if (index === 0) this.headSince = performance.now();
    this.unitsLeft++;
    const [unit] = this.inFlight.splice(index, 1);
    this.#turns?.forget(unit);
    return unit;
  }

  /** Hands out what the worker has published, at most `limit` messages; `handle` returns true for one that it releases itself. True = there may be more. */
  drain(handle: (message: Message) => boolean, limit: number): boolean {
    for (let i = 0; i < limit; i++) {
      const message = this.#results.tryRead();
      if (!message) return false;
      this.bytesOut += message.bytes.length;
      this.#readAt = performance.now();
      let isKept = false;
      try {
        isKept = handle(message);
      } finally {
        if (!isKept) releaseMessage(session(), message);
      }
    }
    return true;
  }

  /** Results that the worker has not published: it began a long task right after them. Those that are settled already are in it, too. */
  peek(handle: (message: Message) => boolean): void {
    this.#handOut(this.#results.peek(), handle);
  }

  /** Results that the worker had not published when it died. */
  salvage(handle: (message: Message) => boolean): void {
    this.#handOut(this.#results.salvage(), handle);
  }

  #handOut(bytes: Uint8Array | undefined, handle: (message: Message) => boolean): void {
    if (bytes === undefined) return;
    this.#readAt = performance.now();
    handle({ bytes, passengers: [], block: 0, raw: false });
  }

  /** What the worker was at when it died: the id of a task, and whether it was still decoding the message. */
  get started(): { id: number; decoding: boolean } {
    const note = this.#results.note;
    return { id: note >> 1, decoding: (note & 1) === 1 };
  }

  /** Since when it is at the task that it is at at `now`, as far as anybody has looked; `now` where it has nothing to do. */
  movedAt(now: number): number {
    const { note } = this.#results;
    if (note !== this.#seenNote || this.inFlight.length === 0) {
      this.#seenNote = note;
      this.#noteSeenAt = now;
    }
    const head = this.inFlight[0];
    // Nobody may have looked for long: where nothing else can have been begun since, it is at that since then.
    if (head !== undefined && taskCount(head) === 1 && note >> 1 === head.firstId) return this.headSince;
    return Math.max(this.#noteSeenAt, this.headSince);
  }

  /** When the timed task that it is at started, by `sharedNow`: read `started` before. */
  get startedAt(): number {
    return this.#results.noteTime;
  }

  /** What it is at, or about to be at, shall end at once, and it with it. It has nothing else that it could begin. */
  giveUp(end: ForcedEnd): void {
    this.forced = end;
    this.isLeaving = true;
    this.accepts = false;
    this.child.kill('SIGKILL');
    this.onLeaving?.();
  }

  /** Asks the worker to end when it has done what it was given. */
  stop(): void {
    if (this.isLeaving) return;
    this.isLeaving = true;
    this.accepts = false;
    // The ring itself stays: what is in it can still be taken back.
    this.#tasks.giveUpEnd(RingRole.WRITER);
    this.onLeaving?.();
  }

  /** Gives the channel back; the worker has ended. */
  release(): void {
    this.isReleased = true;
    this.#tasks.forget();
    this.#results.forget();
    this.#control.forget();
    this.meter.forget();
  }

  /** What events tell of it. */
  get event(): ProcessEvent {
    return { name: this.child.identity.name, pid: this.child.pid };
  }

  get exited(): Promise<Exit> {
    return this.child.exited;
  }
}
