/** Arrays of one type, of fixed length. */
import { argumentRangeError } from '../base/errors.ts';
import { checkCount } from './counts.ts';
import { Items, writeElements } from './items.ts';
import { Memory } from './memory.ts';
import { resolve } from './resolve.ts';
import { charType, wcharType } from './texts.ts';
import { bytesOf, Type, wrongType } from './type.ts';
import type { ArrayType, CType } from './type_names.ts';

/**
 * `n` elements of one type, C's `T[n]`: for fields of a structure, and nested for more dimensions. Arrays of `c` and `u` are `char(n)` and
 * `wchar(n)`. Throws TypeError for what is no type, and TypeError or RangeError when `n` is no size.
 */
export function array<const E extends CType, N extends number>(element: E, n: N): ArrayType<E, N> {
  return arrayType(resolve(element), checkCount('array(type, n): n', n)) as unknown as ArrayType<E, N>;
}

/** As C's: of characters it is a text. */
export function arrayType(element: Type, length: number): Type {
  if (element.description === 'c') return charType(length);
  if (element.description === 'u') return wcharType(length);
  return itemsType(element, length);
}

/** Also of characters, for who wants each of them. */
export function itemsType(element: Type, length: number): Type {
  const name = `${element.name}_Array_${length}`;
  const size = bytesOf(element, length);
  if (size < 0) throw argumentRangeError(`${name} would be larger than any memory`);
  const { native } = element;
  const type: Type = new Type({
    kind: 'array',
    name,
    description: ['array', element.description, length],
    size,
    alignment: element.alignment,
    element,
    length,
    read: (memory, offset) => (native ? new native(memory.buffer, offset, length) : new Items(type, memory, offset)),
    write(memory, offset, value) {
      const source = elementsOf(name, length, value);
      // In memory of its own first: a bad element leaves everything as it was, and the source may be this very memory.
      const staged = new Memory(new ArrayBuffer(size));
      writeElements(element, staged, 0, source);
      memory.u8.set(staged.u8, offset);
    },
  });
  return type;
}

/** The elements of an array, an iterable or an array-like; at most `length`. */
export function elementsOf(name: string, length: number, value: unknown): ArrayLike<unknown> {
  const source = listOf(value);
  if (source === undefined) throw wrongType(name, 'an array or an iterable of elements', value);
  if (source.length > length) throw argumentRangeError(`${name} holds ${length} elements, and ${source.length} were given`);
  return source;
}

export function listOf(value: unknown): ArrayLike<unknown> | undefined {
  if (typeof value === 'string') return Array.from(value);
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView)))
    return value as ArrayLike<unknown> & object;
  const { length } = value as { length?: unknown };
  return Symbol.iterator in value || Number.isInteger(length) ? Array.from(value as ArrayLike<unknown>) : undefined;
}
