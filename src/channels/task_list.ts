/**
 * The items of a JoinableQueue: a list of tasks in the order in which they were put, each in a block of its own from `put` to `taskDone`.
 *
 * States of a task: OWNER
 *   0                  waiting: to be got
 *   a participant      taken: got by it and not done
 *   DONE               until it is unlinked
 *
 * Fields of a task (words of its block)
 *   NEXT, PREVIOUS     neighbours (units), 0 = none. NEXT is the truth, PREVIOUS is derived
 *   OWNER              see above
 *   TICKET             which of the items that were ever put, so that a place in memory that was used again is recognised
 *   DELIVERY           see Delivery. Written by the owner, outside the lock, while it is one
 *   RETURNED           1 = an owner died, or left, before it was done
 *   RECORD             the message (message.ts)
 *
 * Fields of the list (all under LOCK)
 *   FIRST              the first task. The truth, with each NEXT
 *   LAST, CURSOR       the last task; the first that waits (0 = none). Derived, as the following. Plain where only the lock's holder reads
 *   WAITING            tasks that wait; of these, QUEUED never had an owner: they take the room that a bounded queue has
 *   UNFINISHED         tasks that are not done
 *   CARRIERS           tasks with passengers
 *   TICKETS            the last ticket
 *   ALL_DONE           how often UNFINISHED has come down to 0: a joiner that was not quick enough to see it sees this
 *   CHANGING           1 = somebody is, or was stopped, between a change of the truth and that of what is derived
 *
 * Transitions, each visible with one store
 *   append    NEXT of the last task, or FIRST
 *   take      OWNER = participant
 *   finish    OWNER = DONE, then it is unlinked: NEXT of the task before it, or FIRST
 *   return    RETURNED, DELIVERY, then OWNER = 0
 *
 * Crash: whoever takes the lock and finds CHANGING walks the list, unlinks what is done, and derives the rest anew. A participant that is cleaned up after
 * had the lock taken from it by then (`giveBack` takes it), so nothing stays uncounted for long.
 */

import type { Heap } from '../memory/heap.ts';
import { acquireInternal, type LockEnvironment } from '../memory/internal_lock.ts';
import type { OwnerWord } from '../memory/participants.ts';
import { load, store } from '../platform/atomics.ts';
import { type ParsedRecord, parseRecord } from './message.ts';

const Task = { NEXT: 0, PREVIOUS: 1, OWNER: 2, TICKET: 3, DELIVERY: 4, RETURNED: 5, RECORD: 6 } as const;
/** Bytes of a task before its record. */
export const TASK_BYTES = Task.RECORD * 4;
const DONE = -1;

/** How far a task that was taken has come. */
export const Delivery = {
  /** Its value is not with the receiver yet: nobody can have done it. */
  NONE: 0,
  /** `taskDone` of any process finishes it. */
  ANYBODY: 1,
  /** Its own `done` alone finishes it. */
  OWN: 2,
} as const;

const Field = {
  LOCK: 0,
  FIRST: 1,
  LAST: 2,
  CURSOR: 3,
  WAITING: 4,
  QUEUED: 5,
  UNFINISHED: 6,
  CARRIERS: 7,
  TICKETS: 8,
  ALL_DONE: 9,
  CHANGING: 10,
} as const;
export const TASK_LIST_WORDS = 11;

/** One task, where it lies. */
export interface Place {
  readonly unit: number;
  readonly words: Int32Array;
  /** Of its first word. */
  readonly index: number;
}

export class TaskList {
  readonly #heap: Heap;
  readonly #environment: LockEnvironment;
  readonly #words: Int32Array;
  readonly #index: number;

  constructor(heap: Heap, environment: LockEnvironment, words: Int32Array, index: number) {
    this.#heap = heap;
    this.#environment = environment;
    this.#words = words;
    this.#index = index;
  }

  // ---- the lock

  /** Pair with `unlock`, in `finally`. */
  lock(): void {
    acquireInternal(this.#words, this.#index + Field.LOCK, this.#environment, nothing);
    // After an exception nobody has taken the lock over.
    if (this.#get(Field.CHANGING) === 0) return;
    try {
      this.derive();
    } catch (error) {
      this.unlock();
      throw error;
    }
  }

  unlock(): void {
    this.#set(Field.LOCK, 0);
  }

  // ---- a task

  at(unit: number): Place {
    const { words, index } = this.#heap.structure(unit);
    return { unit, words, index };
  }

  /** A new block becomes a task that is in no list; the record is the caller's. Returns its word. */
  prepare({ words, index }: Place): number {
    for (let word = 0; word < Task.RECORD; word++) words[index + word] = 0;
    return index + Task.RECORD;
  }

  record({ unit, words, index }: Place): ParsedRecord {
    return parseRecord(words, index + Task.RECORD, this.#heap.length(unit) - TASK_BYTES);
  }

  ticket({ words, index }: Place): number {
    return load(words, index + Task.TICKET);
  }

  isReturned({ words, index }: Place): boolean {
    return load(words, index + Task.RETURNED) !== 0;
  }

  isTaken({ words, index }: Place, by: OwnerWord, ticket: number): boolean {
    return load(words, index + Task.OWNER) === by && load(words, index + Task.TICKET) === ticket;
  }

  /** By its owner, without the lock: until then nobody else can have finished it. */
  deliver({ words, index }: Place, delivery: number): void {
    store(words, index + Task.DELIVERY, delivery);
  }

  // ---- changes, under the lock

  /** Makes a prepared task the last one. */
  append({ unit, words, index }: Place, isCarrier: boolean): void {
    const last = this.#get(Field.LAST);
    this.#set(Field.CHANGING, 1);
    const list = this.#words;
    words[index + Task.TICKET] = list[this.#index + Field.TICKETS] = (this.#get(Field.TICKETS) + 1) | 0;
    words[index + Task.PREVIOUS] = last;
    // First: whoever sees the task shall not find that nothing is carried.
    if (isCarrier) this.#add(Field.CARRIERS, 1);
    this.#setNext(last, unit);
    list[this.#index + Field.LAST] = unit;
    if (list[this.#index + Field.CURSOR] === 0) list[this.#index + Field.CURSOR] = unit;
    this.#add(Field.QUEUED, 1);
    this.#add(Field.UNFINISHED, 1);
    this.#add(Field.WAITING, 1);
    this.#set(Field.CHANGING, 0);
  }

  /** The first that waits. */
  waitingTask(): Place | undefined {
    const unit = this.#get(Field.CURSOR);
    return unit === 0 ? undefined : this.at(unit);
  }

  /** The first that waits is taken. */
  take(task: Place, owner: OwnerWord): void {
    const { words, index } = task;
    this.#set(Field.CHANGING, 1);
    store(words, index + Task.OWNER, owner);
    this.#words[this.#index + Field.CURSOR] = this.#nextWaiting(load(words, index + Task.NEXT));
    if (!this.isReturned(task)) this.#add(Field.QUEUED, -1);
    this.#add(Field.WAITING, -1);
    this.#set(Field.CHANGING, 0);
  }

  /** A task that was taken leaves the list. */
  finish({ words, index }: Place, isCarrier: boolean): void {
    this.#set(Field.CHANGING, 1);
    store(words, index + Task.OWNER, DONE);
    const previous = load(words, index + Task.PREVIOUS);
    const next = load(words, index + Task.NEXT);
    this.#setNext(previous, next);
    if (next === 0) this.#words[this.#index + Field.LAST] = previous;
    else this.#setPrevious(next, previous);
    if (isCarrier) this.#add(Field.CARRIERS, -1);
    this.#add(Field.UNFINISHED, -1);
    if (this.#get(Field.UNFINISHED) === 0) this.#add(Field.ALL_DONE, 1);
    this.#set(Field.CHANGING, 0);
  }

  /** What a participant had taken waits again, where it stood: before everything that was put after it. */
  giveBack(owner: OwnerWord): void {
    for (const { words, index } of this.tasks()) {
      if (load(words, index + Task.OWNER) !== owner) continue;
      this.#set(Field.CHANGING, 1);
      store(words, index + Task.DELIVERY, Delivery.NONE);
      store(words, index + Task.RETURNED, 1);
      store(words, index + Task.OWNER, 0);
    }
    if (this.#get(Field.CHANGING) !== 0) this.derive();
  }

  /** The first that `taskDone` of anybody may finish. */
  finishable(): Place | undefined {
    for (const task of this.tasks()) {
      const { words, index } = task;
      if (load(words, index + Task.OWNER) > 0 && load(words, index + Task.DELIVERY) === Delivery.ANYBODY) return task;
    }
    return undefined;
  }

  /** Whether all that were taken, if any, were taken by this participant. */
  isNoneTakenByOthers(self: OwnerWord): boolean {
    for (const { words, index } of this.tasks()) {
      const owner = load(words, index + Task.OWNER);
      if (owner !== 0 && owner !== self) return false;
    }
    return true;
  }

  /** Unlinks what is done, and makes all that is derived anew. */
  derive(): void {
    const now = { previous: 0, cursor: 0, waiting: 0, queued: 0, unfinished: 0, carriers: 0 };
    for (const task of this.tasks()) {
      const { unit, words, index } = task;
      const owner = load(words, index + Task.OWNER);
      if (owner === DONE) {
        this.#setNext(now.previous, load(words, index + Task.NEXT));
        continue;
      }
      store(words, index + Task.PREVIOUS, now.previous);
      now.previous = unit;
      now.unfinished++;
      if (this.record(task).passengers.length > 0) now.carriers++;
      if (owner !== 0) continue;
      now.waiting++;
      if (!this.isReturned(task)) now.queued++;
      if (now.cursor === 0) now.cursor = unit;
    }
    this.#set(Field.LAST, now.previous);
    this.#set(Field.CURSOR, now.cursor);
    this.#set(Field.WAITING, now.waiting);
    this.#set(Field.QUEUED, now.queued);
    this.#set(Field.CARRIERS, now.carriers);
    this.#set(Field.UNFINISHED, now.unfinished);
    if (now.unfinished === 0) this.#add(Field.ALL_DONE, 1);
    this.#set(Field.CHANGING, 0);
  }

  // ---- state

  get waiting(): number {
    return this.#get(Field.WAITING);
  }

  get queued(): number {
    return this.#get(Field.QUEUED);
  }

  get unfinished(): number {
    return this.#get(Field.UNFINISHED);
  }

  get allDone(): number {
    return this.#get(Field.ALL_DONE);
  }

  get carries(): boolean {
    return this.#get(Field.CARRIERS) !== 0;
  }

  /** Under the lock, or while nothing changes. */
  *tasks(): Generator<Place> {
    for (let unit = this.#get(Field.FIRST); unit !== 0; ) {
      const task = this.at(unit);
      // Before it can be unlinked and freed.
      const next = load(task.words, task.index + Task.NEXT);
      yield task;
      unit = next;
    }
  }

  *check(isListed: (owner: OwnerWord) => boolean): Generator<string> {
    const holder = this.#get(Field.LOCK);
    if (holder !== 0 && isListed(holder)) yield `an internal lock is held by ${holder}`;
    if (this.#get(Field.CHANGING) !== 0) yield 'a change of the list was not finished';
    let previous = 0;
    const found = { cursor: 0, waiting: 0, queued: 0, unfinished: 0, carriers: 0 };
    for (const task of this.tasks()) {
      const { unit, words, index } = task;
      if (!this.#heap.isBlock(unit, TASK_BYTES)) return void (yield `task ${unit} is not in use`);
      if (load(words, index + Task.PREVIOUS) !== previous) yield `task ${unit}: PREVIOUS is not ${previous}`;
      previous = unit;
      found.unfinished++;
      const { block, length, passengers } = this.record(task);
      if (block !== 0 && !this.#heap.isBlock(block, length)) yield `task ${unit} names block ${block}, which is not in use`;
      if (passengers.length > 0) found.carriers++;
      const owner = load(words, index + Task.OWNER);
      if (owner !== 0 && !isListed(owner)) yield `task ${unit} is taken by ${owner}, who is not there`;
      if (owner !== 0) continue;
      found.waiting++;
      if (!this.isReturned(task)) found.queued++;
      found.cursor ||= unit;
    }
    const counted = {
      cursor: this.#get(Field.CURSOR),
      waiting: this.waiting,
      queued: this.queued,
      unfinished: this.unfinished,
      carriers: this.#get(Field.CARRIERS),
    };
    const [expected, derived] = [JSON.stringify(found), JSON.stringify(counted)];
    if (expected !== derived) yield `the tasks are ${expected}, derived is ${derived}`;
    if (this.#get(Field.LAST) !== previous) yield `LAST is not task ${previous}`;
  }

  #nextWaiting(from: number): number {
    for (let unit = from; unit !== 0; ) {
      const { words, index } = this.#heap.structure(unit);
      if (load(words, index + Task.OWNER) === 0) return unit;
      unit = load(words, index + Task.NEXT);
    }
    return 0;
  }

  #setNext(of: number, next: number): void {
    if (of === 0) this.#set(Field.FIRST, next);
    else {
      const { words, index } = this.#heap.structure(of);
      store(words, index + Task.NEXT, next);
    }
  }

  #setPrevious(of: number, previous: number): void {
    const { words, index } = this.#heap.structure(of);
    words[index + Task.PREVIOUS] = previous;
  }

  #get(field: number): number {
    return load(this.#words, this.#index + field);
  }

  #set(field: number, value: number): void {
    store(this.#words, this.#index + field, value);
  }

  #add(field: number, change: number): void {
    this.#set(field, (this.#get(field) + change) | 0);
  }
}

const nothing = (): void => {};
