/**
 * A byte ring in shared memory: one direction of a Pipe, and each direction of a pool worker's private channel.
 *
 * Fields (words)
 *   HEAD, TAIL        positions in bytes, counted for ever modulo 2^32. HEAD <= TAIL <= HEAD + capacity. HEAD is written under READ_LOCK, TAIL under WRITE_LOCK (by `append`'s only writer without it).
 *   READ_LOCK, WRITE_LOCK  internal locks. Nothing to repair: what is not yet published is not there.
 *   OPEN_POSITION, OPEN_LENGTH  where the growing record begins, and how many bytes of it are there. Valid while OPEN_POSITION = TAIL.
 *   READERS, WRITERS  wait sets of those that wait for a message, for room
 *   READ_ENDS, WRITE_ENDS  a bit for each participant that has the end open; *_IN_FLIGHT: ends inside undelivered messages
 *   CARRIERS_IN, CARRIERS_OUT  messages with passengers that were ever written (plain, under WRITE_LOCK), read (under READ_LOCK): where they are equal the collector need not walk
 *   ENDS_ACTIVITY     counts openings and sendings of ends: a scan that finds no end, and this unchanged, has proved that there is none
 *
 * Transitions
 *   write   the record, then TAIL (one store)
 *   read    copy, then HEAD (one store)
 *   append  bytes behind TAIL, then OPEN_LENGTH: a record that grows before it is published. A ring with one writing thread only (a worker's results).
 * A large message is a heap block: linked to its position before TAIL moves, taken over by the reader before HEAD moves. It is part of the ring exactly while HEAD <= position < TAIL.
 *
 * Crash: a writer that dies before its store of TAIL has written nothing, and its block is freed with it; a reader that dies before its store of HEAD has read nothing.
 * What a writer had appended to a growing record can be had from `salvage` after its death.
 */

import { addInstance, forgetInstance, type Instance, instanceOf } from '../memory/instances.ts';
import { acquireInternal } from '../memory/internal_lock.ts';
import { Header, MAX_SLOTS } from '../memory/layout.ts';
import type { ObjectKind, ObjectReference, Passenger } from '../memory/object_kinds.ts';
import { registerObjectKind } from '../memory/object_kinds.ts';
import type { OwnerWord } from '../memory/participants.ts';
import { slotOf } from '../memory/participants.ts';
import { type Session, session } from '../memory/session.ts';
import { add, and, load, or, store, storeRelease } from '../platform/atomics.ts';
import { WAIT_SET_WORDS, WaitSet } from '../wakeup/wait_set.ts';
import { waiting } from '../wakeup/waiting.ts';
import {
  isPlain,
  type Message,
  NO_BYTES,
  type Outgoing,
  parseRecord,
  plainMessage,
  RECORD_HEADER_BYTES,
  RECORD_HEADER_WORDS,
  RecordKind,
  withContent,
} from './message.ts';
import { copyOut } from './scratch.ts';

const ENDS_WORDS = MAX_SLOTS / 32;
/** HEAD with its lock and TAIL with its lock lie on cache lines of their own. */
const Field = {
  HEAD: 0,
  READ_LOCK: 1,
  TAIL: 16,
  WRITE_LOCK: 17,
  OPEN_POSITION: 18,
  OPEN_LENGTH: 19,
  CAPACITY: 32,
  READERS_IN_FLIGHT: 33,
  WRITERS_IN_FLIGHT: 34,
  /** For the ring's user: one word beside the messages, written by the writing side. */
  NOTE: 35,
  ENDS_ACTIVITY: 36,
  CARRIERS_IN: 37,
  CARRIERS_OUT: 38,
  /** The same: a time that goes with NOTE. Stored before it, so that who finds NOTE unchanged after reading this has the time of that note or a later one. */
  NOTE_TIME: 39,
  READERS: 48,
  WRITERS: 48 + WAIT_SET_WORDS,
  READ_ENDS: 48 + 2 * WAIT_SET_WORDS,
  WRITE_ENDS: 48 + 2 * WAIT_SET_WORDS + ENDS_WORDS,
  DATA: 256,
} as const;

/** As what a ring travels. */
export const RingRole = { READER: 1, WRITER: 2 } as const;
export type RingEnd = (typeof RingRole)[keyof typeof RingRole];

const DEFAULT_CAPACITY = 64 * 1024;
/** A larger message would keep the ring from holding two: it goes as a heap block. In a larger ring, too, for its bytes would be copied twice. */
const INLINE_FRACTION = 4;
const MAX_INLINE = DEFAULT_CAPACITY / INLINE_FRACTION;

const kind: ObjectKind = {
  code: 1,
  name: 'pipe',
  destroy: (unit) => Ring.at(unit).drop(),
  holderGone: (unit, owner) => Ring.at(unit).holderGone(owner),
  carries: (unit) => Ring.at(unit).carries,
  passengers: (unit) => Ring.at(unit).passengers(),
  roles: {
    open(unit, role) {
      // Inside internal locks, too: no more than it takes.
      const { words, index } = session().heap.structure(unit);
      const slot = slotOf(session().self);
      or(words, index + (role === RingRole.READER ? Field.READ_ENDS : Field.WRITE_ENDS) + (slot >>> 5), 1 << (slot & 31));
      add(words, index + Field.ENDS_ACTIVITY, 1);
    },
    close: (unit, index, role) => {
      const ring = openRings.get(index);
      if (!ring?.isOpenHere(role as RingEnd)) (ring ?? Ring.at(unit)).giveUpEnd(role as RingEnd);
    },
    counters(unit) {
      const { words, index } = session().heap.structure(unit);
      const inFlight = { [RingRole.READER]: index + Field.READERS_IN_FLIGHT, [RingRole.WRITER]: index + Field.WRITERS_IN_FLIGHT };
      return { words, inFlight, activity: index + Field.ENDS_ACTIVITY };
    },
    recounted: (unit) => Ring.at(unit).wakeAll(),
  },
  isReachable: (unit, position, block) => Ring.at(unit).holds(position, block),
  check: (unit) => Ring.at(unit).check(),
};
registerObjectKind(kind);

/** Rings of which this thread has an end open, by index of the object. */
const openRings = new Map<number, Ring>();

export class Ring implements Instance {
  reference: ObjectReference = { index: 0, generation: 0 };
  readonly #session: Session;
  readonly #words: Int32Array;
  readonly #index: number;
  /** The segment from its beginning, so that byte positions are word positions times 4. */
  readonly #bytes: Buffer;
  readonly #floats: Float64Array;
  readonly #dataWord: number;
  readonly #capacity: number;
  /** Larger records go as heap blocks. */
  readonly inlineLimit: number;
  readonly readers: WaitSet;
  readonly writers: WaitSet;
  /** Whether everything before the last message that this thread wrote had been read. */
  wasDrained = true;
  #openAt = 0;
  #openLength = 0;
  /** Openings of each end by this thread: its bit is set while there is one. */
  readonly #open = { [RingRole.READER]: 0, [RingRole.WRITER]: 0 };

  private constructor(words: Int32Array, index: number, capacity: number) {
    this.#session = session();
    this.#words = words;
    this.#index = index;
    this.#bytes = Buffer.from(words.buffer as ArrayBuffer);
    this.#floats = new Float64Array(words.buffer, 0, words.buffer.byteLength >>> 3);
    this.#dataWord = index + Field.DATA;
    this.#capacity = capacity;
    this.inlineLimit = Math.min(capacity / INLINE_FRACTION, MAX_INLINE);
    this.readers = new WaitSet(words, index + Field.READERS);
    this.writers = new WaitSet(words, index + Field.WRITERS);
  }

  /** A new ring; `capacity` in bytes, a power of two. */
  static create(capacity = DEFAULT_CAPACITY): Ring {
    const { heap, objects } = session();
    const unit = heap.allocate(Field.DATA * 4 + capacity);
    const { words, index } = heap.structure(unit);
    for (let i = 0; i < Field.DATA; i++) store(words, index + i, 0);
    store(words, index + Field.CAPACITY, capacity);
    const ring = Ring.at(unit);
    ring.reference = objects.publish(kind, unit);
    return addInstance(session(), ring, ring.reference);
  }

  /** The ring that a reference names. */
  static from(reference: ObjectReference): Ring {
    return instanceOf(session(), reference, kind, (unit) => {
      const ring = Ring.at(unit);
      ring.reference = reference;
      return ring;
    });
  }

  /** A view without a hold, for repairs. */
  static at(unit: number): Ring {
    const { heap } = session();
    const { words, index } = heap.structure(unit);
    return new Ring(words, index, load(words, index + Field.CAPACITY));
  }

  // ---- ends

  /** This thread opens an end (once more). */
  openEnd(end: RingEnd): void {
    openRings.set(this.reference.index, this);
    if (this.#open[end]++ === 0) this.grantEnd(end, this.#session.self);
  }

  /** Whether this thread has the end open itself (and not only in messages that it sends or has received). */
  isOpenHere(end: RingEnd): boolean {
    return this.#open[end] > 0;
  }

  /** Marks an end open for a participant: itself, or a child that does not run yet. */
  grantEnd(end: RingEnd, owner: OwnerWord): void {
    const slot = slotOf(owner);
    or(this.#words, this.#endWord(end, slot), 1 << (slot & 31));
    add(this.#words, this.#index + Field.ENDS_ACTIVITY, 1);
  }

  closeEnd(end: RingEnd): void {
    if (--this.#open[end] > 0) return;
    // A message of ours still names it: the end goes with that.
    if (!this.#session.holds.hasRole(this.reference.index, end)) this.giveUpEnd(end);
    this.#forgetIfClosed();
  }

  /** This thread has the end no more, in no way. */
  giveUpEnd(end: RingEnd): void {
    this.#clearEnd(end, slotOf(this.#session.self));
    this.#wakeOther(end);
  }

  wakeAll(): void {
    for (const end of [RingRole.READER, RingRole.WRITER]) if (!this.isEndOpen(end)) this.#wakeOther(end);
  }

  /** Both ends were closed here: the hold goes at once, not when this instance is collected. Waits of this thread leave their wait sets first. */
  #forgetIfClosed(): void {
    if (this.#open[RingRole.READER] > 0 || this.#open[RingRole.WRITER] > 0) return;
    if (this.readers.isEnteredHere || this.writers.isEnteredHere) setImmediate(() => this.#forgetIfClosed());
    else this.forget();
  }

  /** Gives the hold back at once, whatever is open: nobody here uses the ring any more. */
  forget(): void {
    openRings.delete(this.reference.index);
    forgetInstance(this.#session, this, this.reference);
  }

  /** Whether anybody has the end open, or will get it from a message. */
  isEndOpen(end: RingEnd): boolean {
    if (this.#open[end] > 0) return true;
    const words = this.#words;
    const count = this.#index + (end === RingRole.READER ? Field.READERS_IN_FLIGHT : Field.WRITERS_IN_FLIGHT);
    const activity = load(words, this.#index + Field.ENDS_ACTIVITY);
    if (load(words, count) > 0) return true;
    const high = load(this.#session.arena.words, Header.HIGH_SLOT);
    for (let slot = 0; slot <= high; slot += 32) if (load(words, this.#endWord(end, slot)) !== 0) return true;
    // Ends move between bits and messages: one may have moved past the scan. Whoever moved it closes it some day, and wakes who waits.
    return load(words, count) > 0 || load(words, this.#index + Field.ENDS_ACTIVITY) !== activity;
  }

  /** Those that have an end open. */
  *holders(end: RingEnd): Generator<OwnerWord> {
    const { participants } = this.#session;
    for (let slot = 1; slot <= participants.highSlot; slot++) {
      if ((load(this.#words, this.#endWord(end, slot)) & (1 << (slot & 31))) !== 0) yield participants.current(slot);
    }
  }

  #endWord(end: RingEnd, slot: number): number {
    return this.#index + (end === RingRole.READER ? Field.READ_ENDS : Field.WRITE_ENDS) + (slot >>> 5);
  }

  #clearEnd(end: RingEnd, slot: number): void {
    and(this.#words, this.#endWord(end, slot), ~(1 << (slot & 31)));
  }

  #wakeOther(end: RingEnd): void {
    waiting().wake(end === RingRole.READER ? this.writers : this.readers, MAX_SLOTS);
  }

  // ---- messages

  /** Publishes a message; false = no room now: keep it and try again, or discard it. `quiet` leaves the waking to a later `wakeReader`. */
  tryWrite(message: Outgoing, quiet = false): boolean {
    message.prepare(this.#session, this.inlineLimit);
    const size = message.recordBytes;
    const words = this.#words;
    const lock = this.#index + Field.WRITE_LOCK;
    acquireInternal(words, lock, this.#session.environment, nothing);
    try {
      const tail = load(words, this.#index + Field.TAIL);
      const room = this.#capacity - ((tail - load(words, this.#index + Field.HEAD)) >>> 0);
      this.wasDrained = room === this.#capacity;
      const offset = tail & (this.#capacity - 1);
      const skip = offset + size > this.#capacity ? this.#capacity - offset : 0;
      if (room < skip + size) return false;
      if (skip > 0) {
        words[this.#dataWord + (offset >>> 2)] = skip;
        words[this.#dataWord + (offset >>> 2) + 1] = RecordKind.SKIP;
      }
      const position = (tail + skip) | 0;
      if (message.block !== 0) this.#session.heap.link(message.block, this.reference.index, position);
      message.write(words, this.#bytes, this.#dataWord + ((position & (this.#capacity - 1)) >>> 2));
      if (message.passengers.length !== 0) this.#board(message.passengers);
      // SYNC POINT: the record is visible to the reader
      store(words, this.#index + Field.TAIL, (position + size) | 0);
      if (message.passengers.length !== 0) this.#session.passages.end();
    } finally {
      store(words, lock, 0);
    }
    message.published(this.#session);
    if (!quiet && this.readers.occupied) waiting().wake(this.readers);
    if (this.writers.occupied && this.#isHalfFree()) waiting().wake(this.writers);
    return true;
  }

  /** Under WRITE_LOCK; in transit from here on. */
  #board(passengers: readonly Passenger[]): void {
    const { passages } = this.#session;
    passages.begin();
    passages.send(passengers);
    this.#words[this.#index + Field.CARRIERS_IN]++;
  }

  /**
   * Writers are woken when any message has room, not at the first gap: that would be a sleep and a wake-up for each message (0.73 against 1.2 M messages/s).
   * Where the reader rests before that, a writer whose message fits finds out at its next look by itself.
   */
  #isHalfFree(): boolean {
    const used = (load(this.#words, this.#index + Field.TAIL) - load(this.#words, this.#index + Field.HEAD)) >>> 0;
    return used <= this.#capacity / 2;
  }

  // ---- a record that grows

  /** Begins a record of at most `limit` bytes. False = no room now. */
  openRecord(limit: number): boolean {
    const words = this.#words;
    const size = RECORD_HEADER_BYTES + limit;
    let tail = load(words, this.#index + Field.TAIL);
    const offset = tail & (this.#capacity - 1);
    const skip = offset + size > this.#capacity ? this.#capacity - offset : 0;
    if (this.#capacity - ((tail - load(words, this.#index + Field.HEAD)) >>> 0) < skip + size) return false;
    if (skip > 0) {
      words[this.#dataWord + (offset >>> 2)] = skip;
      words[this.#dataWord + (offset >>> 2) + 1] = RecordKind.SKIP;
      tail = (tail + skip) | 0;
      store(words, this.#index + Field.TAIL, tail);
    }
    this.#openAt = (this.#dataWord + ((tail & (this.#capacity - 1)) >>> 2) + RECORD_HEADER_WORDS) * 4;
    this.#openLength = 0;
    // Length first: with the old position it belongs to no record.
    store(words, this.#index + Field.OPEN_LENGTH, 0);
    store(words, this.#index + Field.OPEN_POSITION, tail);
    return true;
  }

  /** Appends to the record that was begun. From here on the bytes outlive this process. */
  append(bytes: Uint8Array, start: number, end: number): void {
    const at = this.#openAt + this.#openLength;
    const length = end - start;
    if (length <= 16) for (let i = 0; i < length; i++) this.#bytes[at + i] = bytes[start + i];
    else this.#bytes.set(bytes.subarray(start, end), at);
    this.#openLength += length;
    // SYNC POINT: the appended bytes are visible to who salvages them
    storeRelease(this.#words, this.#index + Field.OPEN_LENGTH, this.#openLength);
  }

  /** Appends 8 bytes, two words of the host's, to a record that holds a multiple of 8. From here on they outlive this process. */
  appendPair(first: number, second: number): void {
    const words = this.#words;
    const at = (this.#openAt + this.#openLength) >>> 2;
    words[at] = first;
    words[at + 1] = second;
    this.#openLength += 8;
    // SYNC POINT: the appended bytes are visible to who salvages them
    storeRelease(words, this.#index + Field.OPEN_LENGTH, this.#openLength);
  }

  /** `appendPair` of a number that is not NaN. */
  appendNumber(value: number): void {
    this.#floats[(this.#openAt + this.#openLength) >>> 3] = value;
    this.#openLength += 8;
    // SYNC POINT: the appended bytes are visible to who salvages them
    storeRelease(this.#words, this.#index + Field.OPEN_LENGTH, this.#openLength);
  }

  /** Gives up the record that was begun: its place is free for another. */
  abandonRecord(): void {
    store(this.#words, this.#index + Field.OPEN_LENGTH, 0);
  }

  /** Publishes the record that was begun; the reader is not woken. */
  commitRecord(): void {
    const words = this.#words;
    const tail = load(words, this.#index + Field.TAIL);
    const word = this.#dataWord + ((tail & (this.#capacity - 1)) >>> 2);
    words[word] = this.#openLength;
    words[word + 1] = RecordKind.INLINE;
    // SYNC POINT: the record is visible to the reader
    store(words, this.#index + Field.TAIL, (tail + ((RECORD_HEADER_BYTES + this.#openLength + 7) & ~7)) | 0);
  }

  /** What a dead writer had appended to a record and not published. */
  salvage(): Uint8Array | undefined {
    const words = this.#words;
    const tail = load(words, this.#index + Field.TAIL);
    // SYNC POINT: the appended bytes are visible to who salvages them
    const length = load(words, this.#index + Field.OPEN_LENGTH);
    if (length === 0 || load(words, this.#index + Field.OPEN_POSITION) !== tail) return undefined;
    const start = (this.#dataWord + ((tail & (this.#capacity - 1)) >>> 2) + RECORD_HEADER_WORDS) * 4;
    return Buffer.from(this.#bytes.subarray(start, start + length));
  }

  /** What the living writer has appended so far to a record that it has not published. */
  peek(): Uint8Array | undefined {
    const bytes = this.salvage();
    if (bytes === undefined) return undefined;
    const { length } = bytes;
    const words = this.#words;
    // Meanwhile it may have been given up, and another written in its place.
    const tail = load(words, this.#index + Field.TAIL);
    const isSame =
      load(words, this.#index + Field.OPEN_POSITION) === tail && load(words, this.#index + Field.OPEN_LENGTH) >= length;
    return isSame ? bytes : undefined;
  }

  wakeReader(): void {
    if (this.readers.occupied) waiting().wake(this.readers);
  }

  /** The next message, or undefined. `releaseMessage` it. Without `own` the bytes are good until this thread's next read of anything. */
  tryRead(own = true): Message | undefined {
    const words = this.#words;
    const index = this.#index;
    // SYNC POINT: the record is visible to the reader
    if (load(words, index + Field.HEAD) === load(words, index + Field.TAIL)) return undefined;
    const lock = index + Field.READ_LOCK;
    let message: Message | undefined;
    acquireInternal(words, lock, this.#session.environment, nothing);
    try {
      message = this.#takeRecord(own);
    } finally {
      store(words, lock, 0);
    }
    if (message === undefined) return undefined;
    if (message.passengers.length !== 0) this.#session.holds.retainAll(message.passengers);
    if (this.writers.occupied && this.#isHalfFree()) waiting().wake(this.writers);
    // A writer may have rung one reader for two messages.
    if (this.readers.occupied && !this.isEmpty) waiting().wake(this.readers);
    return message.block === 0 ? message : withContent(this.#session, message);
  }

  /**
   * All messages that are there, in one: another reader gets what came before them or nothing, never one in their midst. Each is to be released.
   * For the ring's only writer: nothing is written meanwhile, and no writer waits. READ_LOCK is held for longer than for one message; a death inside leaves those that were not read.
   */
  readAll(): Message[] {
    const messages: Message[] = [];
    const lock = this.#index + Field.READ_LOCK;
    if (this.isEmpty) return messages;
    acquireInternal(this.#words, lock, this.#session.environment, nothing);
    try {
      for (let message = this.#takeRecord(true); message; message = this.#takeRecord(true)) messages.push(message);
    } finally {
      store(this.#words, lock, 0);
    }
    for (const { passengers } of messages) this.#session.holds.retainAll(passengers);
    return messages.map((message) => (message.block === 0 ? message : withContent(this.#session, message)));
  }

  /** Under READ_LOCK. */
  #takeRecord(own: boolean): Message | undefined {
    const words = this.#words;
    for (;;) {
      const head = load(words, this.#index + Field.HEAD);
      const available = (load(words, this.#index + Field.TAIL) - head) >>> 0;
      if (available === 0) return undefined;
      const word = this.#dataWord + ((head & (this.#capacity - 1)) >>> 2);
      const tag = words[word + 1];
      if (isPlain(tag)) {
        const length = words[word] >>> 0;
        const size = (RECORD_HEADER_BYTES + length + 7) & ~7;
        // Else it is damaged, as is found below.
        if (length <= available && size <= available) {
          const bytes = copyOut(words, word + RECORD_HEADER_WORDS, length, own);
          store(words, this.#index + Field.HEAD, (head + size) | 0);
          return plainMessage(bytes, tag);
        }
      }
      if (tag === RecordKind.SKIP) {
        store(words, this.#index + Field.HEAD, (head + words[word]) | 0);
        continue;
      }
      const { size, content, length, block, passengers, raw } = parseRecord(words, word, available);
      let bytes = NO_BYTES;
      if (block === 0) bytes = copyOut(words, content, length, own);
      else this.#session.heap.adopt(block);
      const { passages } = this.#session;
      if (passengers.length !== 0) {
        passages.begin();
        passages.receive(passengers);
      }
      store(words, this.#index + Field.HEAD, (head + size) | 0);
      if (passengers.length !== 0) {
        words[this.#index + Field.CARRIERS_OUT]++;
        passages.countOff(passengers);
        passages.end();
      }
      return { bytes, passengers, block, raw };
    }
  }

  get note(): number {
    return load(this.#words, this.#index + Field.NOTE);
  }

  set note(value: number) {
    // Its reader asks what this process was at when it died, or about when: nothing is decided by what this one reads next.
    storeRelease(this.#words, this.#index + Field.NOTE, value);
  }

  get noteTime(): number {
    return load(this.#words, this.#index + Field.NOTE_TIME);
  }

  set noteTime(value: number) {
    store(this.#words, this.#index + Field.NOTE_TIME, value);
  }

  get isEmpty(): boolean {
    return load(this.#words, this.#index + Field.HEAD) === load(this.#words, this.#index + Field.TAIL);
  }

  // ---- what the object table asks

  /** Frees what undelivered messages hold: nobody is left to read them. */
  drop(): void {
    const { heap, passages } = this.#session;
    for (const { block, passengers } of this.#records()) {
      if (block !== 0) heap.free(block);
      passages.drop(passengers);
    }
  }

  /** Whether messages with passengers are in it; true for ever after a death between one of the counts and what it counts. */
  get carries(): boolean {
    return load(this.#words, this.#index + Field.CARRIERS_IN) !== load(this.#words, this.#index + Field.CARRIERS_OUT);
  }

  passengers(): Passenger[] {
    const lock = this.#index + Field.READ_LOCK;
    // Nothing that is there now is read, and overwritten, meanwhile.
    acquireInternal(this.#words, lock, this.#session.environment, nothing);
    try {
      return [...this.#records()].flatMap(({ passengers }) => passengers);
    } finally {
      store(this.#words, lock, 0);
    }
  }

  holderGone(owner: OwnerWord): void {
    const slot = slotOf(owner);
    for (const end of [RingRole.READER, RingRole.WRITER]) this.#clearEnd(end, slot);
    this.readers.remove(slot);
    this.writers.remove(slot);
  }

  holds(position: number, block: number): boolean {
    for (const record of this.#records()) if (record.position === position && record.block === block) return true;
    return false;
  }

  *check(): Generator<string> {
    for (const lock of [Field.READ_LOCK, Field.WRITE_LOCK]) {
      const owner = load(this.#words, this.#index + lock);
      if (owner !== 0 && this.#session.participants.isListed(owner)) yield `an internal lock is held by ${owner >>> 0}`;
    }
    try {
      for (const { block, length } of this.#records()) {
        if (block !== 0 && !this.#session.heap.isBlock(block, length))
          yield `a message names block ${block}, which is not in use`;
      }
    } catch (error) {
      yield String(error);
    }
  }

  *#records(): Generator<{ position: number; block: number; length: number; passengers: readonly Passenger[] }> {
    const words = this.#words;
    let position = load(words, this.#index + Field.HEAD);
    const tail = load(words, this.#index + Field.TAIL);
    while (position !== tail) {
      const word = this.#dataWord + ((position & (this.#capacity - 1)) >>> 2);
      const skip = words[word + 1] === RecordKind.SKIP;
      const record = skip ? undefined : parseRecord(words, word, (tail - position) >>> 0);
      if (record) yield { position, ...record };
      position = (position + (record?.size ?? words[word])) | 0;
    }
  }
}

const nothing = (): void => {};
