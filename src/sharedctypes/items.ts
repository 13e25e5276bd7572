/** Elements that no typed array can hold (booleans, characters, texts, structures, arrays), with the look of an array. */
import { inspect } from 'node:util';
import { argumentRangeError } from '../base/errors.ts';
import { checkIndex, sliceRange } from './counts.ts';
import type { Memory } from './memory.ts';
import { atPlace, type Type } from './type.ts';
import { View } from './view.ts';

const INDEX = /^(0|[1-9]\d{0,15})$/;
const NUMBER = /^-?\d+(\.\d+)?$/;

/**
 * Indices are served by a Proxy in the prototype chain: it is asked only for what the object and its classes lack, so methods,
 * iteration, `get` and `set` run at full speed on a plain object. (An index costs some 100 ns.)
 */
const indices = new Proxy(Object.create(View.prototype), {
  get(target, key, items: Items) {
    if (typeof key !== 'string' || !INDEX.test(key)) return Reflect.get(target, key, items);
    return Number(key) < items.length ? items.get(Number(key)) : undefined;
  },
  set(target, key, value, items: Items) {
    if (typeof key !== 'string' || !NUMBER.test(key)) return Reflect.set(target, key, value, items);
    if (!INDEX.test(key))
      throw argumentRangeError(`index ${key} is out of range for ${items}: 0 to ${items.length - 1} are valid`);
    items.set(Number(key), value);
    return true;
  },
});
abstract class IndexedView extends View {}
Object.setPrototypeOf(IndexedView.prototype, indices);

export class Items extends IndexedView {
  [index: number]: any;
  readonly #element: Type;
  readonly #length: number;
  /** Structures and arrays: their views, so that an element is the same object each time. */
  #views: View[] | undefined;

  constructor(type: Type, memory: Memory, offset: number) {
    super(type, memory, offset);
    this.#element = type.element!;
    this.#length = type.length!;
  }

  get length(): number {
    return this.#length;
  }

  get(index: number): any {
    const at = this.#place(index);
    const { kind } = this.#element;
    return kind === 'struct' || kind === 'array' ? this.#view(at) : this.#read(at);
  }

  #place(index: number): number {
    const isPlain = typeof index === 'number' && index >>> 0 === index && index < this.#length;
    return isPlain ? index : checkIndex(String(this), index, this.#length);
  }

  #read(at: number): any {
    return this.#element.read(View.memoryOf(this), View.offsetOf(this) + at * this.#element.size);
  }

  #view(at: number): View {
    this.#views ??= [];
    this.#views[at] ??= this.#read(at);
    return this.#views[at];
  }

  set(index: number, value: unknown): void {
    const at = this.#place(index);
    this.#element.write(View.memoryOf(this), View.offsetOf(this) + at * this.#element.size, value);
  }

  at(index: number): any {
    const at = Math.trunc(index) || 0;
    return at >= -this.#length && at < this.#length ? this.get(at) : undefined;
  }

  fill(value: unknown, start?: number, end?: number): this {
    const [from, to] = sliceRange(start, end, this.#length);
    for (let i = from; i < to; i++) this.set(i, value);
    return this;
  }

  slice(start?: number, end?: number): any[] {
    const [from, to] = sliceRange(start, end, this.#length);
    return Array.from({ length: to - from }, (_, i) => this.get(from + i));
  }

  *[Symbol.iterator](): IterableIterator<any> {
    for (let i = 0; i < this.#length; i++) yield this.get(i);
  }

  toJSON(): any[] {
    return this.slice();
  }

  override toString(): string {
    return `<${View.typeOf(this).name}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](_depth: number, options: object): string {
    return `${View.typeOf(this).name} ${inspect(this.slice(0, 101), options)}`;
  }
}

/** Wide characters: also a text. */
export class WideItems extends Items {
  readonly #text: Type;

  constructor(type: Type, memory: Memory, offset: number, text: Type) {
    super(type, memory, offset);
    this.#text = text;
  }

  get value(): string {
    return this.#text.read(View.memoryOf(this), View.offsetOf(this));
  }

  set value(text: string) {
    this.#text.write(View.memoryOf(this), View.offsetOf(this), text);
  }
}

/** Writes the elements of `source` one after the other. Those before one that throws are written. */
export function writeElements(element: Type, memory: Memory, offset: number, source: ArrayLike<unknown>): void {
  for (let i = 0, at = offset; i < source.length; i++, at += element.size) {
    try {
      element.write(memory, at, source[i]);
    } catch (error) {
      throw atPlace(error, `[${i}]`);
    }
  }
}
