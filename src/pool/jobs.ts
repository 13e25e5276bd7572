/** Jobs: what one call of `apply` or `map` asks for, cut into units that are sent as one message each. */
import { onAbort } from '../base/abort.ts';
import { FunctionReferenceError } from '../base/errors.ts';
import { fail, fulfill, pendingResult, type ResultSource } from './async_result.ts';
import type { Immediates } from './immediates.ts';
import { Kind, type TaskKind } from './protocol.ts';
import { cancelledError } from './task_errors.ts';
import type { Terms } from './terms.ts';

export type TaskFunction = (...args: any[]) => unknown;

/** One call of the user's. Each of its tasks settles exactly once, by its index. */
export interface Job {
  readonly fn: TaskFunction;
  settle(index: number, value: unknown): void;
  /** Settles consecutive tasks, from an index on, with values `from` to `to`: where nobody has to be told of each. */
  settleImmediates?: ((index: number, values: Immediates, from: number, to: number) => void) | undefined;
  fail(index: number, error: unknown): void;
  /** The pool ends: everything that is not settled fails. */
  abort(error: unknown): void;
  /** The pool waits for its last jobs: input that was held back may be read. */
  finish?(): void;
  /** A running task says how far it is. */
  progress?(index: number, done: number, total: number | undefined): void;
  /** It has nothing more to settle. */
  onEnd?(): void;
  /** undefined = nothing was said about its tasks. */
  readonly terms: Terms | undefined;
  /** Nobody wants what has not started: those tasks fail unrun. */
  readonly isStopped: boolean;
  /** Nobody wants what runs either: it costs its worker, or is told to end. */
  readonly isCancelled: boolean;
  /** Why it was cancelled. */
  readonly reason?: unknown;
  /** Fails what is not settled, and has it withdrawn or ended. Without a reason: CancelledError. */
  cancel(reason?: unknown): void;
  /** Its input comes by the event loop. */
  readonly waitsForInput?: boolean;
  /** Once it has ended its signal is nothing to it. */
  ignoreAbort?: (() => void) | undefined;
  /** Its place among the jobs of its pool, JobList's. */
  before: Job | undefined;
  after: Job | undefined;
  isListed: boolean;
}

/** Consecutive tasks of a job that travel in one message. */
export interface Unit {
  readonly job: Job;
  readonly kind: TaskKind;
  /** CALL: the arguments of one task. MAP, STAR: an item for each task. */
  readonly items: readonly unknown[];
  /** Index of the first task in its job. */
  readonly offset: number;
  /** Id of the first task, given when it is sent. */
  firstId: number;
  /** Tasks that are settled, from the first on. Of one that waits to be cut: tasks that were cut off. */
  done: number;
  /** Places of those that are settled behind one that is not: a worker that has several under way at once. */
  ahead?: Set<number>;
  /** Places of tasks that have failed here and may still run there: their outcome is nobody's. */
  abandoned?: Set<number>;
  /** When it was asked for, as Tally.stamp says; 0 = nobody looked, or it was sent before. */
  submitted: number;
  /** 1, and one more for each worker that died of its task: a unit that is tried again has one task. */
  readonly attempt: number;
  /** 0; or it waits in the queue to be cut into units of so many tasks (chunks.ts). */
  readonly chunk: number;
}

export function makeUnit(job: Job, kind: TaskKind, items: readonly unknown[], offset: number, attempt = 1, chunk = 0): Unit {
  return { job, kind, items, offset, firstId: 0, done: 0, submitted: 0, attempt, chunk };
}

export function taskCount({ kind, items }: Unit): number {
  return kind === Kind.CALL ? 1 : items.length;
}

/** The task at a place of a unit is settled. */
export function settled(unit: Unit, place: number): void {
  if (place !== unit.done) {
    unit.ahead ??= new Set();
    unit.ahead.add(place);
    return;
  }
  unit.done++;
  while (unit.ahead?.delete(unit.done)) unit.done++;
}

/** Fails a task that runs and is not waited for. */
export function abandon(unit: Unit, place: number, error: unknown): void {
  unit.abandoned ??= new Set();
  unit.abandoned.add(place);
  unit.job.fail(unit.offset + place, error);
}

/** Tasks that are not settled. */
export function openCount(unit: Unit): number {
  return taskCount(unit) - unit.done - (unit.ahead?.size ?? 0);
}

/** What of a unit is not settled from its `skip`th open task on; null = nothing. */
export function restOf({ job, kind, items, offset, done, attempt }: Unit, skip = 0): Unit | null {
  const first = done + skip;
  if (kind === Kind.CALL) return first === 0 ? makeUnit(job, kind, items, offset, attempt) : null;
  return first < items.length ? makeUnit(job, kind, items.slice(first), offset + first, attempt) : null;
}

/** A task of a unit, once more. */
export function nextTry({ job, kind, items, offset, attempt }: Unit, place: number): Unit {
  return makeUnit(job, kind, kind === Kind.CALL ? items : items.slice(place, place + 1), offset + place, attempt + 1);
}

/** The open tasks of a unit in two units: few messages find the item that cannot be sent. */
export function halves({ job, kind, items, offset }: Unit): Unit[] {
  const middle = items.length >> 1;
  return [makeUnit(job, kind, items.slice(0, middle), offset), makeUnit(job, kind, items.slice(middle), offset + middle)];
}

/** The open tasks of a unit, one unit each: so that an item which cannot be decoded, or kills, costs itself alone. */
export function singles(unit: Unit): Unit[] {
  const rest = restOf(unit);
  if (rest === null || rest.kind === Kind.CALL) return rest === null ? [] : [rest];
  return rest.items.map((item, i) => makeUnit(rest.job, rest.kind, [item], rest.offset + i));
}

/** How tasks end. */
export interface Counts {
  submitted: number;
  done: number;
  failed: number;
  /** One has failed. */
  fail(error: unknown): void;
}

export interface JobOwner {
  /** How its tasks end is counted there. */
  readonly tally: Counts;
  /** It has nothing more to settle. */
  ended(job: Job): void;
  /** It `isStopped`, or `isCancelled`, from now on. */
  stopped(job: Job): void;
  /** What follows from that, now. */
  enforceStops(): void;
  /** Blocks until something is so. False = time ran out. */
  waitSync(isDone: () => boolean, timeout: number): boolean;
  importing(job: Job): unknown;
}

/** Has a signal cancel a job. */
export function follow(job: Job, signal: AbortSignal): void {
  if (signal.aborted) job.cancel(signal.reason);
  else job.ignoreAbort = onAbort(signal, () => job.cancel(signal.reason));
}

/** What `apply` and `map` have in common: one result. */
abstract class ResultJob<R> implements Job, ResultSource {
  readonly fn: TaskFunction;
  readonly owner: JobOwner;
  readonly terms: Terms | undefined;
  readonly result = pendingResult<R>(this);
  before: Job | undefined;
  after: Job | undefined;
  isListed = false;
  // Few have these: without them there is less for the collector to copy of 100,000 calls under way.
  declare ignoreAbort?: () => void;
  declare reason?: unknown;
  declare private isAbandoned?: true;

  constructor(fn: TaskFunction, owner: JobOwner, terms?: Terms) {
    this.fn = fn;
    this.terms = terms;
    this.owner = owner;
  }

  abstract settle(index: number, value: unknown): void;
  abstract fail(index: number, error: unknown): void;
  abstract abort(error: unknown): void;
  abstract cancel(reason?: unknown): void;

  /** A task is the last to know that its result is there. */
  get isStopped(): boolean {
    return this.result.ready();
  }

  get isCancelled(): boolean {
    return this.result.ready() && !this.isAbandoned;
  }

  waitSync(timeout: number): boolean {
    return waitForJob(this, timeout);
  }

  abandon(error: unknown): void {
    this.isAbandoned = true;
    this.abort(error);
    this.owner.stopped(this);
    this.owner.enforceStops();
  }
}

/** `apply`: one task. It is its own unit, at its first attempt: there may be 100,000 of them. */
export class CallJob extends ResultJob<unknown> implements Unit {
  readonly items: readonly unknown[];
  firstId = 0;
  done = 0;
  submitted = 0;

  constructor(fn: TaskFunction, args: readonly unknown[], owner: JobOwner, terms?: Terms) {
    super(fn, owner, terms);
    this.items = args;
    owner.tally.submitted++;
  }

  get job(): this {
    return this;
  }

  get kind(): typeof Kind.CALL {
    return Kind.CALL;
  }

  get offset(): 0 {
    return 0;
  }

  get attempt(): 1 {
    return 1;
  }

  get chunk(): 0 {
    return 0;
  }

  settle(_index: number, value: unknown): void {
    if (!this.result.ready()) this.owner.tally.done++;
    this.owner.ended(this);
    fulfill(this.result, value);
  }

  fail(_index: number, error: unknown): void {
    if (!this.result.ready()) this.owner.tally.fail(error);
    this.owner.ended(this);
    fail(this.result, error);
  }

  abort(error: unknown): void {
    this.fail(0, error);
  }

  cancel(reason: unknown = cancelledError(this.fn)): void {
    this.reason = reason;
    this.fail(0, reason);
    this.owner.stopped(this);
  }
}

/** Blocks until a job's result is there. Throws FunctionReferenceError where only a turn of the event loop can bring it. */
function waitForJob(job: ResultJob<any>, timeout: number): boolean {
  let missing: unknown;
  const isDone = (): boolean => {
    if (job.result.ready()) return true;
    missing = job.owner.importing(job);
    return missing !== undefined;
  };
  if (!job.owner.waitSync(isDone, timeout)) return false;
  if (missing !== undefined) throw notLoaded(missing);
  return true;
}

/** What a blocking call says of a result that waits for an import. */
export function notLoaded(missing: unknown): FunctionReferenceError {
  return new FunctionReferenceError(
    `the result of a task cannot be had by a blocking call: ${(missing as Error).message} The task has ended and the pool keeps its result`,
    { cause: missing },
  );
}

/** `map`: the results as a list. Waits for all tasks, also when one has failed; then rejects with the failure of the first item that failed. */
export class ListJob extends ResultJob<unknown[]> {
  /** Where it still reads its items from. */
  input: { close(): void } | undefined;
  #values: unknown[] = [];
  #left = Infinity;
  #failure: { index: number; error: unknown } | undefined;

  get waitsForInput(): boolean {
    return this.input !== undefined;
  }

  /** How many tasks there are. */
  expect(count: number): void {
    this.#values = new Array(count);
    this.#left = count;
    this.owner.tally.submitted += count;
    if (count === 0) this.#end();
  }

  settle(index: number, value: unknown): void {
    // It was cancelled.
    if (this.#left === Infinity) return;
    this.owner.tally.done++;
    this.#values[index] = value;
    if (--this.#left === 0) this.#end();
  }

  settleImmediates?(index: number, values: Immediates, from: number, to: number): void {
    if (this.#left === Infinity) return;
    this.owner.tally.done += to - from;
    values.copyTo(this.#values, index, from, to);
    this.#left -= to - from;
    if (this.#left === 0) this.#end();
  }

  fail(index: number, error: unknown): void {
    if (this.#left === Infinity) return;
    this.owner.tally.fail(error);
    if (!this.#failure || index < this.#failure.index) this.#failure = { index, error };
    if (--this.#left === 0) this.#end();
  }

  abort(error: unknown): void {
    this.#failure ??= { index: 0, error };
    if (this.#left !== Infinity) this.owner.tally.failed += this.#left;
    this.input?.close();
    this.#end();
  }

  cancel(reason: unknown = cancelledError(this.fn)): void {
    this.reason = reason;
    this.#failure = { index: 0, error: reason };
    if (this.#left !== Infinity) this.owner.tally.failed += this.#left;
    this.input?.close();
    this.#end();
    this.owner.stopped(this);
  }

  #end(): void {
    this.#left = Infinity;
    this.owner.ended(this);
    if (this.#failure) fail(this.result, this.#failure.error);
    else fulfill(this.result, this.#values);
    this.#values = [];
  }
}
