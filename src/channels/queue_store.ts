/**
 * A queue in shared memory: records in a chain of chunks, any number of putters and getters, bounded or not.
 *
 * States
 *   open    records can be put; those with numbers GETS <= n < PUTS (modulo 2^32) are there to get
 *   closed  CLOSED = 1, which stays: PUTS changes no more
 *
 * Fields (words)
 *   PUTS         records that were ever put. One store publishes a record. Under PUT_LOCK.
 *   GETS         records that were ever taken. One store takes a record. Under GET_LOCK.
 *   HEAD_CHUNK   chunk of record GETS, or a chunk before it that has none left. Under GET_LOCK.
 *   TAIL_CHUNK   the last chunk, or one before it whose LIMIT is PUTS. Under PUT_LOCK. Never freed: getters pass a chunk only for a record behind it, and that is put through TAIL_CHUNK.
 *   TAIL_OFFSET  where record PUTS goes in TAIL_CHUNK, if TAIL_COUNT = PUTS (derived). Plain, under PUT_LOCK; HEAD_OFFSET and HEAD_COUNT likewise for GETS.
 *   CARRIERS_IN, CARRIERS_OUT  messages with passengers that were ever put (plain, under PUT_LOCK), taken (under GET_LOCK): where they are equal the collector need not walk
 *   CLOSED       set once, under PUT_LOCK: whoever has seen it and no records will see none.
 *   NOT_EMPTY, NOT_FULL  wait sets of getters, of putters
 *
 * Transitions
 *   put     the record behind the others, then PUTS
 *   link    TAIL_COUNT made wrong; the new chunk's BASE, the last one's LIMIT, then its NEXT; then TAIL_CHUNK, TAIL_OFFSET, TAIL_COUNT
 *   get     copy, then GETS
 *   pass    the getter adopts the chunk; HEAD_COUNT made wrong; HEAD_CHUNK; then HEAD_OFFSET, HEAD_COUNT. The chunk is freed outside the lock
 * A large message is a heap block, linked to its number before PUTS moves, adopted by the getter before GETS moves: part of the queue exactly while GETS <= number < PUTS.
 * A chunk is part of the queue while it can be reached from HEAD_CHUNK.
 *
 * Crash: locks need no repair. What is derived carries the number for which it is right (`_COUNT`), and is derived again by a walk when that is another one: so an
 * exception in the middle is harmless, too. Blocks that were on their way in or out name their dead owner, and are freed, or given back to the queue, with it.
 */
import { QueueShutDown } from '../base/errors.ts';
import { acquireInternal } from '../memory/internal_lock.ts';
import { MAX_SLOTS } from '../memory/layout.ts';
import type { ObjectKind, ObjectReference, Passenger } from '../memory/object_kinds.ts';
import { registerObjectKind } from '../memory/object_kinds.ts';
import type { OwnerWord } from '../memory/participants.ts';
import { slotOf } from '../memory/participants.ts';
import { type Session, session } from '../memory/session.ts';
import { load, store } from '../platform/atomics.ts';
import { WAIT_SET_WORDS, WaitSet } from '../wakeup/wait_set.ts';
import { waiting } from '../wakeup/waiting.ts';
import { CHUNK_POSITION, Chunk, ChunkView, createChunk, FIRST_CAPACITY, nextCapacity } from './chunks.ts';
import type { ItemStore } from './item_store.ts';
import { type Message, NO_BYTES, type Outgoing, type ParsedRecord, withContent } from './message.ts';
import { copyOut } from './scratch.ts';

/** What putters write and what getters write lies on cache lines of its own. */
const Field = {
  PUT_LOCK: 0,
  PUTS: 1,
  TAIL_CHUNK: 2,
  TAIL_OFFSET: 3,
  TAIL_COUNT: 4,
  GET_LOCK: 16,
  GETS: 17,
  HEAD_CHUNK: 18,
  HEAD_OFFSET: 19,
  HEAD_COUNT: 20,
  CARRIERS_IN: 5,
  CARRIERS_OUT: 21,
  CLOSED: 32,
  MAXSIZE: 33,
  NOT_EMPTY: 34,
  NOT_FULL: 34 + WAIT_SET_WORDS,
} as const;
const STORE_BYTES = (34 + 2 * WAIT_SET_WORDS) * 4;

/** Larger records go as heap blocks: a chunk holds several. */
const INLINE_LIMIT = 8 * 1024;
const POSITION_MASK = 0x7fffffff;

const Put = { DONE: 0, FULL: 1, CLOSED: 2, NO_CHUNK: 3 } as const;

export const queueKind: ObjectKind = {
  code: 3,
  name: 'queue',
  destroy: (unit) => QueueStore.at(unit).drop(),
  holderGone: (unit, owner) => QueueStore.at(unit).holderGone(owner),
  isReachable: (unit, position, block) => QueueStore.at(unit).holds(position, block),
  carries: (unit) => QueueStore.at(unit).carries,
  passengers: (unit) => QueueStore.at(unit).passengers(),
  check: (unit) => QueueStore.at(unit).check(),
};
registerObjectKind(queueKind);

export class QueueStore implements ItemStore {
  readonly maxsize: number;
  readonly notEmpty: WaitSet;
  readonly notFull: WaitSet;
  readonly inlineLimit = INLINE_LIMIT;
  /** Index of the object, once it is one. */
  object = 0;
  readonly #session: Session;
  readonly #words: Int32Array;
  readonly #index: number;
  readonly #head: ChunkView;
  readonly #tail: ChunkView;
  /** A chunk of ours for the next `link`, 0 = none. */
  #fresh = 0;

  private constructor(words: Int32Array, index: number) {
    this.#session = session();
    this.#words = words;
    this.#index = index;
    this.#head = new ChunkView(this.#session.heap, words);
    this.#tail = new ChunkView(this.#session.heap, words);
    this.maxsize = load(words, index + Field.MAXSIZE);
    this.notEmpty = new WaitSet(words, index + Field.NOT_EMPTY);
    this.notFull = new WaitSet(words, index + Field.NOT_FULL);
  }

  /** A new queue; `maxsize` 0 = unbounded. */
  static create(maxsize: number): { store: QueueStore; reference: ObjectReference } {
    const { heap, objects } = session();
    const chunk = createChunk(heap, FIRST_CAPACITY);
    try {
      const unit = heap.allocate(STORE_BYTES, true);
      const { words, index } = heap.structure(unit);
      store(words, index + Field.MAXSIZE, maxsize);
      store(words, index + Field.HEAD_CHUNK, chunk);
      store(words, index + Field.TAIL_CHUNK, chunk);
      const made = QueueStore.at(unit);
      const reference = objects.publish(queueKind, unit);
      made.object = reference.index;
      heap.link(chunk, reference.index, CHUNK_POSITION);
      heap.disown(chunk);
      return { store: made, reference };
    } catch (error) {
      // Nothing above throws once the queue is published.
      heap.free(chunk);
      throw error;
    }
  }

  static at(unit: number, object = 0): QueueStore {
    const { words, index } = session().heap.structure(unit);
    const found = new QueueStore(words, index);
    found.object = object;
    return found;
  }

  // ---- putting

  /** False = full now. Throws QueueShutDown. */
  tryPut(message: Outgoing): boolean {
    const { heap } = this.#session;
    message.prepare(this.#session, INLINE_LIMIT);
    const size = message.recordBytes;
    let fresh = 0;
    let outcome = this.#put(message, size);
    while (outcome === Put.NO_CHUNK) {
      fresh = this.#fresh = createChunk(heap, nextCapacity(this.#tail.capacity, size));
      heap.link(fresh, this.object, CHUNK_POSITION);
      outcome = this.#put(message, size);
      // Somebody else may have linked one meanwhile.
      if (this.#fresh === 0) heap.disown(fresh);
      else heap.free(fresh);
      this.#fresh = 0;
    }
    if (outcome === Put.DONE) {
      message.published(this.#session);
      if (this.notEmpty.occupied) waiting().wake(this.notEmpty);
      return true;
    }
    if (outcome === Put.CLOSED) throw new QueueShutDown('this queue is closed: nothing can be put any more');
    return false;
  }

  #put(message: Outgoing, size: number): number {
    const words = this.#words;
    const index = this.#index;
    acquireInternal(words, index + Field.PUT_LOCK, this.#session.environment, nothing);
    try {
      if (load(words, index + Field.CLOSED) !== 0) return Put.CLOSED;
      const puts = load(words, index + Field.PUTS);
      if (this.maxsize > 0 && ((puts - load(words, index + Field.GETS)) | 0) >= this.maxsize) return Put.FULL;
      if (words[index + Field.TAIL_COUNT] !== puts) this.#findTail(puts);
      const tail = this.#tail;
      tail.moveTo(words[index + Field.TAIL_CHUNK]);
      let offset = words[index + Field.TAIL_OFFSET];
      if (offset + size > tail.capacity) {
        if (this.#fresh === 0) return Put.NO_CHUNK;
        this.#link(this.#fresh, puts);
        offset = 0;
        if (size > tail.capacity) return Put.NO_CHUNK;
      }
      if (message.block !== 0) this.#session.heap.link(message.block, this.object, puts & POSITION_MASK);
      message.write(tail.words, tail.bytes, tail.word(offset));
      if (message.passengers.length !== 0) this.#board(message.passengers);
      // SYNC POINT: the record is visible to the getter
      store(words, index + Field.PUTS, (puts + 1) | 0);
      if (message.passengers.length !== 0) this.#session.passages.end();
      words[index + Field.TAIL_OFFSET] = offset + size;
      words[index + Field.TAIL_COUNT] = (puts + 1) | 0;
      return Put.DONE;
    } finally {
      store(words, index + Field.PUT_LOCK, 0);
    }
  }

  /** Under PUT_LOCK; in transit from here on. */
  #board(passengers: readonly Passenger[]): void {
    const { passages } = this.#session;
    passages.begin();
    passages.send(passengers);
    this.#words[this.#index + Field.CARRIERS_IN]++;
  }

  /** Under PUT_LOCK. The fresh chunk becomes the last one. */
  #link(fresh: number, puts: number): void {
    const words = this.#words;
    const index = this.#index;
    const tail = this.#tail;
    const { words: lastWords, index: lastIndex } = tail;
    words[index + Field.TAIL_COUNT] = (puts - 1) | 0;
    tail.moveTo(fresh);
    tail.words[tail.index + Chunk.BASE] = puts;
    lastWords[lastIndex + Chunk.LIMIT] = puts;
    // SYNC POINT: LIMIT, and the next chunk's BASE, are visible to the reader
    store(lastWords, lastIndex + Chunk.NEXT, fresh);
    this.#fresh = 0;
    words[index + Field.TAIL_CHUNK] = fresh;
    words[index + Field.TAIL_OFFSET] = 0;
    words[index + Field.TAIL_COUNT] = puts;
  }

  /** Under PUT_LOCK, after a putter stopped in the middle. */
  #findTail(puts: number): void {
    const words = this.#words;
    const index = this.#index;
    const tail = this.#tail;
    tail.moveTo(words[index + Field.TAIL_CHUNK]);
    for (let next = tail.next; next !== 0; next = tail.next) tail.moveTo(next);
    words[index + Field.TAIL_CHUNK] = tail.unit;
    words[index + Field.TAIL_OFFSET] = tail.offsetOf((puts - tail.base) | 0);
    words[index + Field.TAIL_COUNT] = puts;
  }

  // ---- getting

  /** The next message, or undefined. `releaseMessage` it. Without `own` the bytes are good until this thread's next read of anything. */
  tryGet(own: boolean): Message | undefined {
    const words = this.#words;
    const index = this.#index;
    // SYNC POINT: the record is visible to the getter
    if (load(words, index + Field.PUTS) === load(words, index + Field.GETS)) return undefined;
    let message: Message | undefined;
    acquireInternal(words, index + Field.GET_LOCK, this.#session.environment, nothing);
    let drained = 0;
    try {
      const gets = load(words, index + Field.GETS);
      if (load(words, index + Field.PUTS) === gets) return undefined;
      if (words[index + Field.HEAD_COUNT] !== gets) this.#findHead(gets);
      const head = this.#head;
      head.moveTo(words[index + Field.HEAD_CHUNK]);
      if (head.next !== 0 && head.limit === gets) {
        drained = head.unit;
        this.#pass(gets);
      }
      message = this.#take(gets, own);
    } finally {
      store(words, index + Field.GET_LOCK, 0);
    }
    if (message.passengers.length !== 0) this.#session.holds.retainAll(message.passengers);
    if (drained !== 0) this.#freeUpTo(drained, this.#head.unit);
    if (this.maxsize > 0 && this.notFull.occupied) waiting().wake(this.notFull);
    return message.block === 0 ? message : withContent(this.#session, message);
  }

  /** Under GET_LOCK, with the head at a chunk that has a record left. */
  #take(gets: number, own: boolean): Message {
    const words = this.#words;
    const index = this.#index;
    const head = this.#head;
    const offset = words[index + Field.HEAD_OFFSET];
    const { size, content, length, block, raw, passengers } = head.record(offset);
    let bytes = NO_BYTES;
    if (block === 0) bytes = copyOut(head.words, content, length, own);
    else this.#session.heap.adopt(block);
    const { passages } = this.#session;
    if (passengers.length !== 0) {
      passages.begin();
      passages.receive(passengers);
    }
    store(words, index + Field.GETS, (gets + 1) | 0);
    if (passengers.length !== 0) {
      words[index + Field.CARRIERS_OUT]++;
      passages.countOff(passengers);
      passages.end();
    }
    words[index + Field.HEAD_OFFSET] = offset + size;
    words[index + Field.HEAD_COUNT] = (gets + 1) | 0;
    return { bytes, passengers, block, raw };
  }

  /** Under GET_LOCK: on to the chunk that has record `gets`. The chunks that are passed are ours from then on. */
  #pass(gets: number): void {
    const words = this.#words;
    const index = this.#index;
    const head = this.#head;
    while (head.limit === gets) {
      const { next } = head;
      if (next === 0) break;
      this.#session.heap.adopt(head.unit);
      words[index + Field.HEAD_COUNT] = (gets - 1) | 0;
      store(words, index + Field.HEAD_CHUNK, next);
      words[index + Field.HEAD_OFFSET] = 0;
      words[index + Field.HEAD_COUNT] = gets;
      head.moveTo(next);
    }
  }

  /** Under GET_LOCK, after a getter stopped in the middle. */
  #findHead(gets: number): void {
    const words = this.#words;
    const index = this.#index;
    const head = this.#head;
    head.moveTo(load(words, index + Field.HEAD_CHUNK));
    words[index + Field.HEAD_OFFSET] = head.offsetOf((gets - head.base) | 0);
    words[index + Field.HEAD_COUNT] = gets;
  }

  #freeUpTo(unit: number, end: number): void {
    const { heap } = this.#session;
    while (unit !== end) {
      const { words, index } = heap.structure(unit);
      const next = load(words, index + Chunk.NEXT);
      heap.free(unit);
      unit = next;
    }
  }

  // ---- state

  /** Exact at one moment during the call. */
  get size(): number {
    const words = this.#words;
    const index = this.#index;
    for (let gets = load(words, index + Field.GETS); ; ) {
      const puts = load(words, index + Field.PUTS);
      const again = load(words, index + Field.GETS);
      if (again === gets) return (puts - gets) >>> 0;
      gets = again;
    }
  }

  get isEmpty(): boolean {
    return load(this.#words, this.#index + Field.PUTS) === load(this.#words, this.#index + Field.GETS);
  }

  get isFull(): boolean {
    return this.maxsize > 0 && this.size >= this.maxsize;
  }

  get isClosed(): boolean {
    return load(this.#words, this.#index + Field.CLOSED) !== 0;
  }

  get isOver(): boolean {
    return this.isClosed;
  }

  /** Nothing can be put any more. Wakes everybody. */
  close(): void {
    const lock = this.#index + Field.PUT_LOCK;
    acquireInternal(this.#words, lock, this.#session.environment, nothing);
    try {
      store(this.#words, this.#index + Field.CLOSED, 1);
    } finally {
      store(this.#words, lock, 0);
    }
    waiting().wake(this.notEmpty, MAX_SLOTS);
    waiting().wake(this.notFull, MAX_SLOTS);
  }

  // ---- what the object table asks

  /** Frees the chunks, and what undelivered messages hold: nobody is left to get them. */
  drop(): void {
    const { heap, passages } = this.#session;
    for (const { block, passengers } of this.#records()) {
      if (block !== 0) heap.free(block);
      passages.drop(passengers);
    }
    this.#freeUpTo(load(this.#words, this.#index + Field.HEAD_CHUNK), 0);
  }

  /** Whether messages with passengers are in it; true for ever after a death between one of the counts and what it counts. */
  get carries(): boolean {
    return load(this.#words, this.#index + Field.CARRIERS_IN) !== load(this.#words, this.#index + Field.CARRIERS_OUT);
  }

  passengers(): Passenger[] {
    const lock = this.#index + Field.GET_LOCK;
    // No chunk of the chain is freed meanwhile.
    acquireInternal(this.#words, lock, this.#session.environment, nothing);
    try {
      return [...this.#records()].flatMap(({ passengers }) => passengers);
    } finally {
      store(this.#words, lock, 0);
    }
  }

  holderGone(owner: OwnerWord): void {
    this.notEmpty.remove(slotOf(owner));
    this.notFull.remove(slotOf(owner));
  }

  /** Whether a chunk, or the block of the message with a number, is part of the queue. */
  holds(position: number, block: number): boolean {
    const lock = this.#index + Field.GET_LOCK;
    // No chunk of the chain is freed meanwhile.
    acquireInternal(this.#words, lock, this.#session.environment, nothing);
    try {
      if (position === CHUNK_POSITION) {
        for (const chunk of this.#chunks()) if (chunk.unit === block) return true;
      } else {
        for (const record of this.#records())
          if (record.block === block && (record.number & POSITION_MASK) === position) return true;
      }
      return false;
    } finally {
      store(this.#words, lock, 0);
    }
  }

  *check(): Generator<string> {
    const { participants, heap } = this.#session;
    for (const lock of [Field.PUT_LOCK, Field.GET_LOCK]) {
      const owner = load(this.#words, this.#index + lock);
      if (owner !== 0 && participants.isListed(owner)) yield `an internal lock is held by ${owner >>> 0}`;
    }
    try {
      for (const { unit } of this.#chunks()) if (!heap.isBlock(unit, Chunk.DATA * 4)) yield `chunk ${unit} is not in use`;
      let count = 0;
      for (const { block, length } of this.#records()) {
        count++;
        if (block !== 0 && !heap.isBlock(block, length)) yield `a message names block ${block}, which is not in use`;
      }
      if (count !== this.size) yield `the chunks hold ${count} records, PUTS and GETS say ${this.size}`;
    } catch (error) {
      yield String(error);
    }
  }

  *#chunks(): Generator<ChunkView> {
    const view = new ChunkView(this.#session.heap, this.#words);
    for (let unit = load(this.#words, this.#index + Field.HEAD_CHUNK); unit !== 0; unit = view.next) {
      view.moveTo(unit);
      yield view;
    }
  }

  *#records(): Generator<ParsedRecord & { readonly number: number }> {
    const puts = load(this.#words, this.#index + Field.PUTS);
    let number = load(this.#words, this.#index + Field.GETS);
    for (const chunk of this.#chunks()) {
      const end = chunk.next === 0 ? puts : chunk.limit;
      if (((end - number) | 0) <= 0) continue;
      for (let offset = chunk.offsetOf((number - chunk.base) | 0); number !== end; number = (number + 1) | 0) {
        const record = chunk.record(offset);
        yield { ...record, number };
        offset += record.size;
      }
    }
  }
}

const nothing = (): void => {};
