import { inspect, types } from 'node:util';
import { ARRAY, ARRAY_EXTRA, HOLE } from './format.ts';
import type { ValueWriter } from './value_writer.ts';

/**
 * Arrays: elements, holes, and properties that are not indices.
 *
 * No operation of the language tells in O(1) whether an array has other properties than its elements: Object.keys makes
 * a string of every index (50 us for 1000). util.inspect can: told to show no element, it shows the other properties,
 * in 1.8 us at any length.
 */

const KEYS_LENGTH = 32;
const noElements = { maxArrayLength: 0, depth: 0, customInspect: false, breakLength: Infinity } as const;
const { hasOwn } = Object;

export function writeArray(writer: ValueWriter, array: unknown[]): void {
  const { length } = array;
  const keys = length <= KEYS_LENGTH ? smallArrayKeys(array, length) : largeArrayKeys(array, length);
  if (keys === undefined) {
    writer.byte(ARRAY);
    writer.varint(length);
    writeDense(writer, array, length);
    return;
  }
  const extra = keys.slice(countIndices(keys));
  writer.byte(extra.length > 0 ? ARRAY_EXTRA : ARRAY);
  writer.varint(length);
  writeSparse(writer, array, length, 0, keys);
  if (extra.length > 0) writer.fields(array, extra);
}

/** The keys, or undefined when they are exactly the indices. */
function smallArrayKeys(array: unknown[], length: number): string[] | undefined {
  const keys = Object.keys(array);
  return keys.length === length && (length === 0 || keys[length - 1] === String(length - 1)) ? undefined : keys;
}

/** The keys, or undefined when all of them are indices. */
function largeArrayKeys(array: unknown[], length: number): string[] | undefined {
  // inspect looks behind a Proxy.
  if (types.isProxy(array)) return Object.keys(array);
  return inspect(array, noElements) === `[ ... ${length} more items ]` ? undefined : Object.keys(array);
}

function writeDense(writer: ValueWriter, array: unknown[], length: number): void {
  writer.at(0);
  for (let i = 0; i < length; i++) {
    const value = array[i];
    if (typeof value === 'number') i = writer.numbers(array, i, length) - 1;
    else if (value === undefined && !hasOwn(array, i)) {
      writeSparse(writer, array, length, i, Object.keys(array));
      return;
    } else {
      writer.at(i);
      writer.value(value);
    }
  }
}

/** From index `start` on, going from key to key: an array of length 4e9 with three elements costs three steps. */
function writeSparse(writer: ValueWriter, array: unknown[], length: number, start: number, keys: string[]): void {
  const indices = countIndices(keys);
  let next = start;
  for (let i = 0; i < indices && next < length; i++) {
    const index = Number(keys[i]);
    if (index < next) continue;
    const value = array[index];
    if (value === undefined && !hasOwn(array, index)) continue;
    if (index > next) writeHoles(writer, index - next);
    writer.at(index);
    writer.value(value);
    next = index + 1;
  }
  if (next < length) writeHoles(writer, length - next);
}

function writeHoles(writer: ValueWriter, count: number): void {
  writer.byte(HOLE);
  writer.varint(count);
}

/** Indices come first among the keys of an array, in ascending order. */
function countIndices(keys: string[]): number {
  let count = keys.length;
  while (count > 0 && !isIndex(keys[count - 1])) count--;
  return count;
}

function isIndex(key: string): boolean {
  const index = Number(key);
  return index >= 0 && index < 2 ** 32 - 1 && String(index) === key && Number.isInteger(index);
}
