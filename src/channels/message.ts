/**
 * A message as channels carry it: bytes, and the shared objects that the bytes name (so that they live while nobody else holds them).
 *
 * Record of a message, in words; 8-byte aligned, never wrapped around the end of its memory:
 *
 *   0  LENGTH    bytes of the content (BLOCK: modulo 2^32, for checks; the block knows)
 *   1  KIND      low byte: INLINE, BLOCK or SKIP, and RAW_BIT; upper 24 bits: number of passengers
 *   2  passengers, 3 words each: index, generation, role
 *      INLINE: the content
 *      BLOCK:  2 words: heap block (unit) that holds the content, 0
 *      SKIP:   nothing; LENGTH bytes are to be passed over, header included
 */
import { SerializationError, SharedMemoryError } from '../base/errors.ts';
import type { Passenger } from '../memory/object_kinds.ts';
import type { Session } from '../memory/session.ts';
import { copyBytes } from '../platform/fresh_bytes.ts';
import type { Part } from '../serialization/sink.ts';

export const RecordKind = { INLINE: 1, BLOCK: 2, SKIP: 3 } as const;
/** The content is bytes that the user gave (`sendBytes`), not an encoded value. */
const RAW_BIT = 0x80;
const KIND_MASK = 0x7f;
export const RECORD_HEADER_WORDS = 2;
export const RECORD_HEADER_BYTES = 8;
export const PASSENGER_WORDS = 3;
const BLOCK_REFERENCE_BYTES = 8;
/** So many are copied sooner one by one than by the call of `set`. */
const FEW_BYTES = 24;
const NO_PASSENGERS: readonly Passenger[] = Object.freeze([]);

/** A message that was read. `releaseMessage` it when its bytes are no longer needed. Its passengers are held by this thread until then. */
export interface Message {
  readonly bytes: Uint8Array;
  readonly passengers: readonly Passenger[];
  /** The heap block in which the bytes lie, 0 = none; the reader owns it. */
  readonly block: number;
  /** Bytes that the user gave, not an encoded value. */
  readonly raw: boolean;
}

export function releaseMessage(session: Session, message: Message): void {
  if (message.block !== 0) session.heap.free(message.block);
  if (message.passengers.length !== 0) session.holds.dropAll(message.passengers);
}

export const NO_BYTES: Uint8Array = new Uint8Array(0);
/** The bytes of a longer message are a Buffer of their own, not a view of shared memory. */
export const MAX_VIEW = 2 ** 31;

/** The message with the bytes of its block. A payload that no view can hold is copied. */
export function withContent({ heap }: Session, { block, passengers, raw }: Message): Message {
  const length = heap.length(block);
  if (length <= MAX_VIEW) return { bytes: heap.payload(block), passengers, block, raw };
  const bytes = Buffer.allocUnsafeSlow(length);
  heap.read(block, bytes);
  return { bytes, passengers, block, raw };
}

function copyFew(from: Uint8Array, to: Uint8Array, at: number): void {
  for (let i = 0; i < from.length; i++) to[at + i] = from[i];
}

/** A message on its way into a channel. Either it gets published, or `discard` it. */
export class Outgoing {
  bytes: Uint8Array;
  readonly passengers: readonly Passenger[];
  /** The heap block that holds the bytes, 0 = they go into the record. */
  block = 0;
  readonly raw: boolean;
  readonly #length: number;
  #prepared = false;
  /** Large pieces of the content, where the user has them: copied once, to their place in a heap block. */
  #parts: readonly Part[] | undefined;

  /** `bytes`, without the `parts`, may be a scratch buffer: `keep` it before anything else is encoded. */
  constructor(bytes: Uint8Array, passengers: readonly Passenger[] = NO_PASSENGERS, raw = false, parts?: readonly Part[]) {
    this.bytes = bytes;
    this.passengers = passengers;
    this.raw = raw;
    this.#parts = parts;
    this.#length = parts === undefined ? bytes.length : parts.reduce((sum, { size }) => sum + size, bytes.length);
  }

  /** Of the content, in bytes. */
  get length(): number {
    return this.#length;
  }

  get recordBytes(): number {
    return recordBytes(this.block === 0 ? this.#length : BLOCK_REFERENCE_BYTES, this.passengers.length);
  }

  /** Before the first try: holds the passengers, and puts what is larger than `inlineLimit` into a heap block. */
  prepare(session: Session, inlineLimit: number): void {
    if (this.#prepared) return;
    if (recordBytes(BLOCK_REFERENCE_BYTES, this.passengers.length) > inlineLimit) {
      throw new SerializationError(
        `a message names ${this.passengers.length} shared objects, more than fit: send them in several messages`,
      );
    }
    // First: what was encoded may be garbage by now, and memory for a block may be found by collecting that.
    if (this.passengers.length !== 0) session.holds.retainAll(this.passengers);
    this.#prepared = true;
    if (this.#parts === undefined && this.recordBytes <= inlineLimit) return;
    try {
      this.block = session.heap.allocate(this.#length);
      if (this.#parts === undefined) session.heap.write(this.block, this.bytes);
      else this.#assemble(session, this.#parts);
    } catch (error) {
      this.discard(session);
      throw error;
    }
    this.#parts = undefined;
  }

  #assemble({ heap }: Session, parts: readonly Part[]): void {
    let from = 0;
    let to = 0;
    for (const { at, bytes, size } of parts) {
      heap.write(this.block, this.bytes.subarray(from, at), to);
      to += at - from;
      from = at;
      if (bytes.byteLength !== size)
        throw new SerializationError('an ArrayBuffer was detached or made smaller while what has it in it was being sent');
      heap.write(this.block, bytes, to);
      to += size;
    }
    heap.write(this.block, this.bytes.subarray(from), to);
  }

  /** Makes the bytes its own, for a later try. */
  keep(): this {
    if (this.block === 0) this.bytes = copyBytes(this.bytes);
    else this.bytes = NO_BYTES;
    return this;
  }

  /** Takes back what `prepare` did. */
  discard(session: Session): void {
    if (!this.#prepared) return;
    this.#prepared = false;
    if (this.block !== 0) session.heap.free(this.block);
    if (this.passengers.length !== 0) session.holds.dropAll(this.passengers);
  }

  /** The message is in the channel, which answers for everything from here on. */
  published(session: Session): void {
    this.#prepared = false;
    if (this.block !== 0) session.heap.disown(this.block);
    if (this.passengers.length !== 0) session.holds.dropAll(this.passengers);
  }

  /** Writes the record at a word of memory that has room for `recordBytes`. */
  write(words: Int32Array, bytes: Uint8Array, word: number): void {
    words[word] = this.#length;
    words[word + 1] =
      (this.block === 0 ? RecordKind.INLINE : RecordKind.BLOCK) | (this.raw ? RAW_BIT : 0) | (this.passengers.length << 8);
    let at = word + RECORD_HEADER_WORDS;
    for (const { index, generation, role } of this.passengers) {
      words[at] = index;
      words[at + 1] = generation;
      words[at + 2] = role;
      at += PASSENGER_WORDS;
    }
    if (this.block !== 0) words[at] = this.block;
    else if (this.bytes.length > FEW_BYTES) bytes.set(this.bytes, at * 4);
    else copyFew(this.bytes, bytes, at * 4);
  }
}

export interface ParsedRecord {
  /** Bytes of the whole record. */
  readonly size: number;
  /** Word at which the content starts. */
  readonly content: number;
  readonly length: number;
  readonly block: number;
  readonly raw: boolean;
  readonly passengers: readonly Passenger[];
}

/** The tag of a record that is its content and nothing else, as nearly all are. */
export function isPlain(tag: number): boolean {
  return (tag & ~RAW_BIT) === RecordKind.INLINE;
}

/** A plain record as a message. */
export function plainMessage(bytes: Uint8Array, tag: number): Message {
  return { bytes, passengers: NO_PASSENGERS, block: 0, raw: (tag & RAW_BIT) !== 0 };
}

/** What stands at a word, checked against the `available` bytes that are published from there. Throws SharedMemoryError on a damaged record. */
export function parseRecord(words: Int32Array, word: number, available: number): ParsedRecord {
  const length = words[word] >>> 0;
  const tag = words[word + 1];
  const isBlock = (tag & KIND_MASK) === RecordKind.BLOCK;
  const raw = (tag & RAW_BIT) !== 0;
  const count = tag >>> 8;
  const size = recordBytes(isBlock ? BLOCK_REFERENCE_BYTES : length, count);
  if (
    (!isBlock && (tag & KIND_MASK) !== RecordKind.INLINE) ||
    size > available ||
    length > available * (isBlock ? Infinity : 1)
  ) {
    throw new SharedMemoryError('a channel in shared memory is damaged: its next record does not fit what was published');
  }
  let at = word + RECORD_HEADER_WORDS;
  if (count === 0) return { size, content: at, length, block: isBlock ? words[at] : 0, raw, passengers: NO_PASSENGERS };
  const passengers: Passenger[] = [];
  for (let i = 0; i < count; i++, at += PASSENGER_WORDS)
    passengers.push({ index: words[at], generation: words[at + 1], role: words[at + 2] });
  return { size, content: at, length, block: isBlock ? words[at] : 0, raw, passengers };
}

function recordBytes(contentBytes: number, passengers: number): number {
  return Math.ceil((RECORD_HEADER_BYTES + passengers * PASSENGER_WORDS * 4 + contentBytes) / 8) * 8;
}
