/**
 * The wire format of one message. Every number and layout of the codec stands here.
 *
 *     +---------+-----------------+-----------------+----
 *     | VERSION | value           | value           | ...      encode() writes one value, a Writer any number
 *     +---------+-----------------+-----------------+----
 *
 * A value that must not spoil those after it stands in a frame: 6 bytes with the size of the value, then the value.
 *
 * A value is one tag byte and what the tag announces:
 *
 *     1nnnnnnn                                 the integer n (0..127)
 *     01nnnnnn  n bytes                        string of n Latin-1 characters (0..63)
 *     00tttttt  ...                            a tag below
 *
 *     varint    7 bits a byte, low bits first, bit 7 = "more follows"; at most 2^53 - 1
 *     string    a value that is a string
 *     class     a FUNCTION value or a REFERENCE to one
 *     fields    varint n, n strings (the keys), n values; HOLE in place of a value: the key is gone
 *
 * Integers and floats are little-endian. UTF-16 text and the contents of typed arrays are in the host's byte order:
 * shared memory has one order, and a socket's greeting states it.
 *
 * Objects (functions too) are numbered 0, 1, 2 ... where their tag stands; REFERENCE n means the n-th again. Numbering
 * starts anew with each top-level value.
 *
 * Containers deeper than DEFER_DEPTH stand as DEFERRED, and their contents follow the value they are part of, in the
 * same order. So a list of 100,000 links needs no deep stack on either side.
 */

/** First byte of every message. Both ends always run the same version of this library; the byte catches foreign bytes. */
export const VERSION = 0xa1;

/** Bytes of the size in front of a framed value. */
export const FRAME_HEADER = 6;

export const UNDEFINED = 0x00;
export const NULL = 0x01;
export const TRUE = 0x02;
export const FALSE = 0x03;
/** varint n: n array elements, or one property, that are absent. Only inside a container. */
export const HOLE = 0x04;
/** bytes of each (1, 2, 4: two's complement, 8: double), varint n, n numbers in the host's byte order: n array elements, at most NUMBERS_MOST. Only inside an array. */
export const NUMBERS = 0x0f;
export const NUMBERS_MOST = 4096;
/** 2 bytes */
export const INT16 = 0x05;
/** 4 bytes */
export const INT32 = 0x06;
/** 8 bytes */
export const FLOAT64 = 0x07;
/** 8 bytes, two's complement */
export const BIGINT64 = 0x08;
/** sign byte (1 = negative), varint n, n bytes of the magnitude, high byte first */
export const BIGINT = 0x09;
/** varint n, n bytes */
export const LATIN1 = 0x0a;
/** varint n, 2n bytes: lone surrogates survive, and racing writers cannot break its decoder (UTF-8 is measured twice) */
export const UTF16 = 0x0b;
/** varint n: the n-th object of this value */
export const REFERENCE = 0x0c;
/** OBJECT, ARRAY, MAP, SET, or INSTANCE and its class */
export const DEFERRED = 0x0d;
/** End of a MAP or SET. */
export const END = 0x0e;

/** fields; the keys are also remembered in shape slot n & SHAPE_MASK when n <= SHAPE_KEYS */
export const OBJECT = 0x10;
/** shape slot byte, then the values */
export const SHAPED = 0x11;
/** varint length, elements (HOLE runs for the absent) */
export const ARRAY = 0x12;
/** like ARRAY, then fields: the properties that are not indices */
export const ARRAY_EXTRA = 0x13;
/** key, value, key, value ... END */
export const MAP = 0x14;
/** value ... END */
export const SET = 0x15;
/** 8 bytes: milliseconds, NaN when invalid */
export const DATE = 0x16;
/** string source, string flags */
export const REGEXP = 0x17;
/** the primitive as a value: `new Number(1)`, `Object(1n)` */
export const BOXED = 0x18;
/** string href; structuredClone gives {} or throws */
export const URL_OBJECT = 0x19;

/** varint n, n bytes */
export const ARRAY_BUFFER = 0x20;
/** varint n, varint maxByteLength, n bytes */
export const RESIZABLE_BUFFER = 0x21;
/** value: the BufferCodec's description of memory that both ends see */
export const SHARED_BUFFER = 0x22;
/** view kind byte, varint offset, varint 1 + length in elements (0 = follows the length of its buffer), the buffer as a value */
export const VIEW = 0x23;
/** varint n, n bytes: a Node Buffer, without the pool around it */
export const BUFFER = 0x24;

/** flags byte, string name of a known class, [class], then per flag a value: message, stack, cause, errors, name; then fields */
export const ERROR = 0x28;
/** string message, string name, stack (string or undefined), fields */
export const DOM_EXCEPTION = 0x29;
/** value: the FunctionCodec's description */
export const FUNCTION = 0x2a;
/** class, fields */
export const INSTANCE = 0x2b;
/** class, the content as a value of a built-in kind, fields */
export const SUBCLASS = 0x2c;
/** class, value made by its reducer */
export const REDUCED = 0x2d;
/** like REDUCED for a class of the runtime, which is named by a string */
export const REDUCED_NATIVE = 0x2e;
/** kind byte, value: an object of this library */
export const LIBRARY_OBJECT = 0x2f;

export const SHORT_STRING = 0x40;
export const SHORT_STRING_MAX = 0x3f;
export const SMALL_INTEGER = 0x80;
export const SMALL_INTEGER_MAX = 0x7f;

export const SHAPE_SLOTS = 8;
export const SHAPE_MASK = SHAPE_SLOTS - 1;
export const SHAPE_KEYS = 64;

/** Containers this deep (counted from the top or from the innermost reducer) are deferred. */
export const DEFER_DEPTH = 100;
/** What cannot be deferred (causes of errors, reducers in reducers) may nest this deep: about 300 KB of stack. */
export const MAX_DEPTH = 400;

/** Bits of an ERROR's flags. */
export const HAS_CLASS = 1;
export const HAS_MESSAGE = 2;
export const HAS_STACK = 4;
export const HAS_CAUSE = 8;
export const HAS_ERRORS = 16;
export const HAS_NAME = 32;

/** Kinds of VIEW by position; null where this Node lacks one (Float16Array before Node 24). */
export const VIEW_CLASSES: readonly (ViewClass | null)[] = [
  DataView,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  (globalThis as { Float16Array?: ViewClass }).Float16Array ?? null,
];
/** A Node Buffer over memory that both ends see. */
export const VIEW_BUFFER = 63;

export type ViewClass = (new (
  buffer: ArrayBuffer,
  offset?: number,
  length?: number,
) => ArrayBufferView) & {
  readonly BYTES_PER_ELEMENT?: number;
};
