/**
 * The pool's heart: who gets which unit, what comes back, and what a death costs.
 *
 * Every worker has a private channel and a few units before it. It starts them in this order; where it has one task at a time, results come in it, too, and the head of its list is what it is at.
 * A worker that dies costs the tasks that it had started (its channel's STARTED word names the last); everything else that it had goes back to the front of the queue.
 */
import { inspect } from 'node:util';
import { DeadlockError, ProcessError } from '../base/errors.ts';
import { announce } from '../logging/events.ts';
import { type Exit, exitEvent } from '../process/child.ts';
import { TERMINATE_MS } from '../process/ending.ts';
import { waiting } from '../wakeup/waiting.ts';
import { driveUntil } from './blocking.ts';
import { Breadth } from './breadth.ts';
import { Crew } from './crew.ts';
import { JobList } from './job_list.ts';
import { halves, type Job, restOf, type TaskFunction, taskCount, type Unit } from './jobs.ts';
import { divide, lostError } from './losses.ts';
import { failAll, Outcomes } from './outcomes.ts';
import { Kind } from './protocol.ts';
import { Retries } from './retries.ts';
import { Roster } from './roster.ts';
import { Stops, type StopsOwner } from './stops.ts';
import { Tally } from './tally.ts';
import { STOPPED } from './task_errors.ts';
import { TimeLimits } from './time_limits.ts';
import { Timers } from './timers.ts';
import { UnitQueue } from './unit_queue.ts';
import { type WorkerHandle, withPath } from './worker_handle.ts';
import type { WorkerSetup } from './worker_setup.ts';

/** Messages that are taken from a worker before timers and I/O get their turn. */
const DRAIN_LIMIT = 512;
/** An idle worker takes units from one that has been at its present unit for longer than this. */
const TAKE_OVER_MS = 2;
/** Results of the millisecond in which a worker last rang wait in its growing record; when a long task follows, nobody rings again. */
const PEEK_MS = 2;
/** How often a thread that blocks looks at what timers would do. */
const LIMITS_MS = 10;

export class Dispatcher {
  readonly tally = new Tally();
  readonly roster = new Roster();
  readonly #crew: Crew;
  readonly #queue = new UnitQueue();
  readonly #breadth: Breadth | undefined;
  readonly #outcomes: Outcomes;
  readonly #stops: Stops;
  readonly #limits = new TimeLimits((worker) => this.#stops.enforce(worker));
  readonly #timers = new Timers();
  readonly #retries = new Retries(this.#timers, (unit) => {
    this.#queue.unshift([unit]);
    this.dispatch();
  });
  readonly #functions = new Map<TaskFunction, number>();
  readonly #jobs = new JobList();
  #end: 'closed' | 'terminated' | undefined;
  #broken: Error | undefined;
  #takeOverTimer: NodeJS.Timeout | undefined;
  #lastWorker: WorkerHandle | undefined;
  /** How many units it is given in a row. */
  #fillTo = 0;
  #peekTimer: NodeJS.Timeout | undefined;
  #isDispatching = false;
  /** Messages are being read, or an end is being dealt with: what that calls of the user's finds the pool in the middle of a change. */
  #isTakingIn = false;
  /** Messages that have come. */
  #arrived = 0;
  /** When a thread that blocks looks at what workers have not told of. */
  #peekAt = Infinity;

  constructor(setup: WorkerSetup) {
    this.#outcomes = new Outcomes({
      ready: (worker) => this.#crew.ready(worker),
      completed: (worker, unit, isKnown) => {
        const turn = worker.turnOf(unit);
        worker.completed(unit, isKnown ? this.#functionNumber(unit.job.fn) : -1);
        if (isKnown) this.tally.completed(worker, unit, turn, worker.headSince);
        this.#breadth?.completed(this.#crew, this.#crew.size, worker.headSince);
      },
      full: (worker) => this.#crew.retire(worker),
      requeue: (units) => this.#queue.unshift(units),
    });
    if (setup.concurrency === 1) this.#breadth = new Breadth();
    this.#stops = new Stops(this.#stopsOwner());
    const isNeeded = (): boolean => this.#end === undefined || this.#jobs.size > 0;
    this.#crew = new Crew(setup, this.#timers, {
      started: (worker) => this.roster.joined(worker, this.tally.busyUntil(worker.createdAt)),
      look: (worker) => this.#look(worker),
      collect: (worker) => {
        this.#isTakingIn = true;
        this.#collect(worker);
      },
      gaveBack: (units) => this.#queue.unshift(units),
      ended: (worker, exit) => {
        this.roster.left(worker, this.tally.busyUntil(performance.now()));
        this.#salvage(worker, exit);
      },
      get needsWorkers() {
        return isNeeded();
      },
      changed: () => {
        this.#isTakingIn = false;
        this.dispatch();
      },
      broke: (error) => this.#break(error),
    });
    announce('multiproc:pool.start', () => ({ processes: setup.processes }));
    this.#crew.gone.then(() =>
      announce('multiproc:pool.end', () => ({ reason: this.#broken ? 'broken' : (this.#end ?? 'terminated') })),
    );
    try {
      this.#crew.start();
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
    return [...this.#crew];
  }

  /** A job begins; the pool keeps the program alive until it `ends`, unless it is `lazy` and says itself when somebody waits. */
  begin(job: Job, lazy = false): void {
    if (this.#jobs.size === 0) this.tally.busy();
    this.#jobs.add(job);
    if (!lazy) waiting().keepAlive(1);
  }

  ended(job: Job, lazy = false): void {
    if (!this.#jobs.delete(job)) return;
    if (this.#jobs.size === 0) this.tally.idle();
    job.onEnd?.();
    job.ignoreAbort?.();
    if (!lazy) waiting().keepAlive(-1);
    this.#stopIfDone();
  }

  submit(units: Iterable<Unit>): void {
    const now = this.tally.stamp();
    for (const unit of units) {
      unit.submitted = now;
      this.#queue.push(unit);
    }
    this.dispatch();
  }

  /** A job has been stopped, or cancelled: what of it was not begun is withdrawn. */
  stopped(job: Job): void {
    this.#stops.stopped(job);
  }

  /** What `stopped` does when the running code returns, now: code that blocks may go on for long. */
  enforceStops(): void {
    if (!this.#isTakingIn && !this.#isDispatching) this.#stops.catchUp();
  }

  /** Throws what keeps a worker from being started. */
  resize(processes: number): void {
    if (this.#broken) throw this.#broken;
    if (this.#end === 'terminated') throw new ProcessError('the pool was terminated: it has no workers any more');
    this.#crew.resize(processes);
  }

  /** Nobody holds the pool any more: what was submitted is done, then its workers end. False = they do so already. */
  dropped(): boolean {
    const wasRunning = this.#end === undefined;
    this.close();
    return wasRunning;
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
    clearTimeout(this.#peekTimer);
    // Workers first: what fails below may take its time.
    this.#crew.terminate();
    this.#queue.clear();
    this.#retries.remove(() => true);
    for (const job of this.#jobs.all()) job.abort(error);
  }

  /** Settles when the last worker has ended, after close or terminate. */
  get gone(): Promise<void> {
    for (const job of this.#jobs.all()) job.finish?.();
    return this.#crew.gone;
  }

  /** Whether the last worker has ended, after close or terminate. */
  get isGone(): boolean {
    return this.#crew.isGone;
  }

  /** Blocks until the last worker has ended. */
  joinSync(): void {
    for (const job of this.#jobs.all()) job.finish?.();
    // The timer that follows SIGTERM by SIGKILL does not run.
    if (this.#end === 'terminated' && !this.waitSync(() => this.isGone, TERMINATE_MS))
      for (const { child } of this.#crew) child.kill('SIGKILL');
    const isStuck = (): boolean => this.#jobs.all().some((job) => job.waitsForInput || this.importing(job) !== undefined);
    this.waitSync(() => this.isGone || isStuck(), Infinity);
    if (!this.isGone)
      throw new DeadlockError(
        'joinSync() would wait for ever: a call of this pool has an async input, or a result whose module must be imported, and these come by the event loop. Use await pool.join()',
      );
  }

  /** The workers keep the event loop alive (they are about to end). */
  set keepsAlive(keep: boolean) {
    this.#crew.keepsAlive = keep;
  }

  /** Blocks the thread until something `isDone`, while everything in this pool goes on. False = `timeout` ms have passed. */
  waitSync(isDone: () => boolean, timeout: number): boolean {
    if (isDone()) return true;
    if (this.#isTakingIn || this.#isDispatching)
      throw new DeadlockError(
        'a blocking call was made by something that this pool called while it sent or received (a getter, a reducer, an iterator over items, a listener): the pool cannot go on before that returns. Use the async form there',
      );
    const outer = this.#outcomes.isBlocked;
    this.#outcomes.isBlocked = true;
    this.#peekAt = performance.now() + PEEK_MS;
    try {
      return driveUntil(this.#drivable, isDone, timeout);
    } finally {
      this.#outcomes.isBlocked = outer;
    }
  }

  /** Why the result of a task has not arrived though the task has ended: its class is in a module that has to be imported first. */
  importing(job: Job, index?: number): unknown {
    return this.#outcomes.importing(job, index);
  }

  readonly #drivable = ((dispatcher: Dispatcher) => ({
    get workers() {
      return dispatcher.#crew;
    },
    serve: () => dispatcher.#serve(),
    noticeEnds: () => dispatcher.#crew.noticeEnds(),
    get pause() {
      if (dispatcher.#peekAt !== Infinity) return PEEK_MS;
      if (dispatcher.#limits.isNeeded || dispatcher.#timers.isNeeded) return LIMITS_MS;
      return dispatcher.#isWorkUneven() ? TAKE_OVER_MS : Infinity;
    },
  }))(this);

  /** What events and timers do else. */
  #serve(): void {
    this.#stops.catchUp();
    const arrived = this.#arrived;
    for (const worker of [...this.#crew]) while (this.#takeIn(worker));
    if (this.#limits.isNeeded) this.#limits.lookNow();
    if (this.#timers.isNeeded) this.#timers.lookNow();
    const now = performance.now();
    if (this.#arrived !== arrived) this.#peekAt = now + PEEK_MS;
    else if (now >= this.#peekAt) {
      this.#peekAt = Infinity;
      this.#peek();
    }
    this.dispatch();
    if (this.#queue.length === 0 && this.#end !== 'terminated') this.#takeOverNow();
    for (const worker of this.#crew) worker.wakeNow();
  }

  // ---- giving out

  dispatch(): void {
    // Jobs that fail while they are sent may submit more.
    if (this.#isDispatching) return;
    this.#isDispatching = true;
    try {
      while (this.#queue.length > 0) {
        const worker = this.#nextWorker();
        if (!worker) break;
        // One that takes no more is not the next again.
        this.#sendNext(worker);
      }
    } finally {
      this.#isDispatching = false;
    }
    this.#takeOver();
  }

  /** The least busy one, and where units are quick the same again until it has some of them: to wake a worker costs more than they do. */
  #nextWorker(): WorkerHandle | undefined {
    const last = this.#lastWorker;
    if (last?.accepts && last.inFlight.length < Math.min(this.#fillTo, last.depth) && this.#crew.has(last)) return last;
    const next = this.#leastBusy();
    this.#lastWorker = next;
    if (next) this.#fillTo = Math.min(next.depth, next.inFlight.length + next.burst);
    return next;
  }

  get #isNarrow(): boolean {
    return this.#breadth?.isNarrow(this.#crew.size) === true;
  }

  /** The worker with the fewest units before it, of those that take more. */
  #leastBusy(): WorkerHandle | undefined {
    if (this.#isNarrow) {
      const worker = this.#breadth!.leastBusy(this.#crew);
      if (worker !== null) return worker;
    }
    let best: WorkerHandle | undefined;
    let fewest = Infinity;
    for (const worker of this.#crew) {
      const { length } = worker.inFlight;
      if (length >= fewest || length >= worker.depth || !worker.accepts) continue;
      best = worker;
      fewest = length;
    }
    return best;
  }

  /** False = it takes no more now. */
  #sendNext(worker: WorkerHandle): boolean {
    const unit = this.#queue.shift()!;
    if (unit.job.isStopped) {
      failAll(unit, STOPPED);
      return true;
    }
    try {
      if (worker.send(unit, this.#functionNumber(unit.job.fn))) {
        const { terms } = unit.job;
        if (terms !== undefined && terms.timeout !== undefined) this.#limits.watch(worker, terms.timeout);
        return true;
      }
      this.#queue.unshift([unit]);
      worker.passOver();
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
    if (this.#takeOverTimer || this.#end === 'terminated' || !this.#isWorkUneven()) return;
    this.#takeOverTimer = setTimeout(() => {
      this.#takeOverTimer = undefined;
      if (this.#queue.length === 0) this.#takeOverNow();
      this.dispatch();
    }, TAKE_OVER_MS);
    this.#takeOverTimer.unref();
  }

  /** A worker has nothing to do while units wait, for others or behind their tasks. */
  #isWorkUneven(): boolean {
    return this.#idle() !== undefined && (this.#queue.length > 0 || this.#findBusy() !== undefined);
  }

  /** What waits behind a long task waits for any worker again, those with nothing to do first. That of one worker at a time: units of several would be out of order. */
  #takeOverNow(): void {
    if (this.#idle() === undefined) return;
    const now = performance.now();
    const busy = this.#findBusy((worker) => this.#isHeldUp(worker, now));
    if (!busy) return;
    this.#queue.unshift(busy.takeBackAll());
    this.#lastWorker = undefined;
    this.#isDispatching = true;
    try {
      for (let idle = this.#idle(); idle && this.#queue.length > 0; idle = this.#idle()) if (!this.#sendNext(idle)) break;
    } finally {
      this.#isDispatching = false;
    }
    this.dispatch();
  }

  #isHeldUp(worker: WorkerHandle, now: number): boolean {
    return this.#isNarrow ? this.#breadth!.isHeldUp(worker, now) : now - worker.headSince > TAKE_OVER_MS;
  }

  #idle(): WorkerHandle | undefined {
    for (const worker of this.#crew) if (worker.isReady && worker.accepts && worker.hasRoom) return worker;
    return undefined;
  }

  /** The worker with most units that it has not started, of those that `isIt` lets through. */
  #findBusy(isIt: (worker: WorkerHandle) => boolean = () => true): WorkerHandle | undefined {
    let busy: WorkerHandle | undefined;
    let most = 0;
    for (const worker of this.#crew) {
      const waiting = worker.spareUnits;
      if (waiting <= most || !isIt(worker)) continue;
      busy = worker;
      most = waiting;
    }
    return busy;
  }

  // ---- taking in

  #look(worker: WorkerHandle): void {
    // Its channel is given back when it has ended, perhaps before this turn of the event loop.
    if (!this.#crew.has(worker)) return;
    if (this.#takeIn(worker)) setImmediate(() => this.#look(worker));
    this.dispatch();
    if (worker.inFlight.length > 0)
      this.#peekTimer ??= setTimeout(() => {
        this.#peekTimer = undefined;
        this.#peek();
        this.dispatch();
      }, PEEK_MS).unref();
  }

  /** True = there may be more. */
  #takeIn(worker: WorkerHandle): boolean {
    this.#isTakingIn = true;
    try {
      return worker.drain((message) => {
        this.#arrived++;
        return this.#outcomes.read(worker, message);
      }, DRAIN_LIMIT);
    } finally {
      this.#isTakingIn = false;
    }
  }

  /** What workers have done and not told: each is at a longer task, or about to ring. */
  #peek(): void {
    for (const worker of this.#crew) {
      if (worker.inFlight.length === 0) continue;
      if (this.#takeIn(worker)) {
        setImmediate(() => this.#look(worker));
        continue;
      }
      this.#isTakingIn = true;
      try {
        worker.peek((message) => this.#outcomes.read(worker, message));
      } finally {
        this.#isTakingIn = false;
      }
    }
  }

  /** What is to end, ends here: nothing is given out in the middle of it. */
  #stopsOwner(): StopsOwner {
    const queue = this.#queue;
    return {
      timers: this.#timers,
      workers: { [Symbol.iterator]: () => this.#crew[Symbol.iterator]() },
      get waiting() {
        return queue.length;
      },
      remove: (isOut) => [...queue.remove(isOut), ...this.#retries.remove(isOut)],
      requeue: (units) => queue.unshift(units),
      hear: (worker) => {
        this.#isDispatching = true;
        try {
          const more = worker.drain((message) => this.#outcomes.read(worker, message), DRAIN_LIMIT);
          if (!more) worker.peek((message) => this.#outcomes.read(worker, message));
          return more;
        } finally {
          this.#isDispatching = false;
        }
      },
      dispatch: () => this.dispatch(),
    };
  }

  #collect(worker: WorkerHandle): void {
    while (worker.drain((message) => this.#outcomes.read(worker, message), DRAIN_LIMIT));
    worker.salvage((message) => this.#outcomes.read(worker, message));
  }

  /** What the dead worker had: the tasks it had started fail, the rest goes back to the queue. */
  #salvage(worker: WorkerHandle, exit: Exit): void {
    const { started } = worker;
    const returned: Unit[] = [];
    const lost: (() => void)[] = [];
    for (const unit of worker.inFlight) {
      const { places, rest } = divide(unit, started);
      if (places.length > 0 && isBystander(worker, unit)) returned.push(restOf(unit)!);
      else {
        returned.push(...rest);
        for (const place of places) lost.push(() => this.#onLoss(unit, place, worker, exit));
      }
    }
    worker.inFlight.length = 0;
    this.#limits.forget(worker);
    if (this.#end === 'terminated') return;
    this.#queue.unshift(returned);
    for (const fail of lost) fail();
  }

  /** A task of a unit has gone with its worker. */
  #onLoss(unit: Unit, place: number, worker: WorkerHandle, exit: Exit): void {
    const { forced } = worker;
    const fail = (error: unknown): void => unit.job.fail(unit.offset + place, error);
    if (forced && (worker.concurrency === 1 || unit.job.isCancelled)) {
      fail(forced.error);
      return;
    }
    try {
      const next = this.#retries.next(unit, place);
      if (next) {
        this.tally.retried++;
        this.#retries.wait(next.unit, next.delay);
      } else {
        const error = lostError(worker, exit, unit.attempt);
        announce('multiproc:pool.task.lost', () => ({ ...exitEvent(worker.child, exit), error }));
        fail(error);
      }
    } catch (error) {
      fail(error);
    }
  }

  #break(error: Error): void {
    this.#broken = error;
    announce('multiproc:pool.broken', () => ({ error }));
    this.terminate(error);
  }

  #stopIfDone(): void {
    if (this.#end !== 'closed' || this.#jobs.size > 0) return;
    this.#crew.stop();
  }
}

/** Begun in the very moment in which the worker was ended for another task's sake. */
function isBystander({ forced, started, concurrency }: WorkerHandle, { job }: Unit): boolean {
  return forced !== undefined && concurrency === 1 && forced.id !== started.id && !job.isCancelled;
}

/** The path in the error names the item by its place in the whole input, not in its chunk. */
function named(error: unknown, { kind, offset }: Unit): unknown {
  return kind === Kind.CALL ? error : withPath(error, 'items[0]', `items[${offset}]`);
}
