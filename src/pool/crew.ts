/**
 * A pool's workers: started, replaced when they end, given up when they cannot start.
 * What a worker is given, and what its end costs, is the dispatcher's business.
 */
import { inspect } from 'node:util';
import { deferred } from '../base/deferred.ts';
import { BootstrapError, ProcessError } from '../base/errors.ts';
import { announce } from '../logging/events.ts';
import { type Exit, exitEvent } from '../process/child.ts';
import type { StartMethod } from '../process/start_method.ts';
import { waiting } from '../wakeup/waiting.ts';
import type { TaskFunction } from './jobs.ts';
import { WorkerHandle } from './worker_handle.ts';

/** Workers that die so many times in a row before they are ready break the pool. */
const MAX_FAILED_STARTS = 3;

export interface WorkerSetup {
  readonly method: StartMethod;
  readonly processes: number;
  readonly initializer: TaskFunction | undefined;
  readonly initargs: readonly unknown[];
  /** Async tasks that each worker has under way at once. */
  readonly concurrency: number;
}

export interface CrewOwner {
  /** A worker has published something, perhaps. */
  look(worker: WorkerHandle): void;
  /** A worker has ended: the last moment to read what it left. */
  collect(worker: WorkerHandle): void;
  /** It is no longer among the workers: takes back what it had. */
  ended(worker: WorkerHandle, exit: Exit): void;
  /** Whether one that has ended is replaced. */
  readonly needsWorkers: boolean;
  /** After an end, and what followed from it. */
  changed(): void;
  /** No worker can start. */
  broke(error: Error): void;
}

export class Crew {
  readonly #setup: WorkerSetup;
  readonly #owner: CrewOwner;
  readonly #workers = new Set<WorkerHandle>();
  readonly #subscriptions = new Map<WorkerHandle, () => void>();
  readonly #allGone = deferred<void>();
  #failedStarts = 0;
  #isClosing = false;
  #isTerminated = false;
  #keepsAlive = false;

  constructor(setup: WorkerSetup, owner: CrewOwner) {
    this.#setup = setup;
    this.#owner = owner;
  }

  /** Throws what keeps one from being started. */
  start(): void {
    while (this.#workers.size < this.#setup.processes) this.#startWorker();
  }

  [Symbol.iterator](): IterableIterator<WorkerHandle> {
    return this.#workers.values();
  }

  has(worker: WorkerHandle): boolean {
    return this.#workers.has(worker);
  }

  /** It has come to life: failures before it no longer count. */
  ready(worker: WorkerHandle): void {
    worker.isReady = true;
    this.#failedStarts = 0;
    announce('multiproc:pool.worker.ready', () => worker.event);
  }

  /** Each ends when it has done what it was given. */
  stop(): void {
    this.#isClosing = true;
    for (const worker of this.#workers) worker.stop();
    this.#settleIfGone();
  }

  /** Each ends at once. */
  terminate(): void {
    this.#isClosing = true;
    this.#isTerminated = true;
    for (const worker of this.#workers) {
      worker.isLeaving = true;
      worker.child.end();
    }
    this.#settleIfGone();
  }

  /** Settles when the last worker has ended, after `stop` or `terminate`. */
  get gone(): Promise<void> {
    return this.#allGone.promise;
  }

  /** The workers keep the event loop alive (they are about to end). */
  set keepsAlive(keep: boolean) {
    if (keep === this.#keepsAlive) return;
    this.#keepsAlive = keep;
    for (const worker of this.#workers) worker.child.keepAlive(keep ? 1 : -1);
  }

  #startWorker(): void {
    const { method, initializer, initargs, concurrency } = this.#setup;
    const worker = new WorkerHandle(method, initializer, initargs, concurrency);
    if (this.#keepsAlive) worker.child.keepAlive(1);
    this.#workers.add(worker);
    announce('multiproc:pool.worker.start', () => worker.event);
    const unsubscribe = waiting().subscribe([worker.waitSet], () => this.#owner.look(worker));
    this.#subscriptions.set(worker, unsubscribe);
    worker.exited.then((exit) => this.#onExit(worker, exit));
  }

  #onExit(worker: WorkerHandle, exit: Exit): void {
    const owner = this.#owner;
    owner.collect(worker);
    this.#subscriptions.get(worker)?.();
    this.#subscriptions.delete(worker);
    this.#workers.delete(worker);
    const { isLeaving } = worker;
    announce('multiproc:pool.worker.exit', () => ({ ...exitEvent(worker.child, exit), expected: isLeaving }));
    // Whenever it comes, the next worker would fail the same way.
    if (worker.failure instanceof BootstrapError) owner.broke(worker.failure);
    owner.ended(worker, exit);
    worker.release();
    if (!worker.isReady && !isLeaving && !this.#isTerminated) this.#onFailedStart(worker, exit);
    if (!this.#isTerminated && owner.needsWorkers) this.#replace();
    this.#settleIfGone();
    owner.changed();
  }

  #replace(): void {
    try {
      this.start();
    } catch (error) {
      if (this.#workers.size === 0) this.#owner.broke(error instanceof Error ? error : new ProcessError(inspect(error)));
    }
  }

  #onFailedStart({ failure }: WorkerHandle, { code, signal }: Exit): void {
    this.#failedStarts++;
    if (this.#failedStarts < MAX_FAILED_STARTS) return;
    const how = signal ? `were ended by ${signal}` : `ended with exit code ${code}`;
    const cause = failure === undefined ? '; their stderr may say why' : `: ${messageOf(failure)}`;
    this.#owner.broke(
      new BootstrapError(`the pool is broken: ${this.#failedStarts} workers in a row ${how} before they were ready${cause}`, {
        cause: failure,
      }),
    );
  }

  #settleIfGone(): void {
    if (this.#isClosing && this.#workers.size === 0) this.#allGone.resolve();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : inspect(error);
}
