/** The mapped arena of this thread's session: segments seen as words and bytes, made on first use, never unmapped. */
import { platform } from '../platform/current.ts';
import { SEGMENT_BYTES, SEGMENT_UNIT_BITS, SEGMENT_UNIT_MASK, UNIT_BYTES, UNIT_WORDS } from './layout.ts';

export class Arena {
  readonly fd: number;
  /** Bytes of address space. */
  readonly capacity: number;
  /** Segment 0: the header, the tables, and most of the heap. */
  readonly words: Int32Array;
  readonly #base: bigint;
  readonly #words: Int32Array[] = [];
  readonly #bytes: Uint8Array[] = [];

  constructor(fd: number, base: bigint, capacity: number) {
    this.fd = fd;
    this.#base = base;
    this.capacity = capacity;
    this.words = this.segmentWords(0);
  }

  /** The words of the segment that holds a unit; the unit's first word is at `wordIndex(unit)`. */
  segmentWords(unit: number): Int32Array {
    const segment = unit >>> SEGMENT_UNIT_BITS;
    return this.#words[segment] ?? this.#open(segment);
  }

  /** Bytes from `offset` (in bytes) of the arena. For the library's own copying: never handed to users. */
  bytes(offset: number, length: number): Uint8Array {
    const segment = Math.floor(offset / SEGMENT_BYTES);
    if (offset + length > (segment + 1) * SEGMENT_BYTES) return this.#straddling(offset, length);
    if (!this.#bytes[segment]) this.#open(segment);
    const start = offset - segment * SEGMENT_BYTES;
    return this.#bytes[segment].subarray(start, start + length);
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
