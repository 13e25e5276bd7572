/**
 * Runs of numbers in arrays, as NUMBERS: half the time of number by number in long arrays, and fewer bytes. They are gathered in memory of this module, whose bytes are copied at
 * once: a run is always shorter than what a `Sink` leaves where it is (PART_SIZE).
 */
import { NUMBERS_MOST } from './format.ts';

/** Fewer than these go one by one. */
export const RUN_LEAST = 24;

let gatherings = 0;
const floats = new Float64Array(NUMBERS_MOST);
const ints = new Int32Array(floats.buffer, 0, NUMBERS_MOST);
const shorts = new Int16Array(NUMBERS_MOST);
const tinies = new Int8Array(NUMBERS_MOST);

/** What was gathered last. */
export const run: { count: number; size: 1 | 2 | 4 | 8 } = { count: 0, size: 4 };

/** Gathers the numbers that stand at array[from] and after it, up to NUMBERS_MOST: integers of 32 bits, or all. False = too few. */
export function gather(array: readonly unknown[], from: number, to: number): boolean {
  const most = Math.min(to - from, NUMBERS_MOST);
  if (most < RUN_LEAST) return false;
  // A look at some before the work: most arrays hold numbers only, or none.
  for (let i = 1; i < RUN_LEAST; i++) if (typeof array[from + i] !== 'number') return false;
  const gathering = ++gatherings;
  // A getter of the array, or a Proxy, may encode something itself.
  return (gatherInts(array, from, most) || gatherFloats(array, from, most)) && gathering === gatherings;
}

function gatherInts(array: readonly unknown[], from: number, most: number): boolean {
  let bits = 0;
  let i = 0;
  for (; i < most; i++) {
    const value = array[from + i];
    if (typeof value !== 'number') break;
    const int = value | 0;
    // -0 is no integer here.
    if (int !== value || (int === 0 && 1 / value < 0)) break;
    bits |= int ^ (int >> 31);
    ints[i] = int;
  }
  run.count = i;
  run.size = bits <= 0x7f ? 1 : bits <= 0x7fff ? 2 : 4;
  return i >= RUN_LEAST;
}

function gatherFloats(array: readonly unknown[], from: number, most: number): boolean {
  let i = 0;
  for (; i < most; i++) {
    const value = array[from + i];
    if (typeof value !== 'number') break;
    floats[i] = value;
  }
  run.count = i;
  run.size = 8;
  return i >= RUN_LEAST;
}

const bytesOf = { 1: asBytes(tinies), 2: asBytes(shorts), 4: asBytes(ints), 8: asBytes(floats) };
const typed = { 1: tinies, 2: shorts, 4: ints, 8: floats };

/** The bytes of what was gathered, until the next run. */
export function runBytes(): Uint8Array {
  const { count, size } = run;
  if (size < 4) typed[size].set(ints.subarray(0, count));
  return bytesOf[size].subarray(0, count * size);
}

/** Spreads `count` numbers of `size` bytes each, from `start` on, into array[at] and those after it. */
export function spread(bytes: Uint8Array, start: number, count: number, size: 1 | 2 | 4 | 8, array: unknown[], at: number): void {
  bytesOf[size].set(bytes.subarray(start, start + count * size));
  const numbers = typed[size];
  for (let i = 0; i < count; i++) array[at + i] = numbers[i];
}

function asBytes({ buffer, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, 0, byteLength);
}
