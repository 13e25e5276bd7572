/**
 * A pool's workers: started, replaced when they end or have reached a limit, given up when they cannot start.
 * What a worker is given, and what its end costs, is the dispatcher's business.
 *
 * A worker is in one of these states, and goes down this list:
 *   waiting    it boots, or has booted, and there is no place for it yet: it replaces one that leaves
 *   accepting  it has one of the pool's places and is given work
 *   leaving    it is given no more, and ends when it has done what it has; until then it keeps its place
 * So a replacement boots while its predecessor is at its last task, and never do more workers than the pool has places run tasks.
 */
import { deferred } from '../base/deferred.ts';
import { BootstrapError } from '../base/errors.ts';
import { announce } from '../logging/events.ts';
import { session } from '../memory/session.ts';
import { type Exit, exitEvent } from '../process/child.ts';
import { waiting } from '../wakeup/waiting.ts';
import { cannotStart, FailedStarts } from './failed_starts.ts';
import type { Unit } from './jobs.ts';
import type { Timers } from './timers.ts';
import { WorkerHandle } from './worker_handle.ts';
import type { WorkerSetup } from './worker_setup.ts';

/** A worker that could not be started, for the system had no process or memory for it, is tried again after so many ms, then after GROWTH times as long. */
const START_AGAIN_MS = 100;
const GROWTH = 10;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** Another's listener runs in the very moment in which the status has been taken and not told. */
const UNKNOWN_EXIT: Exit = { code: -1, signal: null };

export interface CrewOwner {
  /** A worker was started. */
  started(worker: WorkerHandle): void;
  /** A worker has published something, perhaps. */
  look(worker: WorkerHandle): void;
  /** A worker has ended: the last moment to read what it left. */
  collect(worker: WorkerHandle): void;
  /** It is no longer among the workers: takes back what it had. */
  ended(worker: WorkerHandle, exit: Exit): void;
  /** A worker that leaves has not started these: others get them first. */
  gaveBack(units: readonly Unit[]): void;
  /** Whether one that has ended is replaced. */
  readonly needsWorkers: boolean;
  /** After an end, or when there are others to be given work, and what followed from it. */
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
  readonly #failedStarts = new FailedStarts();
  readonly #timers: Timers;
  /** Until it fires nothing is started but by `resize`. */
  #startAgain: NodeJS.Timeout | undefined;
  #size: number;
  /**
   * Workers in a row that came of age before they took up anything of what they were given: where the machine is so busy, the next one has twice the time, else each would
   * leave it to the next for ever.
   */
  #agedUnused = 0;
  #isReplacing = false;
  /** A worker was lost, so another may be. */
  #hasLost = false;
  #isClosing = false;
  #isTerminated = false;
  #isGone = false;
  #keepsAlive = false;

  constructor(setup: WorkerSetup, timers: Timers, owner: CrewOwner) {
    this.#timers = timers;
    this.#setup = setup;
    this.#owner = owner;
    this.#size = setup.processes;
  }

  /** Throws what keeps one from being started. */
  start(): void {
    let missing = this.#size;
    for (const worker of this.#workers) if (!worker.isLeaving) missing--;
    for (; missing > 0; missing--) this.#startWorker();
  }

  /** Throws what keeps one from being started; those that could be started stay. */
  resize(size: number): void {
    this.#size = size;
    if (this.#isClosing) return;
    const staying = [...this.#workers].filter((worker) => !worker.isLeaving);
    if (staying.length > size) {
      staying.sort((a, b) => cost(a) - cost(b));
      for (const worker of staying.slice(0, staying.length - size)) this.retire(worker);
    } else this.start();
    this.#admit();
    this.#owner.changed();
  }

  [Symbol.iterator](): IterableIterator<WorkerHandle> {
    return this.#workers.values();
  }

  get size(): number {
    return this.#workers.size;
  }

  has(worker: WorkerHandle): boolean {
    return this.#workers.has(worker);
  }

  /** It has come to life: failures before it no longer count. */
  ready(worker: WorkerHandle): void {
    worker.begin();
    this.#failedStarts.forget();
    if (worker.accepts) this.#age(worker);
    announce('multiproc:pool.worker.ready', () => worker.event);
  }

  /** It ends when it has done what it is at; another gets the rest, and takes its place. */
  retire(worker: WorkerHandle): void {
    if (worker.isLeaving || !this.#workers.has(worker)) return;
    const units = worker.takeBackAll();
    worker.stop();
    this.#owner.gaveBack(units);
    this.#owner.changed();
  }

  /** Each ends when it has done what it was given. */
  stop(): void {
    this.#isClosing = true;
    this.#timers.cancel(this.#startAgain);
    for (const worker of this.#workers) worker.stop();
    this.#settleIfGone();
  }

  /** Each ends at once. */
  terminate(): void {
    this.#isClosing = true;
    this.#isTerminated = true;
    this.#timers.cancel(this.#startAgain);
    for (const worker of this.#workers) {
      worker.isLeaving = true;
      worker.accepts = false;
      worker.child.end();
    }
    this.#settleIfGone();
  }

  /** Whether the last worker has ended, after `stop` or `terminate`. */
  get isGone(): boolean {
    return this.#isGone;
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
    const worker = new WorkerHandle(this.#setup, this.#hasLost);
    if (this.#keepsAlive) worker.child.keepAlive(1);
    this.#workers.add(worker);
    worker.onLeaving = () => this.#onLeaving(worker);
    this.#owner.started(worker);
    announce('multiproc:pool.worker.start', () => worker.event);
    const unsubscribe = waiting().subscribe([worker.waitSet], () => this.#owner.look(worker));
    this.#subscriptions.set(worker, unsubscribe);
    worker.exited.then((exit) => this.#onExit(worker, exit));
    this.#admit();
  }

  /** Gives free places to those that wait for one. */
  #admit(): void {
    let free = this.#size;
    for (const worker of this.#workers) if (worker.accepts || (worker.isLeaving && worker.inFlight.length > 0)) free--;
    for (const worker of this.#workers) {
      if (free <= 0) return;
      if (worker.accepts || worker.isLeaving) continue;
      worker.accepts = true;
      free--;
      if (worker.isReady) this.#age(worker);
    }
  }

  /** From when it can do something: one that waits behind a long task does not grow old. */
  #age(worker: WorkerHandle): void {
    const { age } = this.#setup.limits;
    if (age === undefined || age > LONGEST_TIMER_MS) return;
    worker.ageTimer = setTimeout(
      () => {
        this.#agedUnused = worker.started.id === 0 && worker.inFlight.length > 0 ? this.#agedUnused + 1 : 0;
        this.retire(worker);
      },
      Math.min(LONGEST_TIMER_MS, age * 2 ** this.#agedUnused),
    ).unref();
  }

  /** It has begun to leave, or has done its last. */
  #onLeaving(worker: WorkerHandle): void {
    if (this.#isClosing) return;
    if (worker.forced) this.#hasLost = true;
    if (worker.inFlight.length === 0) this.#admit();
    if (this.#isReplacing) return;
    this.#isReplacing = true;
    // Not in the middle of giving out work: to start a process takes a millisecond or more.
    setImmediate(() => {
      this.#isReplacing = false;
      if (!this.#isClosing && this.#owner.needsWorkers) this.#replace();
      this.#owner.changed();
    });
  }

  /** For a thread that blocks, to which nobody tells of ends. False = none has ended. */
  noticeEnds(): boolean {
    let found = false;
    for (const worker of [...this.#workers]) {
      const { child } = worker;
      if (child.isRunning) continue;
      // As at the event: what it held is free for others first.
      session().bury(child.owner);
      this.#onExit(worker, child.exitStatus() ?? UNKNOWN_EXIT);
      found = true;
    }
    return found;
  }

  #onExit(worker: WorkerHandle, exit: Exit): void {
    // It was noticed before its event came.
    if (!this.#workers.has(worker)) return;
    const owner = this.#owner;
    owner.collect(worker);
    this.#subscriptions.get(worker)?.();
    this.#subscriptions.delete(worker);
    this.#workers.delete(worker);
    clearTimeout(worker.ageTimer);
    worker.lastWords = worker.child.takeLastWords();
    const { isLeaving } = worker;
    if (!isLeaving) this.#hasLost = true;
    announce('multiproc:pool.worker.exit', () => ({ ...exitEvent(worker.child, exit), expected: isLeaving }));
    // Whenever it comes, the next worker would fail the same way.
    if (worker.failure instanceof BootstrapError) owner.broke(cannotStart(worker, worker.failure));
    owner.ended(worker, exit);
    worker.release();
    // Also one that leaves: with a limit of one task it does so before it is ready.
    if (!worker.isReady && !worker.forced && !this.#isClosing && this.#failedStarts.add()) {
      owner.broke(this.#failedStarts.error(worker, exit));
    }
    if (!this.#isTerminated && owner.needsWorkers) this.#replace();
    this.#admit();
    this.#settleIfGone();
    owner.changed();
  }

  /** What cannot be started now is tried again, not at each end of another: these may come all at once. */
  #replace(): void {
    if (this.#startAgain) return;
    try {
      this.start();
    } catch (error) {
      if (this.#failedStarts.add()) this.#owner.broke(this.#failedStarts.refusal(error));
      else this.#replaceLater(START_AGAIN_MS * GROWTH ** (this.#failedStarts.count - 1));
    }
  }

  #replaceLater(ms: number): void {
    this.#startAgain = this.#timers.after(ms, () => {
      this.#startAgain = undefined;
      if (!this.#owner.needsWorkers) return;
      this.#replace();
      this.#owner.changed();
    });
  }

  #settleIfGone(): void {
    if (!this.#isClosing || this.#workers.size > 0 || this.#isGone) return;
    this.#isGone = true;
    this.#setup.shared?.release();
    this.#allGone.resolve();
  }
}

/** What it costs to let go of a worker: nothing before it has a place, then the more, the more it has before it. */
function cost(worker: WorkerHandle): number {
  if (!worker.accepts) return 0;
  return worker.inFlight.length + (worker.isReady ? 2 : 1);
}
