/**
 * The shared heap: blocks of any size, taken from the system before they are used, freed, reused.
 *
 * States: see BlockState. Fields: see Block.
 *   STATE, SIZE   the truth: from HEAP_START the sizes lead from block to block to the end of the last segment. Written under HEAP_LOCK.
 *   OWNER         written by whoever owns the block.
 *   derived       free lists, PREVIOUS_SIZE, RESERVED_UNITS, FREE_UNITS: rebuilt by one walk. Plain accesses, ordered by the lock.
 *
 * Transitions, each visible with one store
 *   split     header of the rest first, then SIZE of the block
 *   take      OWNER first, then STATE = USED
 *   free      STATE = FREE
 *   merge     SIZE of the left block
 *   grow      header of the new segment's block first, then SEGMENTS
 *   VIRGIN -> PENDING -> USED or FREE: pages are taken outside the lock, in steps; back the same way
 *
 * Crash: inside the lock the next holder repairs. Outside it the block names its dead owner and is freed when that participant is cleaned up.
 *
 * Blocks lie inside one segment, so that a structure's words are in one array; only a block larger than a segment spans several, starting at the first's beginning.
 */
import { SharedMemoryError } from '../base/errors.ts';
import { add, compareExchange, load, store } from '../platform/atomics.ts';
import { platform } from '../platform/current.ts';
import type { Arena } from './arena.ts';
import { byteOffset, wordIndex } from './arena.ts';
import { FreeLists } from './free_lists.ts';
import type { LockEnvironment } from './internal_lock.ts';
import { acquireInternal } from './internal_lock.ts';
import {
  BLOCK_HEADER_BYTES,
  BLOCK_HEADER_WORDS,
  Block,
  BlockState,
  FIRST_WINDOW_UNITS,
  HEAP_START,
  Header,
  isBoundary,
  MAX_SEGMENTS,
  Participant,
  SEGMENT_BYTES,
  SEGMENT_UNITS,
  UNIT_BYTES,
} from './layout.ts';
import { slotOf, slotWord } from './participants.ts';

/** Pages are taken in steps of at most this many bytes: one call of a gigabyte could not be interrupted. */
const RESERVE_STEP = 16 * 1024 * 1024;
/** A small request takes this much from the system at once. */
const SMALL_GROWTH = (1024 * 1024) / UNIT_BYTES;
const LARGE_GROWTH = RESERVE_STEP / UNIT_BYTES;
/** Free pages up to this are kept for reuse; beyond it large free blocks go back to the system. */
const KEEP_FREE = (64 * 1024 * 1024) / UNIT_BYTES;
const GIVE_BACK = (1024 * 1024) / UNIT_BYTES;
const MIN_BLOCK = 2;
const MAX_BYTES = (MAX_SEGMENTS - 1) * SEGMENT_BYTES;

export class Heap {
  readonly #arena: Arena;
  readonly #words: Int32Array;
  readonly #environment: LockEnvironment;
  readonly #free: FreeLists;
  readonly #virgin: FreeLists;
  readonly #repair = (): void => this.#rebuild();

  constructor(arena: Arena, environment: LockEnvironment) {
    this.#arena = arena;
    this.#words = arena.words;
    this.#environment = environment;
    this.#free = new FreeLists(arena, 0);
    this.#virgin = new FreeLists(arena, 1);
  }

  /** Writes the first segment's blocks. Called once, by the creator, before anybody else can see the arena. */
  format(): void {
    this.#writeBlock(HEAP_START, FIRST_WINDOW_UNITS - HEAP_START, BlockState.VIRGIN, 0);
    this.#writeBlock(FIRST_WINDOW_UNITS, SEGMENT_UNITS - FIRST_WINDOW_UNITS, BlockState.VIRGIN, 0);
    store(this.#words, Header.SEGMENTS, 1);
    this.#rebuild();
  }

  /** A block for `bytes` bytes, owned by the caller until `disown`. The payload starts one unit after the returned address; its content is undefined unless `zero`. */
  allocate(bytes: number, zero = false): number {
    if (!(bytes >= 0 && bytes <= MAX_BYTES))
      throw new SharedMemoryError(`${bytes} bytes of shared memory were asked for; one block holds 0 to ${MAX_BYTES}`);
    try {
      return this.#allocate(bytes, zero);
    } catch (error) {
      if (!(error instanceof SharedMemoryError) || !this.onPressure?.()) throw error;
      return this.#allocate(bytes, zero);
    }
  }

  /** Set by the session: frees what it can. False = nothing came of it. */
  onPressure: (() => boolean) | undefined;

  #allocate(bytes: number, zero: boolean): number {
    const size = Math.max(MIN_BLOCK, Math.ceil((bytes + BLOCK_HEADER_BYTES) / UNIT_BYTES));
    const counter = slotWord(slotOf(this.#environment.self), Participant.OWNED_BLOCKS);
    store(this.#words, counter, load(this.#words, counter) + 1);
    let unit = 0;
    try {
      unit = this.#take(size) || this.#takeVirgin(size, bytes);
    } finally {
      if (unit === 0) store(this.#words, counter, load(this.#words, counter) - 1);
    }
    const words = this.#arena.segmentWords(unit);
    const index = wordIndex(unit);
    words[index + Block.LENGTH_LOW] = bytes | 0;
    words[index + Block.LENGTH_HIGH] = Math.floor(bytes / 2 ** 32);
    if (zero) this.payload(unit).fill(0);
    return unit;
  }

  /** Frees a block. The caller owns it, or is the one that may free what belongs to its object. */
  free(unit: number): void {
    const words = this.#arena.segmentWords(unit);
    const index = wordIndex(unit);
    if (load(words, index + Block.STATE) !== BlockState.USED) {
      throw new SharedMemoryError(
        `block ${unit} of shared memory is freed but not in use: this is a bug of multiproc, please report it`,
      );
    }
    if (load(words, index + Block.OWNER) !== this.#environment.self) this.adopt(unit);
    this.#release(unit, BlockState.FREE);
    this.#lowerOwned();
  }

  /** The block now belongs to what LINK names: nobody answers for it any more. Whoever came upon it there may have adopted it already. */
  disown(unit: number): void {
    compareExchange(this.#arena.segmentWords(unit), wordIndex(unit) + Block.OWNER, this.#environment.self, 0);
    this.#lowerOwned();
  }

  /** The caller answers for the block from now on: it is freed if the caller dies. */
  adopt(unit: number): void {
    const counter = slotWord(slotOf(this.#environment.self), Participant.OWNED_BLOCKS);
    store(this.#words, counter, load(this.#words, counter) + 1);
    store(this.#arena.segmentWords(unit), wordIndex(unit) + Block.OWNER, this.#environment.self);
  }

  /** Another participant answers for the block from now on: a child that does not run yet. */
  give(unit: number, owner: number): void {
    add(this.#words, slotWord(slotOf(owner), Participant.OWNED_BLOCKS), 1);
    store(this.#arena.segmentWords(unit), wordIndex(unit) + Block.OWNER, owner);
    this.#lowerOwned();
  }

  /** Says what the block belongs to (see Block.LINK), before it becomes reachable from there. */
  link(unit: number, object: number, position: number): void {
    const words = this.#arena.segmentWords(unit);
    const index = wordIndex(unit);
    store(words, index + Block.LINK_POSITION, position);
    store(words, index + Block.LINK, object + 1);
  }

  /** Whether an address names a block in use, with room for `length` bytes, that belongs to an object at a position. */
  isLinked(unit: number, length: number, object: number, position: number): boolean {
    if (!this.isBlock(unit, length)) return false;
    const words = this.#arena.segmentWords(unit);
    const index = wordIndex(unit);
    return load(words, index + Block.LINK) === object + 1 && load(words, index + Block.LINK_POSITION) === position;
  }

  /** Payload bytes asked for. */
  length(unit: number): number {
    const words = this.#arena.segmentWords(unit);
    const index = wordIndex(unit);
    return (load(words, index + Block.LENGTH_HIGH) >>> 0) * 2 ** 32 + (load(words, index + Block.LENGTH_LOW) >>> 0);
  }

  /** The payload, for the library's own copying. */
  payload(unit: number): Uint8Array {
    return this.#arena.bytes(byteOffset(unit) + BLOCK_HEADER_BYTES, this.length(unit));
  }

  /** An ArrayBuffer over exactly the payload: for users. At most 2 GiB. */
  view(unit: number): ArrayBuffer {
    return this.#arena.view(byteOffset(unit) + BLOCK_HEADER_BYTES, this.length(unit));
  }

  /** Copies to a payload, from its byte `at` on. Any size: no single view holds more than 2 GiB. */
  write(unit: number, source: Uint8Array, at = 0): void {
    for (const { start, bytes } of this.#pieces(unit, source.length, at)) bytes.set(source.subarray(start, start + bytes.length));
  }

  /** Copies the start of a payload to `target`, which it fills. */
  read(unit: number, target: Uint8Array): void {
    for (const { start, bytes } of this.#pieces(unit, target.length)) target.set(bytes, start);
  }

  *#pieces(unit: number, length: number, at = 0): Generator<{ start: number; bytes: Uint8Array }> {
    const offset = byteOffset(unit) + BLOCK_HEADER_BYTES + at;
    for (let start = 0; start < length; ) {
      const end = Math.min(length, start + SEGMENT_BYTES - ((offset + start) % SEGMENT_BYTES));
      yield { start, bytes: this.#arena.bytes(offset + start, end - start) };
      start = end;
    }
  }

  /** Whether an address that came from another process is the payload of a block in use with room for `length` bytes. */
  isBlock(unit: number, length: number): boolean {
    const end = load(this.#words, Header.SEGMENTS) * SEGMENT_UNITS;
    if (unit >>> 0 < HEAP_START || unit >>> 0 >= end) return false;
    const size = this.#size(unit);
    const bytes = this.length(unit);
    return (
      this.#state(unit) === BlockState.USED &&
      (unit >>> 0) + size <= end &&
      bytes >= length &&
      bytes + BLOCK_HEADER_BYTES <= size * UNIT_BYTES
    );
  }

  /** Frees what a dead participant answered for. `isReachable` tells whether a linked block had become part of its object. */
  reclaim(owner: number, isReachable: (object: number, position: number, unit: number) => boolean): void {
    if (load(this.#words, slotWord(slotOf(owner), Participant.OWNED_BLOCKS)) === 0) return;
    const abandoned: number[] = [];
    this.#locked(() => {
      for (const { unit, words, index, state } of this.blocks()) {
        if (state !== BlockState.FREE && state !== BlockState.VIRGIN && load(words, index + Block.OWNER) === owner)
          abandoned.push(unit);
      }
    });
    for (const unit of abandoned) {
      const words = this.#arena.segmentWords(unit);
      const index = wordIndex(unit);
      const { self } = this.#environment;
      // A reader that took over the dead one's lock may adopt the block at any moment, and takes it out of its object only after that:
      // a block that is found unreachable, and is still ours then, is nobody else's.
      if (!this.adoptFrom(unit, owner)) continue;
      const pending = load(words, index + Block.STATE) === BlockState.PENDING;
      const object = load(words, index + Block.LINK) - 1;
      if (!pending && object >= 0 && isReachable(object, load(words, index + Block.LINK_POSITION), unit)) {
        compareExchange(words, index + Block.OWNER, self, 0);
      } else if (load(words, index + Block.OWNER) === self) {
        if (pending) this.#giveBack(unit);
        this.#release(unit, pending ? BlockState.VIRGIN : BlockState.FREE);
      }
      this.#lowerOwned();
    }
  }

  /** Adopts a block if `owner` still answers for it. */
  adoptFrom(unit: number, owner: number): boolean {
    const { self } = this.#environment;
    const counter = slotWord(slotOf(self), Participant.OWNED_BLOCKS);
    store(this.#words, counter, load(this.#words, counter) + 1);
    if (compareExchange(this.#arena.segmentWords(unit), wordIndex(unit) + Block.OWNER, owner, self) === owner) return true;
    this.#lowerOwned();
    return false;
  }

  /** Blocks in use that name an object and nobody else. */
  linkedTo(object: number): number[] {
    const found: number[] = [];
    this.#locked(() => {
      for (const { unit, words, index, state } of this.blocks()) {
        if (state === BlockState.USED && load(words, index + Block.LINK) === object + 1 && load(words, index + Block.OWNER) === 0)
          found.push(unit);
      }
    });
    return found;
  }

  /** All blocks in order of address. Under HEAP_LOCK, or while nothing changes. */
  *blocks(): Generator<{ unit: number; words: Int32Array; index: number; size: number; state: number }> {
    const end = load(this.#words, Header.SEGMENTS) * SEGMENT_UNITS;
    for (let unit = HEAP_START; unit < end; ) {
      const words = this.#arena.segmentWords(unit);
      const index = wordIndex(unit);
      const size = load(words, index + Block.SIZE) >>> 0;
      yield { unit, words, index, size, state: load(words, index + Block.STATE) };
      if (size < MIN_BLOCK) throw new SharedMemoryError(`the heap of shared memory is damaged: block ${unit} has size ${size}`);
      unit += size;
    }
  }

  /** The two sets of free lists, for fsck. */
  get lists(): readonly [FreeLists, FreeLists] {
    return [this.#free, this.#virgin];
  }

  stats(): { readonly limit: number; readonly reserved: number; readonly free: number } {
    const read = (word: number): number => (load(this.#words, word) >>> 0) * UNIT_BYTES;
    return Object.freeze({
      limit: read(Header.LIMIT_UNITS),
      reserved: read(Header.RESERVED_UNITS),
      free: read(Header.FREE_UNITS),
    });
  }

  #lowerOwned(): void {
    const counter = slotWord(slotOf(this.#environment.self), Participant.OWNED_BLOCKS);
    store(this.#words, counter, load(this.#words, counter) - 1);
  }

  #locked<T>(change: () => T): T {
    acquireInternal(this.#words, Header.HEAP_LOCK, this.#environment, this.#repair);
    try {
      return change();
    } finally {
      store(this.#words, Header.HEAP_LOCK, 0);
    }
  }

  /** From pages that are ours already; 0 = nothing fits. */
  #take(size: number): number {
    acquireInternal(this.#words, Header.HEAP_LOCK, this.#environment, this.#repair);
    try {
      const unit = this.#free.find(size);
      if (unit === 0) return 0;
      this.#free.remove(unit, this.#size(unit));
      const rest = this.#split(unit, size, BlockState.FREE);
      if (rest !== 0) this.#free.insert(rest, this.#size(rest));
      this.#addFree(-size - (rest === 0 ? this.#size(unit) - size : 0));
      this.#own(unit, BlockState.USED);
      return unit;
    } finally {
      store(this.#words, Header.HEAP_LOCK, 0);
    }
  }

  /** Takes pages from the system, for this request and for those to come. */
  #takeVirgin(size: number, bytes: number): number {
    const reserved = load(this.#words, Header.RESERVED_UNITS) >>> 0;
    const ahead = Math.min(LARGE_GROWTH, Math.max(SMALL_GROWTH, Math.floor(reserved / 4)));
    const unit = this.#claimVirgin(Math.max(size, ahead), size, bytes);
    // Of a run of segments only what was asked for: the rest of its last segment is address space, no memory.
    const units = size > SEGMENT_UNITS ? size : this.#size(unit);
    try {
      this.#reservePages(byteOffset(unit), units * UNIT_BYTES);
    } catch (error) {
      this.#giveBack(unit);
      this.#release(unit, BlockState.VIRGIN);
      throw error;
    }
    this.#locked(() => {
      const rest = size < SEGMENT_UNITS ? this.#split(unit, size, BlockState.FREE) : 0;
      if (rest !== 0) {
        this.#free.insert(rest, this.#size(rest));
        this.#addFree(this.#size(rest));
      }
      store(this.#arena.segmentWords(unit), wordIndex(unit) + Block.STATE, BlockState.USED);
    });
    return unit;
  }

  #reservePages(offset: number, length: number): void {
    for (let done = 0; done < length; done += RESERVE_STEP)
      platform().reserve(this.#arena.fd, offset + done, Math.min(RESERVE_STEP, length - done));
  }

  /** A PENDING block of `wanted` units (at the least `size`), counted as reserved. */
  #claimVirgin(wanted: number, size: number, bytes: number): number {
    return this.#locked(() => {
      const limit = load(this.#words, Header.LIMIT_UNITS) >>> 0;
      const left = limit - (load(this.#words, Header.RESERVED_UNITS) >>> 0);
      if (left < size) {
        throw new SharedMemoryError(
          `${bytes} bytes of shared memory were asked for and ${Math.max(left, 0) * UNIT_BYTES} are left of this session's limit of ${limit * UNIT_BYTES}: ` +
            'free some, send smaller messages, or raise the limit with the environment variable MULTIPROC_MEMORY_LIMIT (bytes)',
        );
      }
      const take = Math.min(wanted, left);
      return size > SEGMENT_UNITS ? this.#claimSegments(size) : this.#claimFromLists(take, size);
    });
  }

  #claimFromLists(take: number, size: number): number {
    let unit = this.#virgin.find(take);
    let units = take;
    if (unit === 0) {
      unit = this.#virgin.find(size);
      units = size;
    }
    if (unit === 0) {
      unit = this.#addSegments(1);
      units = Math.min(take, SEGMENT_UNITS);
    }
    this.#virgin.remove(unit, this.#size(unit));
    const rest = this.#split(unit, units, BlockState.VIRGIN);
    if (rest !== 0) this.#virgin.insert(rest, this.#size(rest));
    this.#own(unit, BlockState.PENDING);
    this.#addReserved(this.#size(unit));
    return unit;
  }

  /** For a block larger than a segment: a run of segments that are free as a whole, or new ones. */
  #claimSegments(size: number): number {
    const count = Math.ceil(size / SEGMENT_UNITS);
    const segments = load(this.#words, Header.SEGMENTS);
    let run = 0;
    let first = 0;
    for (let segment = 1; segment < segments && run < count; segment++) {
      const unit = segment * SEGMENT_UNITS;
      const free = this.#state(unit) === BlockState.VIRGIN && this.#size(unit) === SEGMENT_UNITS;
      if (free && run === 0) first = unit;
      run = free ? run + 1 : 0;
    }
    if (run < count) {
      first = run > 0 ? first : segments * SEGMENT_UNITS;
      this.#addSegments(count - run);
    }
    for (let i = 0; i < count; i++) this.#virgin.remove(first + i * SEGMENT_UNITS, SEGMENT_UNITS);
    const words = this.#arena.segmentWords(first);
    const index = wordIndex(first);
    // One store makes the run one block; headers inside it are payload from here on.
    store(words, index + Block.SIZE, count * SEGMENT_UNITS);
    this.#own(first, BlockState.PENDING);
    this.#addReserved(count * SEGMENT_UNITS);
    return first;
  }

  #addSegments(count: number): number {
    const segments = load(this.#words, Header.SEGMENTS);
    const capacity = load(this.#words, Header.CAPACITY_SEGMENTS);
    if (segments + count > capacity) {
      throw new SharedMemoryError(
        `the address space of this session's shared memory (${capacity} GiB) is used up: free some of it, or use several sessions`,
      );
    }
    for (let i = 0; i < count; i++) {
      const unit = (segments + i) * SEGMENT_UNITS;
      this.#writeBlock(unit, SEGMENT_UNITS, BlockState.VIRGIN, 0);
      store(this.#words, Header.SEGMENTS, segments + i + 1);
      this.#virgin.insert(unit, SEGMENT_UNITS);
    }
    return segments * SEGMENT_UNITS;
  }

  /** Makes a block that the caller owns free, merged with its neighbours; large ones beyond what is kept go back to the system. */
  #release(unit: number, state: number): void {
    if (this.#size(unit) > SEGMENT_UNITS) {
      this.#releaseSegments(unit);
      return;
    }
    const giveBack = this.#locked(() => {
      const merged = state === BlockState.FREE ? this.#merge(unit, this.#free, BlockState.FREE) : unit;
      const size = this.#size(merged);
      const tooMuch = (load(this.#words, Header.FREE_UNITS) >>> 0) + size > KEEP_FREE && size >= GIVE_BACK;
      if (state === BlockState.FREE && !tooMuch) {
        store(this.#arena.segmentWords(merged), wordIndex(merged) + Block.STATE, BlockState.FREE);
        this.#free.insert(merged, size);
        this.#addFree(size);
        return 0;
      }
      this.#own(merged, BlockState.PENDING);
      return merged;
    });
    if (giveBack === 0) return;
    this.#giveBack(giveBack);
    this.#locked(() => {
      this.#addReserved(-this.#size(giveBack));
      const merged = this.#merge(giveBack, this.#virgin, BlockState.VIRGIN);
      store(this.#arena.segmentWords(merged), wordIndex(merged) + Block.STATE, BlockState.VIRGIN);
      this.#virgin.insert(merged, this.#size(merged));
    });
  }

  /** A block of several segments comes apart into single ones again. */
  #releaseSegments(unit: number): void {
    this.#locked(() => this.#own(unit, BlockState.PENDING));
    this.#giveBack(unit);
    this.#locked(() => {
      const size = this.#size(unit);
      this.#addReserved(-size);
      for (let part = unit + SEGMENT_UNITS; part < unit + size; part += SEGMENT_UNITS) {
        this.#writeBlock(part, SEGMENT_UNITS, BlockState.VIRGIN, 0);
        this.#virgin.insert(part, SEGMENT_UNITS);
      }
      const words = this.#arena.segmentWords(unit);
      store(words, wordIndex(unit) + Block.SIZE, SEGMENT_UNITS);
      store(words, wordIndex(unit) + Block.STATE, BlockState.VIRGIN);
      this.#virgin.insert(unit, SEGMENT_UNITS);
    });
  }

  /** Gives the payload pages back; the page with the header stays. */
  #giveBack(unit: number): void {
    const start = Math.ceil((byteOffset(unit) + BLOCK_HEADER_BYTES) / 4096) * 4096;
    const end = Math.floor(byteOffset(unit + this.#size(unit)) / 4096) * 4096;
    if (end > start) platform().unreserve(this.#arena.fd, start, end - start);
  }

  /** Joins a block with free neighbours of one kind, taking those off their list. Returns the joined block's address; it is in no list. */
  #merge(unit: number, lists: FreeLists, state: number): number {
    let start = unit;
    const next = unit + this.#size(unit);
    if (!isBoundary(next) && this.#state(next) === state) {
      const size = this.#size(next);
      lists.remove(next, size);
      if (state === BlockState.FREE) this.#addFree(-size);
      store(this.#arena.segmentWords(unit), wordIndex(unit) + Block.SIZE, this.#size(unit) + size);
    }
    const before = load(this.#arena.segmentWords(unit), wordIndex(unit) + Block.PREVIOUS_SIZE) >>> 0;
    if (before !== 0 && this.#state(unit - before) === state) {
      start = unit - before;
      lists.remove(start, before);
      if (state === BlockState.FREE) this.#addFree(-before);
      // The left block is taken by us before it swallows ours: its pages and ours have one owner at any moment.
      this.#own(start, BlockState.PENDING);
      store(this.#arena.segmentWords(start), wordIndex(start) + Block.SIZE, before + this.#size(unit));
    }
    this.#setPrevious(start + this.#size(start), this.#size(start));
    return start;
  }

  /** Cuts a block to `size` units. Returns the rest as a block of its own in `state`, in no list; 0 = the rest is too small. */
  #split(unit: number, size: number, state: number): number {
    const whole = this.#size(unit);
    if (whole - size < MIN_BLOCK) return 0;
    const rest = unit + size;
    this.#writeBlock(rest, whole - size, state, size);
    this.#setPrevious(unit + whole, whole - size);
    store(this.#arena.segmentWords(unit), wordIndex(unit) + Block.SIZE, size);
    return rest;
  }

  #writeBlock(unit: number, size: number, state: number, previous: number): void {
    const words = this.#arena.segmentWords(unit);
    const index = wordIndex(unit);
    store(words, index + Block.SIZE, size);
    store(words, index + Block.OWNER, 0);
    words[index + Block.PREVIOUS_SIZE] = previous;
    store(words, index + Block.STATE, state);
  }

  #own(unit: number, state: number): void {
    const words = this.#arena.segmentWords(unit);
    const index = wordIndex(unit);
    store(words, index + Block.OWNER, this.#environment.self);
    store(words, index + Block.LINK, 0);
    store(words, index + Block.STATE, state);
  }

  #size(unit: number): number {
    return load(this.#arena.segmentWords(unit), wordIndex(unit) + Block.SIZE) >>> 0;
  }

  #state(unit: number): number {
    return load(this.#arena.segmentWords(unit), wordIndex(unit) + Block.STATE);
  }

  #setPrevious(unit: number, size: number): void {
    if (!isBoundary(unit)) this.#arena.segmentWords(unit)[wordIndex(unit) + Block.PREVIOUS_SIZE] = size;
  }

  #addFree(units: number): void {
    this.#words[Header.FREE_UNITS] = this.#words[Header.FREE_UNITS] + units;
  }

  #addReserved(units: number): void {
    this.#words[Header.RESERVED_UNITS] = this.#words[Header.RESERVED_UNITS] + units;
  }

  /** Makes everything derived from the headers anew, and merges neighbours that a death left apart. Under HEAP_LOCK. */
  #rebuild(): void {
    this.#free.clear();
    this.#virgin.clear();
    let free = 0;
    let reserved = 0;
    let previous = { unit: 0, size: 0, state: 0 };
    const runs: (typeof previous)[] = [];
    for (const { unit, words, index, size, state } of this.blocks()) {
      const starts = isBoundary(unit) || unit === HEAP_START;
      if (!starts && state === previous.state && (state === BlockState.FREE || state === BlockState.VIRGIN)) {
        previous.size += size;
        store(this.#arena.segmentWords(previous.unit), wordIndex(previous.unit) + Block.SIZE, previous.size);
      } else {
        store(words, index + Block.PREVIOUS_SIZE, starts ? 0 : previous.size);
        previous = { unit, size, state };
        if (state === BlockState.FREE || state === BlockState.VIRGIN) runs.push(previous);
      }
      if (state === BlockState.FREE) free += size;
      if (state !== BlockState.VIRGIN) reserved += size;
    }
    for (const { unit, size, state } of runs) (state === BlockState.FREE ? this.#free : this.#virgin).insert(unit, size);
    store(this.#words, Header.FREE_UNITS, free);
    store(this.#words, Header.RESERVED_UNITS, reserved);
  }

  /** Words of a payload and the index of its first, for a structure that lies in one segment. */
  structure(unit: number): { words: Int32Array; index: number } {
    return { words: this.#arena.segmentWords(unit), index: wordIndex(unit) + BLOCK_HEADER_WORDS };
  }
}
