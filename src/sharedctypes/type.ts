/** A type at run time. */
import { argumentTypeError } from '../base/errors.ts';
import type { Memory } from './memory.ts';

export type AnyTypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;
export type IntegerArray = Exclude<AnyTypedArray, Uint8ClampedArray | Float32Array | Float64Array>;
export type NativeClass = new (buffer: ArrayBuffer, offset: number, length: number) => AnyTypedArray;

/** A plain value from which every process makes the same type. */
export type Description =
  | string
  | readonly ['char' | 'wchar', length: number]
  | readonly ['array', element: unknown, length: number]
  | readonly ['struct', ...fields: (readonly [name: string, type: unknown])[]];

/** Integers of one type: what may be written, and the memory seen as that type, for Atomics. */
export interface Integers {
  readonly min: number | bigint;
  readonly max: number | bigint;
  readonly view: (memory: Memory) => IntegerArray;
}

export interface Field {
  readonly name: string;
  readonly type: Type;
  readonly offset: number;
  readonly size: number;
}

interface Parts {
  readonly kind: 'scalar' | 'char' | 'wchar' | 'array' | 'struct';
  /** As in CPython's ctypes: `c_int`. */
  readonly name: string;
  readonly description: Description;
  readonly size: number;
  readonly alignment: number;
  /** The value; of a structure or an array a view of the memory. */
  readonly read: (memory: Memory, offset: number) => any;
  /** Writes all of it or, when it throws, nothing. Throws TypeError, RangeError. */
  readonly write: (memory: Memory, offset: number, value: any) => void;
  readonly integers?: Integers;
  /** The typed array of such elements. */
  readonly native?: NativeClass;
  /** Of an array: the element's type. */
  readonly element?: Type;
  /** Of an array or a text: elements. */
  readonly length?: number;
  /** Of a structure. */
  readonly fields?: Readonly<Record<string, Field>>;
}

/** One class for all types, so that code that reads and writes through them sees one shape. */
export class Type {
  readonly kind: Parts['kind'];
  readonly name: string;
  /** @internal */
  readonly description: Description;
  /** Bytes. */
  readonly size: number;
  /** Bytes. */
  readonly alignment: number;
  /** @internal */
  readonly read: Parts['read'];
  /** @internal */
  readonly write: Parts['write'];
  /** @internal */
  readonly integers: Integers | undefined;
  /** @internal */
  readonly native: NativeClass | undefined;
  readonly element: Type | undefined;
  readonly length: number | undefined;
  readonly fields: Readonly<Record<string, Field>> | undefined;

  constructor(parts: Parts) {
    this.kind = parts.kind;
    this.name = parts.name;
    this.description = parts.description;
    this.size = parts.size;
    this.alignment = parts.alignment;
    this.read = parts.read;
    this.write = parts.write;
    this.integers = parts.integers;
    this.native = parts.native;
    this.element = parts.element;
    this.length = parts.length;
    this.fields = parts.fields;
    Object.freeze(this);
  }

  toString(): string {
    return `<type ${this.name}, ${this.size} bytes>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/** Bytes of `length` elements, or -1 when that is more than a number can say exactly. */
export function bytesOf(type: Type, length: number): number {
  const bytes = type.size * length;
  return Number.isSafeInteger(bytes) ? bytes : -1;
}

/** A value for an error message, short. */
export function shown(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n (bigint)`;
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}...` : value}' (string)`;
  if (typeof value === 'object') return `an object (${value.constructor?.name ?? 'no class'})`;
  return typeof value === 'function' ? `a function (${value.name})` : `${String(value)} (${typeof value})`;
}

const placed = new WeakSet<Error>();

/** Puts the place inside a structure or an array in front of the message of an argument error. */
export function atPlace(error: unknown, place: string): unknown {
  if (!(error instanceof Error) || (error as { code?: string }).code !== 'ERR_MULTIPROC_ARGUMENT') return error;
  error.message = `${place}${placed.has(error) ? (error.message.startsWith('[') ? '' : '.') : ': '}${error.message}`;
  placed.add(error);
  return error;
}

export function wrongType(type: string, takes: string, value: unknown, fix = ''): TypeError {
  return argumentTypeError(`${type} takes ${takes}, not ${shown(value)}${fix}`);
}
