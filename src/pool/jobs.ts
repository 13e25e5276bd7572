/** Jobs: what one call of `apply` or `map` asks for, cut into units that are sent as one message each. */
import { onAbort } from '../base/abort.ts';
import { fail, fulfill, pendingResult } from './async_result.ts';
import { Kind, type TaskKind } from './protocol.ts';
import { cancelledError } from './task_errors.ts';
import type { Terms } from './terms.ts';

export type TaskFunction = (...args: any[]) => unknown;

/** One call of the user's. Each of its tasks settles exactly once, by its index. */
export interface Job {
  readonly fn: TaskFunction;
  settle(index: number, value: unknown): void;
  fail(index: number, error: unknown): void;
  /** The pool ends: everything that is not settled fails. */
  abort(error: unknown): void;
  /** The pool waits for its last jobs: input that was held back may be read. */
  finish?(): void;
  /** undefined = nothing was said about its tasks. */
  readonly terms: Terms | undefined;
  /** Nobody wants what has not started: those tasks fail unrun. */
  readonly isStopped: boolean;
  /** Nobody wants what runs either: it costs its worker. */
  readonly isCancelled: boolean;
  /** Fails what is not settled, and has it withdrawn or ended. Without a reason: CancelledError. */
  cancel(reason?: unknown): void;
  /** Once it has ended its signal is nothing to it. */
  ignoreAbort: (() => void) | undefined;
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
  /** Tasks that are settled; they settle in order. */
  done: number;
  /** 1, and one more for each worker that died of its task: a unit that is tried again has one task. */
  readonly attempt: number;
}

export function makeUnit(job: Job, kind: TaskKind, items: readonly unknown[], offset: number, attempt = 1): Unit {
  return { job, kind, items, offset, firstId: 0, done: 0, attempt };
}

export function taskCount({ kind, items }: Unit): number {
  return kind === Kind.CALL ? 1 : items.length;
}

/** What of a unit is not settled from its `skip`th open task on; null = nothing. */
export function restOf({ job, kind, items, offset, done, attempt }: Unit, skip = 0): Unit | null {
  const first = done + skip;
  if (kind === Kind.CALL) return first === 0 ? makeUnit(job, kind, items, offset, attempt) : null;
  return first < items.length ? makeUnit(job, kind, items.slice(first), offset + first, attempt) : null;
}

/** The first open task of a unit, once more. */
export function nextTry({ job, kind, items, offset, done, attempt }: Unit): Unit {
  return makeUnit(job, kind, kind === Kind.CALL ? items : items.slice(done, done + 1), offset + done, attempt + 1);
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

export interface JobOwner {
  /** It has nothing more to settle. */
  ended(job: Job): void;
  /** It `isStopped`, or `isCancelled`, from now on. */
  stopped(job: Job): void;
}

/** Has a signal cancel a job. */
export function follow(job: Job, signal: AbortSignal): void {
  if (signal.aborted) job.cancel(signal.reason);
  else job.ignoreAbort = onAbort(signal, () => job.cancel(signal.reason));
}

/** `apply`: one task. */
export class CallJob implements Job {
  readonly fn: TaskFunction;
  readonly terms: Terms | undefined;
  readonly result = pendingResult<unknown>(this);
  ignoreAbort: (() => void) | undefined;
  before: Job | undefined;
  after: Job | undefined;
  isListed = false;
  readonly #owner: JobOwner;

  constructor(fn: TaskFunction, owner: JobOwner, terms?: Terms) {
    this.fn = fn;
    this.terms = terms;
    this.#owner = owner;
  }

  /** Its task is the last to know that its result is there. */
  get isStopped(): boolean {
    return this.result.ready();
  }

  get isCancelled(): boolean {
    return this.result.ready();
  }

  settle(_index: number, value: unknown): void {
    this.#owner.ended(this);
    fulfill(this.result, value);
  }

  fail(_index: number, error: unknown): void {
    this.#owner.ended(this);
    fail(this.result, error);
  }

  abort(error: unknown): void {
    this.fail(0, error);
  }

  cancel(reason: unknown = cancelledError(this.fn)): void {
    this.fail(0, reason);
    this.#owner.stopped(this);
  }
}

/** `map`: the results as a list. Waits for all tasks, also when one has failed; then rejects with the failure of the first item that failed. */
export class ListJob implements Job {
  readonly fn: TaskFunction;
  readonly terms: Terms | undefined;
  readonly result = pendingResult<unknown[]>(this);
  ignoreAbort: (() => void) | undefined;
  before: Job | undefined;
  after: Job | undefined;
  isListed = false;
  readonly #owner: JobOwner;
  #values: unknown[] = [];
  #left = Infinity;
  #failure: { index: number; error: unknown } | undefined;

  constructor(fn: TaskFunction, owner: JobOwner, terms?: Terms) {
    this.fn = fn;
    this.terms = terms;
    this.#owner = owner;
  }

  get isStopped(): boolean {
    return this.result.ready();
  }

  get isCancelled(): boolean {
    return this.result.ready();
  }

  /** How many tasks there are. */
  expect(count: number): void {
    this.#values = new Array(count);
    this.#left = count;
    if (count === 0) this.#end();
  }

  settle(index: number, value: unknown): void {
    // It was cancelled.
    if (this.#left === Infinity) return;
    this.#values[index] = value;
    if (--this.#left === 0) this.#end();
  }

  fail(index: number, error: unknown): void {
    if (this.#left === Infinity) return;
    if (!this.#failure || index < this.#failure.index) this.#failure = { index, error };
    if (--this.#left === 0) this.#end();
  }

  abort(error: unknown): void {
    this.#failure ??= { index: 0, error };
    this.#end();
  }

  cancel(reason: unknown = cancelledError(this.fn)): void {
    this.#failure = { index: 0, error: reason };
    this.#end();
    this.#owner.stopped(this);
  }

  #end(): void {
    this.#left = Infinity;
    this.#owner.ended(this);
    if (this.#failure) fail(this.result, this.#failure.error);
    else fulfill(this.result, this.#values);
    this.#values = [];
  }
}
