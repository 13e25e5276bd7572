import { ARRAY_EXTRA, END, FLOAT64, HOLE, INT16, INT32, NUMBERS, SMALL_INTEGER } from './format.ts';
import type { ValueReader } from './value_reader.ts';

/** The contents of arrays, Map and Set. The container is there already: deferred contents come later than it. */

/** A gap of more elements than this makes V8 keep an array as a dictionary; we see to it for lengths too. */
const DENSE_GAP = 1024;
/** Up to this length arrays without holes stay packed: they start empty and grow. */
const GROWN_LENGTH = 64;
const LONGEST_ARRAY = 2 ** 32 - 1;

const addToMap = Map.prototype.set;
const addToSet = Set.prototype.add;

export function readArray(reader: ValueReader, array: unknown[], tag: number): unknown[] {
  const length = reader.varint();
  if (length > LONGEST_ARRAY) reader.damaged('an array is too long');
  // Growing costs more than the elements themselves. Not where most are absent, and never more than the message is worth.
  if (length > GROWN_LENGTH && length <= reader.end - reader.position) array.length = length;
  let next = 0;
  while (next < length) {
    const tag = reader.bytes[reader.position];
    if (tag === HOLE) next += reader.hole(length - next);
    else if (tag === NUMBERS) {
      reader.position++;
      next = reader.run(array, next, length);
    } else if (tag >= SMALL_INTEGER || tag === INT16 || tag === INT32 || tag === FLOAT64) {
      const start = next;
      next = reader.numbers(array, start, length);
      if (next === start) reader.damaged('it ends in the middle of a number');
    } else array[next++] = reader.value();
  }
  if (array.length !== length) setLength(array, length);
  if (tag === ARRAY_EXTRA) reader.fields(array);
  return array;
}

/** Setting a length allocates as many elements, 8 bytes each, below 2^25; above it the array becomes a dictionary, and stays one. */
function setLength(array: unknown[], length: number): void {
  if (length > array.length + DENSE_GAP) array.length = LONGEST_ARRAY;
  array.length = length;
}

export function readMap(reader: ValueReader, map: Map<unknown, unknown>): Map<unknown, unknown> {
  while (!atEnd(reader)) {
    const key = reader.value();
    addToMap.call(map, key, reader.value());
  }
  return map;
}

export function readSet(reader: ValueReader, set: Set<unknown>): Set<unknown> {
  while (!atEnd(reader)) addToSet.call(set, reader.value());
  return set;
}

function atEnd(reader: ValueReader): boolean {
  if (reader.bytes[reader.position] !== END) return false;
  reader.position++;
  return true;
}
