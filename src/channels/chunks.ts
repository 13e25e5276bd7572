/**
 * The chain of blocks in which a queue keeps its records.
 *
 * A chunk, in words:
 *
 *   0  CAPACITY  bytes of data
 *   1  BASE      number (see queue_store.ts) of its first record
 *   2  LIMIT     number of the first record of the next chunk; means something once NEXT is set
 *   3  NEXT      the next chunk (unit), 0 = this is the last one
 *   4  records   one after the other from BASE on; numbers tell how many
 *
 * CAPACITY and BASE are written before the chunk can be reached, LIMIT before NEXT, by whoever holds PUT_LOCK. Nothing else ever changes, and records
 * that were read stay where they are until the chunk is freed: so offsets can be derived by walking.
 */
import type { Heap } from '../memory/heap.ts';
import { load, store } from '../platform/atomics.ts';
import { type ParsedRecord, parseRecord } from './message.ts';

export const Chunk = { CAPACITY: 0, BASE: 1, LIMIT: 2, NEXT: 3, DATA: 4 } as const;

/** The position with which chunks are linked; messages are linked with positions from 0 up, an object's own block with -1. */
export const CHUNK_POSITION = -2;

/** Ten thousand empty queues shall be cheap, and a busy one shall seldom need a chunk. */
export const FIRST_CAPACITY = 1024 - 64;
const FULL_CAPACITY = 64 * 1024 - 64;
const GROWTH = 4;

/** How many bytes follow a chunk of `capacity` bytes, when a record of `record` bytes did not fit there. */
export function nextCapacity(capacity: number, record: number): number {
  return Math.max(Math.min((capacity + 64) * GROWTH - 64, FULL_CAPACITY), record);
}

/** A chunk that nobody can reach yet, owned by the caller. */
export function createChunk(heap: Heap, capacity: number): number {
  const unit = heap.allocate(Chunk.DATA * 4 + capacity);
  const { words, index } = heap.structure(unit);
  words[index + Chunk.CAPACITY] = capacity;
  words[index + Chunk.BASE] = 0;
  words[index + Chunk.LIMIT] = 0;
  store(words, index + Chunk.NEXT, 0);
  return unit;
}

/** One thread's view of a chunk: looking it up costs more than most operations on it. */
export class ChunkView {
  readonly #heap: Heap;
  unit = 0;
  words: Int32Array;
  index = 0;
  /** The segment from its beginning, for copying by word positions. */
  bytes: Buffer;

  constructor(heap: Heap, words: Int32Array) {
    this.#heap = heap;
    this.words = words;
    this.bytes = segmentBytes(words);
  }

  moveTo(unit: number): void {
    if (unit === this.unit) return;
    const { words, index } = this.#heap.structure(unit);
    if (words !== this.words) this.bytes = segmentBytes(words);
    this.words = words;
    this.index = index;
    this.unit = unit;
  }

  get capacity(): number {
    return this.words[this.index + Chunk.CAPACITY];
  }

  get base(): number {
    return this.words[this.index + Chunk.BASE];
  }

  get limit(): number {
    return this.words[this.index + Chunk.LIMIT];
  }

  get next(): number {
    // SYNC POINT: LIMIT, and the next chunk's BASE, are visible to the reader
    return load(this.words, this.index + Chunk.NEXT);
  }

  /** Word of the record at a byte offset. */
  word(offset: number): number {
    return this.index + Chunk.DATA + (offset >>> 2);
  }

  record(offset: number): ParsedRecord {
    return parseRecord(this.words, this.word(offset), this.capacity - offset);
  }

  /** Byte offset of the `count`-th record. */
  offsetOf(count: number): number {
    let offset = 0;
    for (let i = 0; i < count; i++) offset += this.record(offset).size;
    return offset;
  }
}

const bytesOf = new WeakMap<Int32Array, Buffer>();

/** The segment that `words` lies in, from its beginning, for copying by word positions. */
export function segmentBytes(words: Int32Array): Buffer {
  const known = bytesOf.get(words);
  if (known) return known;
  const bytes = Buffer.from(words.buffer as ArrayBuffer);
  bytesOf.set(words, bytes);
  return bytes;
}
