/** Jobs: what one call of `apply` or `map` asks for, cut into units that are sent as one message each. */
import { fail, fulfill, pendingResult } from './async_result.ts';
import { Kind, type TaskKind } from './protocol.ts';

export type TaskFunction = (...args: any[]) => unknown;

/** One call of the user's. Each of its tasks settles exactly once, by its index. */
export interface Job {
  readonly fn: TaskFunction;
  settle(index: number, value: unknown): void;
  fail(index: number, error: unknown): void;
  /** How far a running task says it is. */
  progress?(index: number, done: number, total: number | undefined): void;
  /** The pool ends: everything that is not settled fails. */
  abort(error: unknown): void;
  /** The pool waits for its last jobs: input that was held back may be read. */
  finish?(): void;
  /** Nobody wants what it has not sent: those tasks fail unrun. */
  readonly isStopped?: boolean;
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
  /** Tasks that are settled, from the first on. */
  done: number;
  /** Places of those that are settled behind one that is not: a worker that has several under way at once. */
  ahead?: Set<number>;
}

export function makeUnit(job: Job, kind: TaskKind, items: readonly unknown[], offset: number): Unit {
  return { job, kind, items, offset, firstId: 0, done: 0 };
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

/** Tasks that are not settled. */
export function openCount(unit: Unit): number {
  return taskCount(unit) - unit.done - (unit.ahead?.size ?? 0);
}

/** What of a unit is not settled from its `skip`th open task on; null = nothing. */
export function restOf({ job, kind, items, offset, done }: Unit, skip = 0): Unit | null {
  const first = done + skip;
  if (kind === Kind.CALL) return first === 0 ? makeUnit(job, kind, items, offset) : null;
  return first < items.length ? makeUnit(job, kind, items.slice(first), offset + first) : null;
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

/** Told when a job has nothing more to settle. */
export interface JobOwner {
  ended(job: Job): void;
}

/** `apply`: one task. */
export class CallJob implements Job {
  readonly fn: TaskFunction;
  readonly result = pendingResult<unknown>();
  readonly #owner: JobOwner;

  constructor(fn: TaskFunction, owner: JobOwner) {
    this.fn = fn;
    this.#owner = owner;
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
}

/** `map`: the results as a list. Waits for all tasks, also when one has failed; then rejects with the failure of the first item that failed. */
export class ListJob implements Job {
  readonly fn: TaskFunction;
  readonly result = pendingResult<unknown[]>();
  readonly #owner: JobOwner;
  #values: unknown[] = [];
  #left = Infinity;
  #failure: { index: number; error: unknown } | undefined;

  constructor(fn: TaskFunction, owner: JobOwner) {
    this.fn = fn;
    this.#owner = owner;
  }

  /** How many tasks there are. */
  expect(count: number): void {
    this.#values = new Array(count);
    this.#left = count;
    if (count === 0) this.#end();
  }

  settle(index: number, value: unknown): void {
    this.#values[index] = value;
    if (--this.#left === 0) this.#end();
  }

  fail(index: number, error: unknown): void {
    if (!this.#failure || index < this.#failure.index) this.#failure = { index, error };
    if (--this.#left === 0) this.#end();
  }

  abort(error: unknown): void {
    this.#failure ??= { index: 0, error };
    this.#end();
  }

  #end(): void {
    this.#left = Infinity;
    this.#owner.ended(this);
    if (this.#failure) fail(this.result, this.#failure.error);
    else fulfill(this.result, this.#values);
    this.#values = [];
  }
}
