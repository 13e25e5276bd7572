/** Shared memory without a lock: `RawValue` and `RawArray`. */
import { inspect } from 'node:util';
import { argumentTypeError } from '../base/errors.ts';
import { createSharedBuffer, forgetSharedBuffer } from '../memory/shared_buffer.ts';
import { arrayType, itemsType, listOf } from './arrays.ts';
import { charArray } from './char_array.ts';
import { checkCount } from './counts.ts';
import { WideItems, writeElements } from './items.ts';
import { Memory } from './memory.ts';
import { resolve } from './resolve.ts';
import { scalarNamed, scalarOfClass } from './scalars.ts';
import { type AnyTypedArray, shown, type Type, wrongType } from './type.ts';
import type { CType, Initial, JsValue, NativeArray, NativeValue, SizeOrInit } from './type_names.ts';
import { View } from './view.ts';

/** A single number, boolean or character. */
export class RawCell extends View {
  get value(): any {
    return View.typeOf(this).read(View.memoryOf(this), View.offsetOf(this));
  }

  set value(value: any) {
    View.typeOf(this).write(View.memoryOf(this), View.offsetOf(this), value);
  }

  toJSON(): unknown {
    return this.value;
  }

  override toString(): string {
    return `${View.typeOf(this).name}(${inspect(this.value)})`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/** A place in shared memory: what it is, and where. */
export interface Place {
  readonly type: Type;
  readonly memory: Memory;
  readonly offset: number;
}

/**
 * A value in shared memory, zero or `initial`, without a lock: an object with `value`; of a structure its fields, of an array or a text what
 * RawArray gives. It travels by reference, like everything here.
 * Throws TypeError and RangeError for a value that does not fit the type, SharedMemoryError when the session's memory is used up.
 */
export function RawValue<const T extends CType>(type: T, initial?: NoInfer<Initial<JsValue<T>>>): NativeValue<T> {
  return objectAt(newValue(resolve(type), initial)) as NativeValue<T>;
}

/**
 * `size` zeros, or the given elements, in shared memory: a typed array (`Int32Array` for 'i', `BigInt64Array` for 'q' ...) that JavaScript and
 * `Atomics` use at full speed, and that checks nothing: it wraps around as any typed array does. 'c' gives a Buffer with `value` and `raw`.
 * What no typed array holds ('?', 'u', structures, texts, arrays) gives an object that is indexed like one, with `get`, `set` and `length`.
 *
 * Anything that is passed on or sent, a `subarray` too, arrives as a view of the same memory.
 * Throws TypeError and RangeError for a bad size or element, SharedMemoryError when the session's memory is used up.
 */
export function RawArray<const T extends CType>(type: T, sizeOrInit: NoInfer<SizeOrInit<T>>): NativeArray<T> {
  return objectAt(newArray('RawArray', resolve(type), sizeOrInit)) as NativeArray<T>;
}

export function newValue(type: Type, initial: unknown): Place {
  const place = newPlace(type);
  return initial === undefined ? place : filled(place, () => type.write(place.memory, 0, initial));
}

export function newPlace(type: Type): Place {
  return { type, memory: Memory.of(createSharedBuffer(type.size)), offset: 0 };
}

/** The type of the place is an array's or a text's. */
export function newArray(who: string, element: Type, sizeOrInit: unknown): Place {
  if (typeof sizeOrInit === 'number') return newPlace(arrayType(element, checkCount(`${who}: the size`, sizeOrInit)));
  const source = initialElements(who, element, sizeOrInit);
  const place = newPlace(arrayType(element, source.length));
  return filled(place, () => fill(place, element, source));
}

/** Nobody has seen the memory of a value that was refused: it goes back at once. */
function filled(place: Place, write: () => void): Place {
  try {
    write();
    return place;
  } catch (error) {
    forgetSharedBuffer(place.memory.buffer);
    throw error;
  }
}

function fill({ memory }: Place, element: Type, source: ArrayLike<unknown>): void {
  const { native } = element;
  if (native && source instanceof native) (new native(memory.buffer, 0, source.length) as Int32Array).set(source as Int32Array);
  else if (source instanceof Uint8Array && element.description === 'c') memory.u8.set(source);
  else writeElements(element, memory, 0, source);
}

/** A string for an array of 'c' is its UTF-8, and bytes are bytes. */
export function initialElements(
  who: string,
  element: Type,
  init: unknown,
  wanted = 'a size or the initial elements',
): ArrayLike<unknown> {
  if (typeof init === 'string' && element.description === 'c') return Buffer.from(init);
  const source = typeof init === 'string' && element.description !== 'u' ? undefined : listOf(init);
  if (source) return source;
  const hint = typeof init === 'bigint' ? ': sizes and indexes are numbers' : '';
  throw wrongType(who, `${wanted} (an array or an iterable)`, init, hint);
}

/** The object that shows a place. */
export function objectAt({ type, memory, offset }: Place): any {
  if (type.kind === 'scalar') return new RawCell(type, memory, offset);
  if (type.kind === 'char') return charArray(memory, offset, type.length!);
  if (type.kind === 'wchar') return new WideItems(itemsType(scalarNamed('u')!, type.length!), memory, offset, type);
  return type.read(memory, offset);
}

/** The place that an object of RawValue, RawArray or a typed array shows. */
export function placeOf(object: unknown): Place {
  if (object instanceof View) {
    const type = View.typeOf(object);
    const isText = object instanceof WideItems;
    return {
      type: isText ? arrayType(type.element!, type.length!) : type,
      memory: View.memoryOf(object),
      offset: View.offsetOf(object),
    };
  }
  if (ArrayBuffer.isView(object) && !(object instanceof DataView) && object.buffer instanceof ArrayBuffer) {
    const array = object as AnyTypedArray;
    const element = Buffer.isBuffer(array) ? scalarNamed('c')! : scalarOfClass(array.constructor);
    if (element)
      return { type: arrayType(element, array.length), memory: Memory.of(array.buffer as ArrayBuffer), offset: array.byteOffset };
  }
  throw argumentTypeError(
    `${shown(object)} is nothing that shows shared memory: give what RawValue, RawArray, Value or SharedArray returned, or a part of it`,
  );
}
