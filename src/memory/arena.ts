/** The mapped arena of this thread's session: segments seen as words and bytes, made on first use, never unmapped. */
import { platform } from '../platform/current.ts';
import {
  FIRST_WINDOW_BYTES,
  FIRST_WINDOW_UNITS,
  SEGMENT_BYTES,
  SEGMENT_UNIT_BITS,
  SEGMENT_UNIT_MASK,
  UNIT_BYTES,
  UNIT_WORDS,
} from './layout.ts';

export class Arena {
  readonly fd: number;
  /** Bytes of address space. */
  readonly capacity: number;
  /** The first window: the header, the tables, and most of what a program ever allocates. */
  readonly words: Int32Array;
  readonly #firstBytes: Uint8Array;
  readonly #base: bigint;
  readonly #words: Int32Array[] = [];
  readonly #bytes: Uint8Array[] = [];

  constructor(fd: number, base: bigint, capacity: number) {
    this.fd = fd;
    this.#base = base;
    this.capacity = capacity;
    const first = platform().view(base, FIRST_WINDOW_BYTES);
    this.words = new Int32Array(first);
    this.#firstBytes = new Uint8Array(first);
  }

  /** The words of the segment that holds a unit; the unit's first word is at `wordIndex(unit)`. */
  segmentWords(unit: number): Int32Array {
    if (unit >>> 0 < FIRST_WINDOW_UNITS) return this.words;
    const segment = unit >>> SEGMENT_UNIT_BITS;
    return this.#words[segment] ?? this.#open(segment);
  }

  /** Bytes from `offset` (in bytes) of the arena. For the library's own copying: never handed to users. */
  bytes(offset: number, length: number): Uint8Array {
    if (offset + length <= FIRST_WINDOW_BYTES) return this.#firstBytes.subarray(offset, offset + length);
    const segment = Math.floor(offset / SEGMENT_BYTES);
    if (offset + length > (segment + 1) * SEGMENT_BYTES) return this.#straddling(offset, length);
    if (!this.#bytes[segment]) this.#open(segment);
    const start = offset - segment * SEGMENT_BYTES;
    return this.#bytes[segment].subarray(start, start + length);
  }

  /** A mapping of exactly these bytes, which may be handed to users. */
  view(offset: number, length: number): ArrayBuffer {
    // There is nothing to see at an address without bytes.
    return length === 0 ? new ArrayBuffer(0) : platform().view(this.#base + BigInt(offset), length);
  }

  #straddling(offset: number, length: number): Uint8Array {
    return new Uint8Array(platform().view(this.#base + BigInt(offset), length));
  }

  #open(segment: number): Int32Array {
    const buffer = platform().view(this.#base + BigInt(segment * SEGMENT_BYTES), SEGMENT_BYTES);
    this.#bytes[segment] = new Uint8Array(buffer);
    this.#words[segment] = new Int32Array(buffer);
    return this.#words[segment];
  }
}

/** Index of a unit's first word inside its segment. */
export function wordIndex(unit: number): number {
  return (unit & SEGMENT_UNIT_MASK) * UNIT_WORDS;
}

/** Byte offset of a unit in the arena. */
export function byteOffset(unit: number): number {
  return (unit >>> 0) * UNIT_BYTES;
}
