/**
 * The bytes of a ShareableList, CPython's own (3.9 to 3.13 agree; 3.8 wrote lengths where offsets stand). Numbers are little-endian, everything but the codes stands at multiples of 8:
 *
 *   0              int64      N, the number of items
 *   8              N+1 int64  where each item's slot begins, counted from the data; the last is where the data ends
 *   8*(N+2)        data       the slots, each a multiple of 8 bytes long
 *   then           N x 8      the format of each item, ASCII, padded with NULs
 *   then           N bytes    how each item is turned back into a value (`Code`)
 *
 * The length and the offsets never change, and are checked once; formats, codes and items are other processes' to write, and are checked at each look.
 * Nothing here is atomic: an item that changes its type is written in three steps. Lists that several processes write need a lock.
 */
import { argumentRangeError, argumentTypeError, SharedMemoryError } from '../base/errors.ts';

/** What a ShareableList holds. */
export type ShareableValue = number | bigint | boolean | string | Uint8Array | null;

export const Format = { INTEGER: 'q', FLOAT: 'd', BOOLEAN: 'xxxxxxx?', NONE: 'xxxxxx?x' } as const;
const Code = { PLAIN: 0, TEXT: 1, BYTES: 2, NONE: 3 } as const;

const WORD = 8;
/** A format has 8 characters, `9999992s`. */
const MAX_SLOT = 9_999_992;

/** A value as bytes. */
export interface PackedValue {
  /** Undefined = bytes of any length: the slot says how many. */
  readonly format: string | undefined;
  readonly code: number;
  readonly bytes: Uint8Array;
  /** How long its slot shall be. Default: as CPython's. */
  readonly room?: number;
}

/** Throws TypeError, RangeError. `asFloat`: integers too become floats. */
export function packValue(value: unknown, asFloat: boolean, who: string): PackedValue {
  if (value === null) return { format: Format.NONE, code: Code.NONE, bytes: Buffer.alloc(WORD) };
  if (value instanceof Uint8Array) return { format: undefined, code: Code.BYTES, bytes: value };
  const bytes = Buffer.alloc(WORD);
  switch (typeof value) {
    case 'number':
      if (asFloat || !Number.isSafeInteger(value) || Object.is(value, -0)) {
        bytes.writeDoubleLE(value);
        return { format: Format.FLOAT, code: Code.PLAIN, bytes };
      }
      bytes.writeBigInt64LE(BigInt(value));
      return { format: Format.INTEGER, code: Code.PLAIN, bytes };
    case 'bigint':
      if (BigInt.asIntN(64, value) !== value) throw argumentRangeError(`${who}: ${value}n does not fit 64 bits with a sign`);
      bytes.writeBigInt64LE(value);
      return { format: Format.INTEGER, code: Code.PLAIN, bytes };
    case 'boolean':
      bytes[WORD - 1] = Number(value);
      return { format: Format.BOOLEAN, code: Code.PLAIN, bytes };
    case 'string':
      if (!value.isWellFormed()) throw argumentRangeError(`${who}: ${JSON.stringify(value)} has half of a surrogate pair`);
      return { format: undefined, code: Code.TEXT, bytes: Buffer.from(value) };
    default:
      throw argumentTypeError(
        `${who}: a ShareableList holds numbers, bigints, booleans, strings, Uint8Arrays and null, not ${describe(value)}`,
      );
  }
}

function describe(value: unknown): string {
  return typeof value === 'object' ? (value!.constructor?.name ?? 'an object') : typeof value;
}

/** As many bytes as CPython gives to a value of that length: one at least, rounded up. */
function slotBytes({ format, bytes, room }: PackedValue): number {
  if (room !== undefined) return room;
  return format === undefined ? WORD * (Math.floor(bytes.length / WORD) + 1) : WORD;
}

/** How many bytes a list of these values needs. Throws RangeError when one is too long. */
export function listBytes(values: readonly PackedValue[], who: string): number {
  let size = WORD * 2;
  for (const [i, value] of values.entries()) {
    const slot = slotBytes(value);
    if (slot > MAX_SLOT)
      throw argumentRangeError(
        `${who}: item ${i} has ${value.bytes.length} bytes; ${MAX_SLOT - 1} are allowed in a ShareableList`,
      );
    size += WORD + slot + WORD + 1;
  }
  return size;
}

/** Writes a whole list into zeroed memory. */
export function writeList(memory: Buffer, values: readonly PackedValue[]): void {
  memory.writeBigInt64LE(BigInt(values.length), 0);
  let end = 0;
  for (const [i, value] of values.entries()) {
    end += slotBytes(value);
    memory.writeBigInt64LE(BigInt(end), WORD * (i + 2));
  }
  const layout = new ListLayout(memory, 'this list');
  for (const [i, value] of values.entries()) layout.write(memory, i, value);
}

/** Where everything stands in one list. */
export class ListLayout {
  readonly length: number;
  /** Where each slot begins, and the last one ends, counted from the start of the memory. */
  readonly #slots: readonly number[];
  readonly #formats: number;
  readonly #codes: number;
  readonly #name: string;

  /** Throws SharedMemoryError when these bytes are no ShareableList. */
  constructor(memory: Buffer, name: string) {
    this.#name = name;
    const length = memory.length >= 2 * WORD ? Number(memory.readBigInt64LE(0)) : -1;
    if (!(length >= 0 && length <= memory.length / (3 * WORD))) throw this.#damaged('its length does not fit');
    const data = WORD * (length + 2);
    const slots = Array.from({ length: length + 1 }, (_, i) => data + Number(memory.readBigInt64LE(WORD * (i + 1))));
    const inOrder = slots[0] === data && slots.every((slot, i) => i === 0 || isSlot(slot - slots[i - 1]));
    this.length = length;
    this.#slots = slots;
    this.#formats = slots[length];
    this.#codes = this.#formats + WORD * length;
    if (!inOrder || !(this.#codes + length <= memory.length)) throw this.#damaged('its items do not fit');
  }

  format(memory: Buffer, index: number): string {
    const start = this.#formats + WORD * index;
    const end = memory.subarray(start, start + WORD).indexOf(0);
    return memory.toString('latin1', start, end < 0 ? start + WORD : start + end);
  }

  /** How many bytes an item's slot has. */
  room(index: number): number {
    return this.#slots[index + 1] - this.#slots[index];
  }

  read(memory: Buffer, index: number): ShareableValue {
    const start = this.#slots[index];
    const format = this.format(memory, index);
    const code = memory[this.#codes + index];
    if (code === Code.NONE) return null;
    if (code === Code.PLAIN) {
      if (format === Format.INTEGER) return readInteger(memory, start);
      if (format === Format.FLOAT) return memory.readDoubleLE(start);
      if (format === Format.BOOLEAN) return memory[start + WORD - 1] !== 0;
    }
    const length = /^\d{1,7}s$/.test(format) ? Number.parseInt(format, 10) : Infinity;
    if (length > this.room(index) || (code !== Code.TEXT && code !== Code.BYTES))
      throw this.#damaged(`item ${index} has format '${format}' and code ${code}`);
    const bytes = withoutTrailingNuls(memory.subarray(start, start + length));
    return code === Code.TEXT ? this.#text(bytes, index) : Buffer.from(bytes);
  }

  /** Throws RangeError when the value does not fit its slot. */
  write(memory: Buffer, index: number, { format, code, bytes }: PackedValue): void {
    const start = this.#slots[index];
    const room = this.room(index);
    if (bytes.length > room)
      throw argumentRangeError(
        `ShareableList: ${bytes.length} bytes exceed the ${room} bytes of item ${index}: a list's slots keep the length that they were made with`,
      );
    const before = this.format(memory, index);
    const after = format ?? `${room}s`;
    const end = format === undefined ? room : bytes.length;
    const formatStart = this.#formats + WORD * index;
    if (after !== before) {
      memory.fill(0, formatStart, formatStart + WORD);
      memory.write(after, formatStart, 'latin1');
    }
    memory[this.#codes + index] = code;
    memory.set(bytes, start);
    memory.fill(0, start + bytes.length, start + end);
  }

  #text(bytes: Buffer, index: number): string {
    try {
      return decoder.decode(bytes);
    } catch (cause) {
      throw new SharedMemoryError(
        `item ${index} of ShareableList '${this.#name}' is not UTF-8 (Python cuts texts that are longer in UTF-8 than in characters)`,
        { cause },
      );
    }
  }

  #damaged(what: string): SharedMemoryError {
    return new SharedMemoryError(`'${this.#name}' is no ShareableList, or damaged: ${what}`);
  }
}

function isSlot(bytes: number): boolean {
  return bytes >= WORD && bytes <= MAX_SLOT && bytes % WORD === 0;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A number as long as it is exact. */
function readInteger(memory: Buffer, start: number): number | bigint {
  const number = memory.readInt32LE(start + 4) * 2 ** 32 + memory.readUInt32LE(start);
  return Number.isSafeInteger(number) ? number : memory.readBigInt64LE(start);
}

/** Nothing says how long a text or byte string is: CPython ends it at its last byte that is not NUL. */
function withoutTrailingNuls(bytes: Buffer): Buffer {
  let length = bytes.length;
  while (length > 0 && bytes[length - 1] === 0) length--;
  return bytes.subarray(0, length);
}
