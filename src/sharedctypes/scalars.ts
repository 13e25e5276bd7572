/** Numbers, booleans and single characters. */
import { argumentRangeError } from '../base/errors.ts';
import type { Memory } from './memory.ts';
import { type Integers, type NativeClass, shown, Type, wrongType } from './type.ts';

type Read = (memory: Memory, offset: number) => any;
type IntegerClass = NativeClass & { readonly BYTES_PER_ELEMENT: number; readonly name: string };
type Store = (memory: Memory, offset: number, value: any) => void;

/** Each type has functions of its own, so that the engine compiles each access for one kind of element. */
const scalars: readonly Type[] = [
  integer(
    'c_byte',
    'b',
    Int8Array,
    (m, o) => m.i8[o],
    (m, o, v) => {
      m.i8[o] = v;
    },
    (m) => m.i8,
  ),
  integer(
    'c_ubyte',
    'B',
    Uint8Array,
    (m, o) => m.u8[o],
    (m, o, v) => {
      m.u8[o] = v;
    },
    (m) => m.u8,
  ),
  integer(
    'c_ubyte',
    'uint8clamped',
    Uint8ClampedArray,
    (m, o) => m.u8[o],
    (m, o, v) => {
      m.u8[o] = v;
    },
    (m) => m.u8,
  ),
  integer(
    'c_short',
    'h',
    Int16Array,
    (m, o) => m.i16[o >>> 1],
    (m, o, v) => {
      m.i16[o >>> 1] = v;
    },
    (m) => m.i16,
  ),
  integer(
    'c_ushort',
    'H',
    Uint16Array,
    (m, o) => m.u16[o >>> 1],
    (m, o, v) => {
      m.u16[o >>> 1] = v;
    },
    (m) => m.u16,
  ),
  integer(
    'c_int',
    'i',
    Int32Array,
    (m, o) => m.i32[o >>> 2],
    (m, o, v) => {
      m.i32[o >>> 2] = v;
    },
    (m) => m.i32,
  ),
  integer(
    'c_uint',
    'I',
    Uint32Array,
    (m, o) => m.u32[o >>> 2],
    (m, o, v) => {
      m.u32[o >>> 2] = v;
    },
    (m) => m.u32,
  ),
  big(
    'c_long',
    'l',
    BigInt64Array,
    (m, o) => m.i64[o >>> 3],
    (m, o, v) => {
      m.i64[o >>> 3] = v;
    },
    (m) => m.i64,
  ),
  big(
    'c_ulong',
    'L',
    BigUint64Array,
    (m, o) => m.u64[o >>> 3],
    (m, o, v) => {
      m.u64[o >>> 3] = v;
    },
    (m) => m.u64,
  ),
  big(
    'c_longlong',
    'q',
    BigInt64Array,
    (m, o) => m.i64[o >>> 3],
    (m, o, v) => {
      m.i64[o >>> 3] = v;
    },
    (m) => m.i64,
  ),
  big(
    'c_ulonglong',
    'Q',
    BigUint64Array,
    (m, o) => m.u64[o >>> 3],
    (m, o, v) => {
      m.u64[o >>> 3] = v;
    },
    (m) => m.u64,
  ),
  float(
    'c_float',
    'f',
    Float32Array,
    (m, o) => m.f32[o >>> 2],
    (m, o, v) => {
      m.f32[o >>> 2] = v;
    },
  ),
  float(
    'c_double',
    'd',
    Float64Array,
    (m, o) => m.f64[o >>> 3],
    (m, o, v) => {
      m.f64[o >>> 3] = v;
    },
  ),
  bool(),
  oneByte(),
  oneWide(),
];

const spelled = {
  int8: 'b',
  uint8: 'B',
  int16: 'h',
  uint16: 'H',
  int32: 'i',
  uint32: 'I',
  int64: 'q',
  uint64: 'Q',
  float32: 'f',
  float64: 'd',
  char: 'c',
  wchar: 'u',
  bool: '?',
} as const;
const codes = scalars.map(({ description }) => description as string);
const byName = new Map<string, Type>(scalars.map((type, i) => [codes[i], type]));
for (const [name, code] of Object.entries(spelled)) byName.set(name, byName.get(code)!);
// The classes of 64-bit integers stand for q and Q, which come last.
const byClass = new Map<unknown, Type>(scalars.filter(({ native }) => native).map((type) => [type.native, type]));

/** For error messages. */
export const KNOWN_NAMES = [...codes.filter((code) => code.length === 1), ...Object.keys(spelled)]
  .map((name) => `'${name}'`)
  .join(' ');

export function scalarNamed(name: string): Type | undefined {
  return byName.get(name);
}

/** The type of the elements of a class of typed arrays. */
export function scalarOfClass(native: unknown): Type | undefined {
  return byClass.get(native);
}

function scalar(
  name: string,
  code: string,
  size: number,
  read: Read,
  write: Store,
  more: { integers?: Integers; native?: NativeClass } = {},
): Type {
  return new Type({ kind: 'scalar', name, description: code, size, alignment: size, read, write, ...more });
}

function integer(name: string, code: string, native: IntegerClass, read: Read, store: Store, view: Integers['view']): Type {
  const bits = native.BYTES_PER_ELEMENT * 8;
  const min = isSigned(native) ? -(2 ** (bits - 1)) : 0;
  const max = min + 2 ** bits - 1;
  const write: Store = (memory, offset, value) => {
    if (!Number.isInteger(value) || value < min || value > max) refuseInteger(name, code, min, max, value);
    store(memory, offset, value);
  };
  return scalar(name, code, native.BYTES_PER_ELEMENT, read, write, { integers: { min, max, view }, native });
}

function big(name: string, code: string, native: IntegerClass, read: Read, store: Store, view: Integers['view']): Type {
  const min = isSigned(native) ? -(2n ** 63n) : 0n;
  const max = min + 2n ** 64n - 1n;
  const write: Store = (memory, offset, value) => {
    if (typeof value !== 'bigint' || value < min || value > max) refuseInteger(name, code, min, max, value);
    store(memory, offset, value);
  };
  return scalar(name, code, 8, read, write, { integers: { min, max, view }, native });
}

function isSigned(native: IntegerClass): boolean {
  return !native.name.includes('Uint');
}

/** What is wrong with a value that an integer type does not take. */
export function refuseInteger(name: string, code: string, min: number | bigint, max: number | bigint, value: unknown): never {
  if (typeof value !== typeof min) {
    if (typeof min === 'number') throw wrongType(`${name} ('${code}')`, 'a number', value);
    throw wrongType(`${name} ('${code}')`, 'a bigint', value, Number.isInteger(value) ? `: write ${value}n or BigInt(n)` : '');
  }
  if (typeof value === 'number' && !Number.isInteger(value))
    throw argumentRangeError(`${name} ('${code}') takes a whole number from ${min} to ${max}, not ${value}`);
  throw argumentRangeError(`${value} is out of range for ${name} ('${code}'): it takes ${min} to ${max}`);
}

function float(name: string, code: string, native: NativeClass & { BYTES_PER_ELEMENT: number }, read: Read, store: Store): Type {
  const write: Store = (memory, offset, value) => {
    if (typeof value !== 'number') throw wrongType(`${name} ('${code}')`, 'a number', value);
    store(memory, offset, value);
  };
  return scalar(name, code, native.BYTES_PER_ELEMENT, read, write, { native });
}

function bool(): Type {
  return scalar(
    'c_bool',
    '?',
    1,
    (m, o) => m.u8[o] !== 0,
    (m, o, value) => {
      if (typeof value !== 'boolean') throw wrongType("c_bool ('?')", 'true or false', value);
      m.u8[o] = value ? 1 : 0;
    },
  );
}

/** One byte, read as the character of that code (Latin-1), so that each of the 256 has one. */
function oneByte(): Type {
  return scalar(
    'c_char',
    'c',
    1,
    (m, o) => String.fromCharCode(m.u8[o]),
    (m, o, value) => {
      m.u8[o] = byteOf(value);
    },
  );
}

function byteOf(value: unknown): number {
  if (value instanceof Uint8Array) {
    if (value.length === 1) return value[0];
    throw argumentRangeError(`c_char ('c') takes one byte, not ${value.length}`);
  }
  if (typeof value !== 'string') throw wrongType("c_char ('c')", 'a string of one character up to U+00FF, or one byte', value);
  const code = value.charCodeAt(0);
  if (value.length !== 1 || code > 255)
    throw argumentRangeError(`c_char ('c') takes one character up to U+00FF, not ${shown(value)}: char(n) holds text`);
  return code;
}

function oneWide(): Type {
  return scalar(
    'c_wchar',
    'u',
    4,
    (m, o) => wideText(m.u32[o >>> 2]),
    (m, o, value) => {
      if (typeof value !== 'string') throw wrongType("c_wchar ('u')", 'a string of one character', value);
      const code = value.codePointAt(0);
      if (code === undefined || value.length !== (code > 0xffff ? 2 : 1))
        throw argumentRangeError(`c_wchar ('u') takes one character, not ${shown(value)}: wchar(n) holds text`);
      m.u32[o >>> 2] = code;
    },
  );
}

/** A code that is no character (somebody wrote the bytes) reads as U+FFFD. */
export function wideText(code: number): string {
  return code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code);
}
