/**
 * The pool's heart: who gets which unit, what comes back, and what a death costs.
 *
 * Every worker has a private channel and a few units before it. Results come in the order in which the worker took the units; so the head of its list is what it is at.
 * A worker that dies costs the task it had started (its channel's STARTED word names it); everything else that it had goes back to the front of the queue.
 */
import { inspect } from 'node:util';
import { deferred } from '../base/deferred.ts';
import { BootstrapError, ProcessError, WorkerLostError } from '../base/errors.ts';
import type { Exit } from '../process/child.ts';
import { ModuleNotLoaded } from '../references/module_not_loaded.ts';
import { readImporting, readWithoutImport } from '../serialization/importing.ts';
import { Reader } from '../serialization/reader.ts';
import { waiting } from '../wakeup/waiting.ts';
import { type Job, restOf, singles, type TaskFunction, taskCount, type Unit } from './jobs.ts';
import { Kind } from './protocol.ts';
import { UnitQueue } from './unit_queue.ts';
import { WorkerHandle } from './worker_handle.ts';

/** Workers that die so many times in a row before they are ready break the pool. */
const MAX_FAILED_STARTS = 3;
/** Messages that are taken from a worker before timers and I/O get their turn. */
const DRAIN_LIMIT = 512;
/** An idle worker takes units from one that has been at its present unit for longer than this. */
const TAKE_OVER_MS = 2;

export interface WorkerSetup {
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
    try {
      if (worker.send(unit, this.#functionNumber(unit.job.fn))) return true;
      this.#queue.unshift(unit);
      return false;
    } catch (error) {
      if (taskCount(unit) > 1) this.#queue.unshift(...singles(unit));
      else unit.job.fail(unit.offset, error);
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

  /** The worker with most units that it has not started. */
  #findBusy(): WorkerHandle | undefined {
    let busy: WorkerHandle | undefined;
    for (const worker of this.#workers) if (worker.inFlight.length > Math.max(1, busy?.inFlight.length ?? 0)) busy = worker;
    return busy;
  }

  // ---- taking in

  #startWorker(): void {
    const worker = new WorkerHandle(this.#setup.initializer, this.#setup.initargs);
    this.#workers.add(worker);
    this.#subscriptions.set(
      worker,
      waiting().subscribe([worker.waitSet], () => this.#look(worker)),
    );
    worker.exited.then((exit) => this.#onExit(worker, exit));
  }

  #look(worker: WorkerHandle): void {
    const more = worker.drain((bytes) => this.#onMessage(worker, bytes), DRAIN_LIMIT);
    if (more) setImmediate(() => this.#look(worker));
    this.dispatch();
  }

  #onMessage(worker: WorkerHandle, bytes: Uint8Array): void {
    const reader = this.#reader;
    reader.open(bytes);
    const kind = reader.read();
    if (kind === Kind.DONE || kind === Kind.FAILED) this.#onOutcome(worker, kind, reader, bytes);
    else if (kind === Kind.BATCH) this.#onBatch(worker, reader);
    else if (kind === Kind.READY) {
      worker.isReady = true;
      this.#failedStarts = 0;
    } else if (kind === Kind.REFUSED) this.#onRefusal(worker, reader);
    else if (kind === Kind.BROKEN)
      worker.failure = readOr(
        () => reader.read(),
        (error) => error,
      );
  }

  #onOutcome(worker: WorkerHandle, kind: typeof Kind.DONE | typeof Kind.FAILED, reader: Reader, bytes: Uint8Array): void {
    reader.read();
    const unit = worker.inFlight[0];
    const index = unit.offset + unit.done;
    unit.done++;
    if (unit.done === taskCount(unit)) worker.completed(this.#functionNumber(unit.job.fn));
    const settle = (value: unknown): void => (kind === Kind.DONE ? unit.job.settle(index, value) : unit.job.fail(index, value));
    try {
      settle(readWithoutImport(() => reader.read()));
    } catch (error) {
      if (!(error instanceof ModuleNotLoaded)) {
        unit.job.fail(index, error);
        return;
      }
      // The class of an error or a result stands in a module that this process has not imported.
      const kept = bytes.slice();
      readImporting(() => readContent(kept)).then(settle, (reason) => unit.job.fail(index, reason));
    }
  }

  /** Results of consecutive tasks of one unit. A record that was salvaged ends where its worker died. */
  #onBatch(worker: WorkerHandle, reader: Reader): void {
    reader.read();
    const unit = worker.inFlight[0];
    const { job, offset } = unit;
    while (reader.more) {
      const index = offset + unit.done;
      unit.done++;
      try {
        job.settle(index, reader.read());
      } catch (error) {
        job.fail(index, error);
      }
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
      this.#queue.unshift(...singles(unit));
      return;
    }
    const error = readOr(
      () => reader.read(),
      (failure) => failure,
    );
    for (let i = 0; i < taskCount(unit); i++) unit.job.fail(unit.offset + i, error);
  }

  #onExit(worker: WorkerHandle, exit: Exit): void {
    while (worker.drain((bytes) => this.#onMessage(worker, bytes), DRAIN_LIMIT));
    worker.salvage((bytes) => this.#onMessage(worker, bytes));
    this.#subscriptions.get(worker)?.();
    this.#subscriptions.delete(worker);
    this.#workers.delete(worker);
    const { isLeaving } = worker;
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
        lost.push(() => unit.job.fail(unit.offset + unit.done, error));
        const rest = restOf(unit, 1);
        if (rest) returned.push(rest);
      }
    }
    worker.inFlight.length = 0;
    if (this.#end === 'terminated') return;
    this.#queue.unshift(...returned);
    for (const fail of lost) fail();
  }

  #onFailedStart(worker: WorkerHandle, exit: Exit): void {
    this.#failedStarts++;
    if (worker.failure instanceof BootstrapError) this.#break(worker.failure);
    else if (this.#failedStarts >= MAX_FAILED_STARTS) {
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
    this.terminate(error);
  }

  #stopIfDone(): void {
    if (this.#end !== 'closed' || this.#jobs.size > 0) return;
    for (const worker of this.#workers) worker.stop();
    if (this.#workers.size === 0) this.#allGone.resolve();
  }
}

function readContent(bytes: Uint8Array): unknown {
  const reader = new Reader();
  reader.open(bytes);
  reader.read();
  reader.read();
  return reader.read();
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
  const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
  return new WorkerLostError(
    `${child.identity.name} (pid ${child.pid}) ${how} while it ran this task. The pool has replaced it and goes on; run the task again if it may be repeated`,
    { pid: child.pid, exitCode: code, signal },
  );
}
