/** An array in shared memory, with a lock. */
import { inspect } from 'node:util';
import { argumentRangeError, argumentTypeError } from '../base/errors.ts';
import { setRaw } from './char_array.ts';
import { checkIndex, sliceRange } from './counts.ts';
import { writeElements } from './items.ts';
import { Memory } from './memory.ts';
import { initialElements, newArray, type Place } from './raw.ts';
import { resolve } from './resolve.ts';
import { type AnyLock, type LockOption, lockFor, Synchronized } from './synchronized.ts';
import type { Type } from './type.ts';
import type { CharCode, CType, Initial, JsValue, NativeArray, SizeOrInit, WcharCode } from './type_names.ts';
import { registerSynchronized } from './wire.ts';

/** From `arrayAt`: the constructor takes a place that exists instead of making one. */
let adopted: { place: Place; lock: AnyLock | undefined } | undefined;

/**
 * An array in shared memory, with a lock, as `multiprocessing.Array`. Passed on or sent it stays the same memory and the same lock.
 *
 * ```ts
 * const sums = new SharedArray('d', 10);
 * sums.set(0, 1.5);
 * await sums.runExclusive(() => sums.set(1, sums.get(0) + sums.get(1)));
 * ```
 *
 * `get` and `set` take no lock (CPython's do): a number is read and written in one piece anyway. What has to hold for several elements, or between a
 * `get` and a `set`, needs the lock: `runExclusive`, or `using held = await sums.hold()`. `getObj()` is the typed array behind it, for speed and Atomics.
 */
export class SharedArray<T extends CType> extends Synchronized {
  readonly #type: Type;
  readonly #element: Type;
  readonly #memory: Memory;
  readonly #offset: number;
  readonly #size: number;
  readonly #isView: boolean;
  /** Elements. */
  readonly length: number;

  /**
   * Zeros, or elements. Throws TypeError for an unknown type (naming those there are) and for elements of a wrong type, RangeError for a bad size and
   * for elements that do not fit, SharedMemoryError when the session's memory is used up.
   */
  constructor(type: T, sizeOrInit: NoInfer<SizeOrInit<T>>, options?: LockOption) {
    const { place, lock } = adopted ?? { place: newArray('SharedArray', resolve(type), sizeOrInit), lock: lockFor(options) };
    super(place, lock);
    this.#type = place.type;
    this.#element = elementOf(place.type);
    this.#memory = place.memory;
    this.#offset = place.offset;
    this.#size = this.#element.size;
    this.#isView = this.#element.kind === 'struct' || this.#element.kind === 'array';
    this.length = place.type.length!;
  }

  /** An element; a negative index counts from the end. Throws RangeError, TypeError. */
  get(index: number): JsValue<T> {
    const at = this.#at(index);
    return this.#isView ? this.#view(at) : this.#element.read(this.#memory, this.#offset + at * this.#size);
  }

  #at(index: number): number {
    const isPlain = typeof index === 'number' && index >>> 0 === index && index < this.length;
    return isPlain ? index : checkIndex(String(this), index, this.length);
  }

  /** The same object each time. */
  #view(at: number): any {
    return Synchronized.objectOf(this).get(at);
  }

  /** Writes an element. Throws RangeError, TypeError. */
  set(index: number, value: Initial<JsValue<T>>): void;
  /** Writes several, from `offset` on; all or none of them. Throws RangeError where they reach beyond the end. */
  set(values: Iterable<Initial<JsValue<T>>> | (T extends CharCode ? Uint8Array : never), offset?: number): void;
  set(indexOrValues: any, valueOrOffset?: any): void {
    if (typeof indexOrValues !== 'number') {
      this.#setAll(indexOrValues, valueOrOffset ?? 0);
      return;
    }
    const at = this.#at(indexOrValues);
    this.#element.write(this.#memory, this.#offset + at * this.#size, valueOrOffset);
  }

  #setAll(values: unknown, offset: number): void {
    const source = initialElements(`${this}.set`, this.#element, values, 'an index and a value, or elements');
    if (!(Number.isInteger(offset) && offset >= 0 && offset + source.length <= this.length))
      throw argumentRangeError(
        `${source.length} elements from index ${offset} on do not fit into ${this}, which has ${this.length}`,
      );
    const staged = new Memory(new ArrayBuffer(source.length * this.#size));
    if (source instanceof Uint8Array && this.#element.description === 'c') staged.u8.set(source);
    else writeElements(this.#element, staged, 0, source);
    this.#memory.u8.set(staged.u8, this.#offset + offset * this.#size);
  }

  /** Writes `value` to the elements from `start` to before `end` (all; negative ones count from the end). */
  fill(value: Initial<JsValue<T>>, start?: number, end?: number): this {
    const [from, to] = sliceRange(start, end, this.length);
    for (let i = from; i < to; i++) this.#element.write(this.#memory, this.#offset + i * this.#size, value);
    return this;
  }

  /** A plain array of the elements from `start` to before `end` (all; negative ones count from the end). Structures in it are still shared. */
  slice(start?: number, end?: number): JsValue<T>[] {
    const [from, to] = sliceRange(start, end, this.length);
    const elements: JsValue<T>[] = [];
    for (let i = from; i < to; i++) elements.push(this.get(i));
    return elements;
  }

  *[Symbol.iterator](): IterableIterator<JsValue<T>> {
    for (let i = 0; i < this.length; i++) yield this.get(i);
  }

  /** What RawArray would have returned: the same memory without the lock. For numbers a typed array. */
  getObj(): NativeArray<T> {
    return Synchronized.objectOf(this);
  }

  /** Of 'c' and 'u': the text up to the first NUL. Setting it fills the rest with NUL. Throws RangeError when it is too long, TypeError for other types. */
  get value(): T extends CharCode | WcharCode ? string : never {
    return this.#text('value').read(this.#memory, this.#offset);
  }

  set value(text: T extends CharCode | WcharCode ? string : never) {
    this.#text('value').write(this.#memory, this.#offset, text);
  }

  /** Of 'c': all bytes, as a view of the same memory. Setting it writes from the start on. Throws RangeError, TypeError as `value`. */
  get raw(): T extends CharCode ? Buffer : never {
    return Buffer.from(this.#memory.buffer, this.#offset, this.#text('raw').size) as never;
  }

  set raw(bytes: T extends CharCode ? Uint8Array : never) {
    setRaw(this.raw, bytes);
  }

  #text(member: string): Type {
    if (this.#type.kind === 'char' || (this.#type.kind === 'wchar' && member === 'value')) return this.#type;
    throw argumentTypeError(`${this} has no '${member}': only arrays of 'c'${member === 'value' ? " and 'u'" : ''} do`);
  }

  toJSON(): JsValue<T>[] {
    return this.slice();
  }

  override toString(): string {
    return `<SynchronizedArray wrapper for ${this.#type.name}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](_depth: number, options: object): string {
    const shown = this.#type.kind === 'array' ? this.slice(0, 101) : this.#type.read(this.#memory, this.#offset);
    return `<SynchronizedArray wrapper for ${this.#type.name} ${inspect(shown, options)}>`;
  }
}

/** The SharedArray of a place that exists. */
export function arrayAt(place: Place, lock: AnyLock | undefined): SharedArray<any> {
  adopted = { place, lock };
  try {
    return new SharedArray('b', 0);
  } finally {
    adopted = undefined;
  }
}

registerSynchronized(11, SharedArray<any>, (place, lock) => (place.type.length === undefined ? undefined : arrayAt(place, lock)));

function elementOf(type: Type): Type {
  return type.element ?? resolve(type.kind === 'char' ? 'c' : 'u');
}
