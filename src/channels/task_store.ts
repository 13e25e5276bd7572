/**
 * Where the items of a JoinableQueue lie: a list of tasks (task_list.ts), and who waits for what.
 *
 * Fields (words)
 *   MAXSIZE    written once
 *   CLOSED     set once, under the list's lock
 *   LIST       see task_list.ts
 *   NOT_EMPTY, NOT_FULL, ALL_DONE  wait sets of getters, of putters, of joiners
 *
 * A task is a heap block that names the queue (TASK_POSITION), a large message another one (the task's unit). Both belong to the queue from `put` until the task
 * is done, also while somebody has it: its passengers stay in flight, so that it can be handed out again. Who finishes a task adopts its blocks before, and
 * frees them after it has left the list; who puts one links them before it is in.
 *
 * Crash: what the dead had taken waits again (holderGone). Blocks on their way in or out name their dead owner: they are freed, or given back to the queue.
 */
import { QueueShutDown } from '../base/errors.ts';
import { MAX_SLOTS } from '../memory/layout.ts';
import { type ObjectKind, type ObjectReference, type Passenger, registerObjectKind } from '../memory/object_kinds.ts';
import { type OwnerWord, slotOf } from '../memory/participants.ts';
import { type Session, session } from '../memory/session.ts';
import { load, store } from '../platform/atomics.ts';
import { WAIT_SET_WORDS, WaitSet } from '../wakeup/wait_set.ts';
import { waiting } from '../wakeup/waiting.ts';
import { segmentBytes } from './chunks.ts';
import type { ItemStore } from './item_store.ts';
import { type Message, NO_BYTES, type Outgoing, type ParsedRecord, withContent } from './message.ts';
import { copyOut } from './scratch.ts';
import { Delivery, type Place, TASK_BYTES, TASK_LIST_WORDS, TaskList } from './task_list.ts';

const Field = {
  MAXSIZE: 0,
  CLOSED: 1,
  LIST: 2,
  NOT_EMPTY: 2 + TASK_LIST_WORDS,
  NOT_FULL: 2 + TASK_LIST_WORDS + WAIT_SET_WORDS,
  ALL_DONE: 2 + TASK_LIST_WORDS + 2 * WAIT_SET_WORDS,
} as const;
const STORE_BYTES = (Field.ALL_DONE + WAIT_SET_WORDS) * 4;

/** The position with which tasks are linked; their messages are linked with the task's unit, an object's own block with -1. */
const TASK_POSITION = -2;
const INLINE_LIMIT = 8 * 1024;

export const taskQueueKind: ObjectKind = {
  code: 20,
  name: 'joinable queue',
  destroy: (unit) => TaskStore.at(unit).drop(),
  holderGone: (unit, owner) => TaskStore.at(unit).holderGone(owner),
  isReachable: (unit, position, block) => TaskStore.at(unit).holds(position, block),
  carries: (unit) => TaskStore.at(unit).carries,
  passengers: (unit) => TaskStore.at(unit).passengers(),
  check: (unit) => TaskStore.at(unit).check(),
};
registerObjectKind(taskQueueKind);

/** An item that this thread has taken and not done. */
export interface Ticket {
  readonly unit: number;
  readonly number: number;
  /** An earlier owner died, or left, with it. */
  readonly redelivered: boolean;
  /** See Delivery: what it will be when the value is there. */
  delivery: number;
}

export interface TaskMessage extends Message {
  readonly ticket: Ticket;
}

export class TaskStore implements ItemStore {
  readonly maxsize: number;
  readonly notEmpty: WaitSet;
  readonly notFull: WaitSet;
  readonly allDone: WaitSet;
  readonly inlineLimit = INLINE_LIMIT;
  readonly #session: Session;
  readonly #words: Int32Array;
  readonly #index: number;
  readonly #list: TaskList;
  /** Index of the object, once it is one. */
  #object: number;

  private constructor(words: Int32Array, index: number, object: number) {
    const here = session();
    this.#session = here;
    this.#words = words;
    this.#index = index;
    this.#object = object;
    this.#list = new TaskList(here.heap, here.environment, words, index + Field.LIST);
    this.maxsize = load(words, index + Field.MAXSIZE);
    this.notEmpty = new WaitSet(words, index + Field.NOT_EMPTY);
    this.notFull = new WaitSet(words, index + Field.NOT_FULL);
    this.allDone = new WaitSet(words, index + Field.ALL_DONE);
  }

  /** A new queue; `maxsize` 0 = unbounded. */
  static create(maxsize: number): { store: TaskStore; reference: ObjectReference } {
    const { heap, objects } = session();
    const unit = heap.allocate(STORE_BYTES, true);
    const { words, index } = heap.structure(unit);
    store(words, index + Field.MAXSIZE, maxsize);
    const made = TaskStore.at(unit);
    const reference = objects.publish(taskQueueKind, unit);
    made.#object = reference.index;
    return { store: made, reference };
  }

  static at(unit: number, object = 0): TaskStore {
    const { words, index } = session().heap.structure(unit);
    return new TaskStore(words, index, object);
  }

  // ---- putting

  tryPut(message: Outgoing): boolean {
    message.prepare(this.#session, INLINE_LIMIT);
    if (this.isClosed) throw shutDown();
    if (this.isFull) return false;
    const task = this.#makeTask(message);
    let isIn = false;
    try {
      isIn = this.#append(task, message);
    } finally {
      if (!isIn) this.#session.heap.free(task.unit);
    }
    if (!isIn) {
      if (this.isClosed) throw shutDown();
      return false;
    }
    this.#session.heap.disown(task.unit);
    message.published(this.#session);
    if (this.notEmpty.occupied) waiting().wake(this.notEmpty);
    return true;
  }

  #makeTask(message: Outgoing): Place {
    const { heap } = this.#session;
    const unit = heap.allocate(TASK_BYTES + message.recordBytes);
    const task = this.#list.at(unit);
    message.write(task.words, segmentBytes(task.words), this.#list.prepare(task));
    heap.link(unit, this.#object, TASK_POSITION);
    if (message.block !== 0) heap.link(message.block, this.#object, unit | 0);
    return task;
  }

  #append(task: Place, { passengers }: Outgoing): boolean {
    const { passages } = this.#session;
    this.#list.lock();
    try {
      if (this.isClosed || this.isFull) return false;
      if (passengers.length !== 0) {
        passages.begin();
        passages.send(passengers);
      }
      // SYNC POINT: the record is visible to the getter
      this.#list.append(task, passengers.length !== 0);
      if (passengers.length !== 0) passages.end();
      return true;
    } finally {
      this.#list.unlock();
    }
  }

  // ---- getting

  tryGet(own: boolean): TaskMessage | undefined {
    if (this.isEmpty) return undefined;
    const message = this.#take(own);
    if (message === undefined) return undefined;
    if (message.passengers.length !== 0) this.#session.holds.retainAll(message.passengers);
    if (this.maxsize > 0 && this.notFull.occupied) waiting().wake(this.notFull);
    // The block stays the queue's: the receiver must not free it.
    return message.block === 0 ? message : { ...withContent(this.#session, message), block: 0, ticket: message.ticket };
  }

  #take(own: boolean): TaskMessage | undefined {
    const { passages, self } = this.#session;
    const list = this.#list;
    list.lock();
    try {
      const task = list.waitingTask();
      if (task === undefined) return undefined;
      const { content, length, block, raw, passengers } = list.record(task);
      const ticket = {
        unit: task.unit,
        number: list.ticket(task),
        redelivered: list.isReturned(task),
        delivery: Delivery.ANYBODY,
      };
      // SYNC POINT: the record is visible to the getter
      const bytes = block === 0 ? copyOut(task.words, content, length, own) : NO_BYTES;
      if (passengers.length !== 0) {
        passages.begin();
        passages.receive(passengers);
      }
      list.take(task, self);
      if (passengers.length !== 0) passages.end();
      return { bytes, passengers, block, raw, ticket };
    } finally {
      list.unlock();
    }
  }

  /** The value is with the receiver. */
  deliver({ unit, delivery }: Ticket): void {
    this.#list.deliver(this.#list.at(unit), delivery);
  }

  // ---- finishing

  /** False = it is not this participant's any more, or done. */
  finish(ticket: Ticket): boolean {
    return this.#finish(() => (this.#isOwn(ticket) ? this.#list.at(ticket.unit) : undefined));
  }

  /** Finishes the item, of all participants, that was put first of those that were got and not done. False = there is none. */
  finishAny(): boolean {
    return this.#finish(() => this.#list.finishable());
  }

  /** Those that still are this participant's. */
  stillOwn(tickets: Iterable<Ticket>): Ticket[] {
    this.#list.lock();
    try {
      return [...tickets].filter((ticket) => this.#isOwn(ticket));
    } finally {
      this.#list.unlock();
    }
  }

  /** Under the lock. Others may have finished it, and its memory may be anything by now. */
  #isOwn({ unit, number }: Ticket): boolean {
    const { heap, self } = this.#session;
    return heap.isLinked(unit, TASK_BYTES, this.#object, TASK_POSITION) && this.#list.isTaken(this.#list.at(unit), self, number);
  }

  #finish(find: () => Place | undefined): boolean {
    const { heap, passages } = this.#session;
    const list = this.#list;
    let task: Place | undefined;
    let record: ParsedRecord | undefined;
    list.lock();
    try {
      task = find();
      if (task === undefined) return false;
      record = list.record(task);
      heap.adopt(task.unit);
      if (record.block !== 0) heap.adopt(record.block);
      if (record.passengers.length !== 0) passages.begin();
      list.finish(task, record.passengers.length !== 0);
    } finally {
      list.unlock();
    }
    if (record.passengers.length !== 0) {
      passages.drop(record.passengers);
      passages.end();
    }
    if (record.block !== 0) heap.free(record.block);
    heap.free(task.unit);
    if (this.allDone.occupied && list.unfinished === 0) waiting().wake(this.allDone, MAX_SLOTS);
    // Getters of a closed queue wait for what others may give back.
    if (this.notEmpty.occupied && this.isClosed) waiting().wake(this.notEmpty, MAX_SLOTS);
    return true;
  }

  // ---- state

  get size(): number {
    return this.#list.waiting;
  }

  get isEmpty(): boolean {
    return this.#list.waiting === 0;
  }

  /** What was given back needs no room. */
  get isFull(): boolean {
    return this.maxsize > 0 && this.#list.queued >= this.maxsize;
  }

  get isClosed(): boolean {
    return load(this.#words, this.#index + Field.CLOSED) !== 0;
  }

  /** What others have taken may come back: that is waited for. */
  get isOver(): boolean {
    if (!this.isClosed || !this.isEmpty) return false;
    this.#list.lock();
    try {
      return this.isEmpty && this.#list.isNoneTakenByOthers(this.#session.self);
    } finally {
      this.#list.unlock();
    }
  }

  get unfinished(): number {
    return this.#list.unfinished;
  }

  /** How often all items were done. */
  get timesDone(): number {
    return this.#list.allDone;
  }

  close(): void {
    this.#list.lock();
    try {
      store(this.#words, this.#index + Field.CLOSED, 1);
    } finally {
      this.#list.unlock();
    }
    waiting().wake(this.notEmpty, MAX_SLOTS);
    waiting().wake(this.notFull, MAX_SLOTS);
  }

  // ---- what the object table asks

  /** Frees all tasks, and what they hold: nobody is left to get or finish them. */
  drop(): void {
    const { heap, passages } = this.#session;
    this.#list.lock();
    this.#list.unlock();
    for (const task of this.#list.tasks()) {
      const { block, passengers } = this.#list.record(task);
      if (block !== 0) heap.free(block);
      passages.drop(passengers);
      heap.free(task.unit);
    }
  }

  get carries(): boolean {
    return this.#list.carries;
  }

  passengers(): Passenger[] {
    this.#list.lock();
    try {
      return [...this.#list.tasks()].flatMap((task) => [...this.#list.record(task).passengers]);
    } finally {
      this.#list.unlock();
    }
  }

  /** Rings nobody: every death wakes all. */
  holderGone(owner: OwnerWord): void {
    for (const set of [this.notEmpty, this.notFull, this.allDone]) set.remove(slotOf(owner));
    this.#list.lock();
    try {
      this.#list.giveBack(owner);
    } finally {
      this.#list.unlock();
    }
  }

  /** Whether a task, or the block of a task's message, is part of the queue. */
  holds(position: number, block: number): boolean {
    this.#list.lock();
    try {
      for (const task of this.#list.tasks()) {
        if (position === TASK_POSITION ? (task.unit | 0) === (block | 0) : this.#isBlockOf(task, position, block)) return true;
      }
      return false;
    } finally {
      this.#list.unlock();
    }
  }

  #isBlockOf(task: Place, position: number, block: number): boolean {
    return (task.unit | 0) === position && (this.#list.record(task).block | 0) === (block | 0);
  }

  *check(): Generator<string> {
    const { participants } = this.#session;
    try {
      yield* this.#list.check((owner) => participants.isListed(owner));
    } catch (error) {
      yield String(error);
    }
  }
}

function shutDown(): QueueShutDown {
  return new QueueShutDown('this queue is closed: nothing can be put any more');
}
