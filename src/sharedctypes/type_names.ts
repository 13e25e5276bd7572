/** Types as users write them, and what the compiler derives from them. Nothing here exists at run time. */

declare const made: unique symbol;

interface TypeObject {
  /** Bytes. */
  readonly size: number;
  /** Bytes. */
  readonly alignment: number;
}

/** Where a field of a structure lies, in bytes from its start. */
export interface FieldLayout {
  readonly offset: number;
  readonly size: number;
}

/** A structure with C layout, from `struct`. */
export interface StructType<T> extends TypeObject {
  readonly [made]: T;
  readonly fields: { readonly [K in keyof T]: FieldLayout };
}

/** `n` bytes of text, from `char`. */
export interface CharType<N extends number = number> extends TypeObject {
  readonly [made]: ['char', N];
  readonly length: N;
}

/** `n` wide characters, from `wchar`. */
export interface WcharType<N extends number = number> extends TypeObject {
  readonly [made]: ['wchar', N];
  readonly length: N;
}

/** `n` elements of one type, from `array`. */
export interface ArrayType<E, N extends number = number> extends TypeObject {
  readonly [made]: ['array', E];
  readonly length: N;
}

/** Integers of at most 32 bits: JavaScript numbers. */
export type IntCode = 'b' | 'B' | 'h' | 'H' | 'i' | 'I' | 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32';
/** Integers of 64 bits: bigints. */
export type BigCode = 'l' | 'L' | 'q' | 'Q' | 'int64' | 'uint64';
export type FloatCode = 'f' | 'd' | 'float32' | 'float64';
/** One byte, or one wide character. */
export type CharCode = 'c' | 'char';
export type WcharCode = 'u' | 'wchar';
export type BoolCode = '?' | 'bool';
export type TypeCode = IntCode | BigCode | FloatCode | CharCode | WcharCode | BoolCode;

export type TypedArrayConstructor =
  | Int8ArrayConstructor
  | Uint8ArrayConstructor
  | Uint8ClampedArrayConstructor
  | Int16ArrayConstructor
  | Uint16ArrayConstructor
  | Int32ArrayConstructor
  | Uint32ArrayConstructor
  | BigInt64ArrayConstructor
  | BigUint64ArrayConstructor
  | Float32ArrayConstructor
  | Float64ArrayConstructor;

/** Whatever names a type. */
export type CType = TypeCode | TypedArrayConstructor | StructType<any> | CharType | WcharType | ArrayType<any>;

export interface ArrayOfCode {
  b: Int8Array;
  B: Uint8Array;
  h: Int16Array;
  H: Uint16Array;
  i: Int32Array;
  I: Uint32Array;
  q: BigInt64Array;
  Q: BigUint64Array;
  l: BigInt64Array;
  L: BigUint64Array;
  f: Float32Array;
  d: Float64Array;
  int8: Int8Array;
  uint8: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
  float32: Float32Array;
  float64: Float64Array;
  c: CharArray;
  char: CharArray;
  u: WcharArray;
  wchar: WcharArray;
}

/** `Yes` for `any`, whose every condition is both true and false. */
type IfAny<T, Yes, No> = 0 extends 1 & T ? Yes : No;

/** What a value of a type is in JavaScript. */
export type JsValue<T> = IfAny<T, any, JsValueOf<T>>;

type JsValueOf<T> = T extends BoolCode
  ? boolean
  : T extends CharCode | WcharCode
    ? string
    : T extends BigCode
      ? bigint
      : T extends IntCode | FloatCode
        ? number
        : T extends StructType<infer S>
          ? S
          : T extends CharType | WcharType
            ? string
            : T extends ArrayType<infer E>
              ? E extends CharCode | WcharCode
                ? string
                : FixedArray<JsValue<E>>
              : T extends { new (length: number): infer A }
                ? A extends { [index: number]: infer V }
                  ? V
                  : never
                : never;

/** An array of fixed length in shared memory: a field of a structure. A plain array can be assigned to it. */
export interface FixedArray<V> {
  [index: number]: V;
  readonly length: number;
  at(index: number): V | undefined;
  [Symbol.iterator](): IterableIterator<V>;
}

/** The same for elements that no typed array can hold: booleans, texts, structures, arrays. `get` and `set` are quicker than an index. */
export interface RawItems<V> extends FixedArray<V> {
  /** An element; a negative index counts from the end. Throws RangeError. */
  get(index: number): V;
  /** Throws RangeError, TypeError. */
  set(index: number, value: Initial<V>): void;
  fill(value: Initial<V>, start?: number, end?: number): this;
  slice(start?: number, end?: number): V[];
}

/** Bytes that hold text: a Buffer with CPython's `value` and `raw`. */
export interface CharArray extends Buffer {
  /** The text up to the first NUL, as UTF-8. Setting it fills the rest with NUL; takes bytes, too. Throws RangeError when it is too long. */
  get value(): string;
  set value(text: string | Uint8Array);
  /** All bytes, as a view of the same memory. Setting it writes from the start on. Throws RangeError when it is too long. */
  get raw(): Buffer;
  set raw(bytes: Uint8Array);
}

/** Wide characters (4 bytes each, as `wchar_t` on Linux). An element is a string of one character. */
export interface WcharArray extends RawItems<string> {
  /** The text up to the first NUL. Setting it fills the rest with NUL. Throws RangeError when it is too long. */
  value: string;
}

/** What an initial value may look like: fields and elements that are missing are zero. */
export type Initial<V> = IfAny<V, any, InitialOf<V>>;

type InitialOf<V> = V extends string | number | bigint | boolean
  ? V
  : V extends FixedArray<infer E>
    ? Iterable<Initial<E>>
    : V extends object
      ? { readonly [K in keyof V]?: Initial<V[K]> }
      : V;

/** A size, or the elements. Arrays of `c` also take bytes; a string is its UTF-8 there. */
export type SizeOrInit<T> =
  | number
  | Iterable<Initial<JsValue<T>>>
  | ArrayLike<Initial<JsValue<T>>>
  | (T extends CharCode ? Uint8Array : never);

/** What `RawArray` returns. */
export type NativeArray<T> = IfAny<T, any, NativeArrayOf<T>>;

type NativeArrayOf<T> = T extends keyof ArrayOfCode
  ? ArrayOfCode[T]
  : T extends { new (length: number): infer A }
    ? A
    : RawItems<JsValue<T>>;

/** A single number, boolean or character in shared memory. */
export interface RawCell<T> {
  /** Setting it throws TypeError, RangeError for what does not fit. */
  value: JsValue<T>;
  /** Keeps the type for the compiler; it does not exist. */
  readonly [made]?: T;
}

/** What `RawValue` returns. */
export type NativeValue<T> = IfAny<T, any, NativeValueOf<T>>;

type NativeValueOf<T> =
  T extends StructType<infer S>
    ? S
    : T extends CharType
      ? CharArray
      : T extends WcharType
        ? WcharArray
        : T extends ArrayType<infer E>
          ? NativeArray<E>
          : RawCell<T>;

type Simplify<T> = { [K in keyof T]: T[K] } & {};
/** The structure that `struct(fields)` describes. */
export type StructOf<F> = Simplify<{ -readonly [K in keyof F]: JsValue<F[K]> }>;
