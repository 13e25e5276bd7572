/**
 * The pool's heart: who gets which unit, what comes back, and what a death costs.
 *
 * Every worker has a private channel and a few units before it. Results come in the order in which the worker took the units; so the head of its list is what it is at.
 * A worker that dies costs the task it had started (its channel's STARTED word names it); everything else that it had goes back to the front of the queue.
 */
import { inspect } from 'node:util';
import { deferred } from '../base/deferred.ts';
import { BootstrapError, ProcessError, WorkerLostError } from '../base/errors.ts';
import { type Message, releaseMessage } from '../channels/message.ts';
import { announce } from '../logging/events.ts';
import { session } from '../memory/session.ts';
import { type Exit, exitEvent } from '../process/child.ts';
import type { StartMethod } from '../process/start_method.ts';
import { needsWait, readImporting, readWithoutImport } from '../serialization/importing.ts';
import { Reader } from '../serialization/reader.ts';
import { waiting } from '../wakeup/waiting.ts';
import { halves, type Job, restOf, singles, type TaskFunction, taskCount, type Unit } from './jobs.ts';
import { Kind, readLength } from './protocol.ts';
import { UnitQueue } from './unit_queue.ts';
import { WorkerHandle, withPath } from './worker_handle.ts';

/** Workers that die so many times in a row before they are ready break the pool. */
const MAX_FAILED_STARTS = 3;
/** Messages that are taken from a worker before timers and I/O get their turn. */
const DRAIN_LIMIT = 512;
/** An idle worker takes units from one that has been at its present unit for longer than this. */
const TAKE_OVER_MS = 2;

/** Seen by nobody: the job that it would fail was stopped. */
const STOPPED = new ProcessError('the iterator over the results was closed before this task was sent');

export interface WorkerSetup {
  readonly method: StartMethod;
  readonly processes: number;
  readonly initializer: TaskFunction | undefined;
  readonly initargs: readonly unknown[];
}

export class Dispatcher {
  readonly #setup: WorkerSetup;
  readonly #queue = new UnitQueue();
  readonly #workers = new Set<WorkerHandle>();
  readonly #subscriptions = new Map<WorkerHandle, () => void>();
  readonly #functions = new Map<TaskFunction, number>();
  readonly #jobs = new Set<Job>();
  readonly #allGone = deferred<void>();
  readonly #reader = new Reader();
  #failedStarts = 0;
  #end: 'closed' | 'terminated' | undefined;
  #broken: Error | undefined;
  #takeOverTimer: NodeJS.Timeout | undefined;
  #isDispatching = false;
  #keepsAlive = false;

  constructor(setup: WorkerSetup) {
    this.#setup = setup;
    try {
      for (let i = 0; i < setup.processes; i++) this.#startWorker();
    } catch (error) {
      this.terminate(error instanceof Error ? error : new ProcessError(inspect(error)));
      throw error;
    }
  }

  /** Why no more tasks are taken, or undefined. */
  get refusal(): Error | undefined {
    if (this.#broken) return this.#broken;
    return this.#end && new ProcessError(`the pool was ${this.#end}: it takes no more tasks`);
  }

  get isEnding(): boolean {
    return this.#end !== undefined;
  }

  get workers(): readonly WorkerHandle[] {
    return [...this.#workers];
  }

  /** A job begins; the pool keeps the program alive until it `ends`, unless it is `lazy` and says itself when somebody waits. */
  begin(job: Job, lazy = false): void {
    this.#jobs.add(job);
    if (!lazy) waiting().keepAlive(1);
  }

  ended(job: Job, lazy = false): void {
    if (!this.#jobs.delete(job)) return;
    if (!lazy) waiting().keepAlive(-1);
    this.#stopIfDone();
  }

  submit(units: Iterable<Unit>): void {
    for (const unit of units) this.#queue.push(unit);
    this.dispatch();
  }

  /** Withdraws what of a job has not been sent. */
  withdraw(job: Job): Unit[] {
    return this.#queue.remove(job);
  }

  close(): void {
    this.#end ??= 'closed';
    this.#stopIfDone();
  }

  /** Ends the workers; what is not settled fails with `error`. */
  terminate(error: Error): void {
    if (this.#end === 'terminated') return;
    this.#end = 'terminated';
    clearTimeout(this.#takeOverTimer);
    for (const worker of this.#workers) {
      worker.isLeaving = true;
      worker.child.end();
    }
    this.#queue.clear();
    for (const job of [...this.#jobs]) job.abort(error);
    if (this.#workers.size === 0) this.#allGone.resolve();
  }

  /** Settles when the last worker has ended, after close or terminate. */
  get gone(): Promise<void> {
    for (const job of this.#jobs) job.finish?.();
    return this.#allGone.promise;
  }

  /** The workers keep the event loop alive (they are about to end). */
  set keepsAlive(keep: boolean) {
    if (keep === this.#keepsAlive) return;
    this.#keepsAlive = keep;
    for (const worker of this.#workers) worker.child.keepAlive(keep ? 1 : -1);
  }

  // ---- giving out

  dispatch(): void {
    // Jobs that fail while they are sent may submit more.
    if (this.#isDispatching) return;
    this.#isDispatching = true;
    try {
      while (this.#queue.length > 0) {
        const worker = this.#leastBusy();
        if (!worker || !this.#sendNext(worker)) break;
      }
    } finally {
      this.#isDispatching = false;
    }
    this.#takeOver();
  }

  /** The worker with the fewest units before it, of those that take more. */
  #leastBusy(): WorkerHandle | undefined {
    let best: WorkerHandle | undefined;
    let fewest = Infinity;
    for (const worker of this.#workers) {
      const { length } = worker.inFlight;
      if (length >= fewest || length >= worker.depth || worker.isLeaving) continue;
      best = worker;
      fewest = length;
    }
    return best;
  }

  /** False = its ring is full. */
  #sendNext(worker: WorkerHandle): boolean {
    const unit = this.#queue.shift()!;
    if (unit.job.isStopped) {
      failAll(unit, STOPPED);
      return true;
    }
    try {
      if (worker.send(unit, this.#functionNumber(unit.job.fn))) return true;
      this.#queue.unshift([unit]);
      return false;
    } catch (error) {
      if (taskCount(unit) > 1) this.#queue.unshift(halves(unit));
      else unit.job.fail(unit.offset, named(error, unit));
      return true;
    }
  }

  #functionNumber(fn: TaskFunction): number {
    const known = this.#functions.get(fn);
    if (known !== undefined) return known;
    const number = this.#functions.size + 1;
    this.#functions.set(fn, number);
    return number;
  }

  /** A worker with nothing to do takes what waits behind a long task of another. */
  #takeOver(): void {
    if (this.#queue.length > 0 || this.#takeOverTimer || this.#end === 'terminated') return;
    const idle = this.#idle();
    if (!idle || !this.#findBusy()) return;
    this.#takeOverTimer = setTimeout(() => {
      this.#takeOverTimer = undefined;
      const now = performance.now();
      for (let worker = this.#idle(); worker; worker = this.#idle()) {
        const busy = this.#findBusy();
        const unit = busy && now - busy.headSince > TAKE_OVER_MS ? busy.takeBack() : null;
        if (!unit) break;
        this.#queue.push(unit);
        this.#sendNext(worker);
      }
      this.dispatch();
    }, TAKE_OVER_MS);
    this.#takeOverTimer.unref();
  }

  #idle(): WorkerHandle | undefined {
    for (const worker of this.#workers) if (worker.isReady && !worker.isLeaving && worker.inFlight.length === 0) return worker;
    return undefined;
  }

  /** The worker with most units that it has not started; one that is not ready has started none. */
  #findBusy(): WorkerHandle | undefined {
    let busy: WorkerHandle | undefined;
    let most = 0;
    for (const worker of this.#workers) {
      const waiting = worker.inFlight.length - (worker.isReady ? 1 : 0);
      if (waiting <= most) continue;
      busy = worker;
      most = waiting;
    }
    return busy;
  }

  // ---- taking in

  #startWorker(): void {
    const worker = new WorkerHandle(this.#setup.method, this.#setup.initializer, this.#setup.initargs);
    if (this.#keepsAlive) worker.child.keepAlive(1);
    this.#workers.add(worker);
    announce('multiproc:pool.worker.start', () => worker.event);
    this.#subscriptions.set(
      worker,
      waiting().subscribe([worker.waitSet], () => this.#look(worker)),
    );
    worker.exited.then((exit) => this.#onExit(worker, exit));
  }

  #look(worker: WorkerHandle): void {
    // Its channel is given back when it has ended, perhaps before this turn of the event loop.
    if (!this.#workers.has(worker)) return;
    const more = worker.drain((message) => this.#onMessage(worker, message), DRAIN_LIMIT);
    if (more) setImmediate(() => this.#look(worker));
    this.dispatch();
  }

  /** True = the message is still needed, and will be released. */
  #onMessage(worker: WorkerHandle, message: Message): boolean {
    const reader = this.#reader;
    reader.open(message.bytes);
    const kind = reader.read();
    if (kind === Kind.DONE || kind === Kind.FAILED) return this.#onOutcome(worker, kind, reader, message);
    if (kind === Kind.BATCH) this.#onBatch(worker, reader);
    else if (kind === Kind.READY) {
      worker.isReady = true;
      this.#failedStarts = 0;
      announce('multiproc:pool.worker.ready', () => worker.event);
    } else if (kind === Kind.REFUSED) this.#onRefusal(worker, reader);
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
    if (unit.done === taskCount(unit)) worker.completed(this.#functionNumber(unit.job.fn));
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

  /** Results of consecutive tasks of one unit. A record that was salvaged ends where its worker died. */
  #onBatch(worker: WorkerHandle, reader: Reader): void {
    reader.read();
    const unit = worker.inFlight[0];
    const { job, offset } = unit;
    const { bytes } = reader;
    for (const value of readWithoutImport(() => readBatch(reader))) {
      const index = offset + unit.done++;
      if (!(value instanceof Unreadable)) job.settle(index, value);
      else if (needsWait(value.reason)) this.#settleImporting(job, index, Uint8Array.from(bytes), value.position, true);
      else job.fail(index, value.reason);
    }
    if (unit.done === taskCount(unit)) worker.completed(this.#functionNumber(job.fn));
  }

  /** The worker could not decode the message: each task alone shows which is to blame; a function that is not there fails them all. */
  #onRefusal(worker: WorkerHandle, reader: Reader): void {
    reader.read();
    const isWhole = reader.read() === true;
    const unit = worker.inFlight[0];
    worker.completed(-1);
    if (taskCount(unit) > 1 && !isWhole) {
      this.#queue.unshift(singles(unit));
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

  #onExit(worker: WorkerHandle, exit: Exit): void {
    while (worker.drain((message) => this.#onMessage(worker, message), DRAIN_LIMIT));
    worker.salvage((message) => this.#onMessage(worker, message));
    this.#subscriptions.get(worker)?.();
    this.#subscriptions.delete(worker);
    this.#workers.delete(worker);
    const { isLeaving } = worker;
    announce('multiproc:pool.worker.exit', () => ({ ...exitEvent(worker.child, exit), expected: isLeaving }));
    // Whenever it comes, the next worker would fail the same way.
    if (worker.failure instanceof BootstrapError) this.#break(worker.failure);
    this.#salvage(worker, exit);
    worker.release();
    if (this.#end === 'terminated') {
      if (this.#workers.size === 0) this.#allGone.resolve();
      return;
    }
    if (!worker.isReady && !isLeaving) this.#onFailedStart(worker, exit);
    if (this.#broken) return;
    if (this.#end === undefined || this.#jobs.size > 0) this.#replace();
    else if (this.#workers.size === 0) this.#allGone.resolve();
    this.dispatch();
  }

  #replace(): void {
    try {
      while (this.#workers.size < this.#setup.processes) this.#startWorker();
    } catch (error) {
      if (this.#workers.size === 0) this.#break(error);
    }
  }

  /** What the dead worker had: the task it had started fails, the rest goes back to the queue. */
  #salvage(worker: WorkerHandle, exit: Exit): void {
    const { id, decoding } = worker.started;
    const returned: Unit[] = [];
    const lost: (() => void)[] = [];
    for (const unit of worker.inFlight) {
      const isStarted = id >= unit.firstId + unit.done && id < unit.firstId + taskCount(unit);
      if (!isStarted) {
        const rest = restOf(unit);
        if (rest) returned.push(rest);
      } else if (decoding && taskCount(unit) > 1) returned.push(...singles(unit));
      else {
        const error = lostError(worker, exit);
        announce('multiproc:pool.task.lost', () => ({ ...exitEvent(worker.child, exit), error }));
        lost.push(() => unit.job.fail(unit.offset + unit.done, error));
        const rest = restOf(unit, 1);
        if (rest) returned.push(rest);
      }
    }
    worker.inFlight.length = 0;
    if (this.#end === 'terminated') return;
    this.#queue.unshift(returned);
    for (const fail of lost) fail();
  }

  #onFailedStart(worker: WorkerHandle, exit: Exit): void {
    this.#failedStarts++;
    if (this.#failedStarts >= MAX_FAILED_STARTS) {
      const how = exit.signal ? `were ended by ${exit.signal}` : `ended with exit code ${exit.code}`;
      const cause = worker.failure === undefined ? '; their stderr may say why' : `: ${messageOf(worker.failure)}`;
      this.#break(
        new BootstrapError(`the pool is broken: ${this.#failedStarts} workers in a row ${how} before they were ready${cause}`, {
          cause: worker.failure,
        }),
      );
    }
  }

  #break(cause: unknown): void {
    const error = cause instanceof Error ? cause : new ProcessError(inspect(cause));
    this.#broken = error;
    announce('multiproc:pool.broken', () => ({ error }));
    this.terminate(error);
  }

  #stopIfDone(): void {
    if (this.#end !== 'closed' || this.#jobs.size > 0) return;
    for (const worker of this.#workers) worker.stop();
    if (this.#workers.size === 0) this.#allGone.resolve();
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
function readBatch(reader: Reader): unknown[] {
  const values: unknown[] = [];
  while (reader.more) {
    const end = readLength(reader) + reader.position;
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

function failAll(unit: Unit, error: unknown): void {
  for (let i = unit.done; i < taskCount(unit); i++) unit.job.fail(unit.offset + i, error);
}

/** The path in the error names the item by its place in the whole input, not in its chunk. */
function named(error: unknown, { kind, offset }: Unit): unknown {
  return kind === Kind.CALL ? error : withPath(error, 'items[0]', `items[${offset}]`);
}

function readOr<T>(read: () => T, otherwise: (error: unknown) => T): T {
  try {
    return read();
  } catch (error) {
    return otherwise(error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : inspect(error);
}

function lostError({ child }: WorkerHandle, { code, signal }: Exit): WorkerLostError {
  let how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
  if (code === 0) how += ' (the task called process.exit(), or it awaited a promise that nothing was left to settle)';
  return new WorkerLostError(
    `${child.identity.name} (pid ${child.pid}) ${how} while it ran this task. The pool has replaced it and goes on; run the task again if it may be repeated`,
    { pid: child.pid, exitCode: code, signal },
  );
}
