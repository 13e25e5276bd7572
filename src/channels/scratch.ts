/**
 * Copying small messages out of shared memory. What is about to be decoded at once goes to a scratch buffer, which costs no allocation. A native copy
 * needs a view of its source, 80 ns in all; below LOOP_BYTES a loop over words is done sooner. (Copying in needs no view: 20 ns at any small size.)
 */
import { copyBytes } from '../platform/fresh_bytes.ts';

const LOOP_BYTES = 96;
/** Views of the scratch buffer up to this length are made once. */
const CACHED_VIEWS = 1024;

let scratch = Buffer.allocUnsafeSlow(16 * 1024);
let scratchWords: Int32Array = new Int32Array(scratch.buffer);
let views: Uint8Array[] = [];
/** How many decodings are under way: what they run may receive something itself. */
let borrowed = 0;

/** Copies bytes out of shared memory: to memory of their own (`own`), or to the scratch buffer, where they stand until the next call. */
export function copyOut(words: Int32Array, word: number, length: number, own: boolean): Uint8Array {
  if (own || borrowed > 0) return copyBytes(new Uint8Array(words.buffer, word * 4, length));
  if (length > scratch.length) growScratch(length);
  if (length <= LOOP_BYTES) {
    const target = scratchWords;
    const count = (length + 3) >>> 2;
    for (let i = 0; i < count; i++) target[i] = words[word + i];
  } else scratch.set(new Uint8Array(words.buffer, word * 4, length));
  return length < CACHED_VIEWS ? (views[length] ?? makeViews(length)) : scratch.subarray(0, length);
}

/** While `borrow` is on, the scratch buffer stays as it is. Pair with `giveBack`. */
export function borrow(): void {
  borrowed++;
}

export function giveBack(): void {
  borrowed--;
}

function growScratch(length: number): void {
  scratch = Buffer.allocUnsafeSlow(Math.ceil(length / 4096) * 4096);
  scratchWords = new Int32Array(scratch.buffer);
  views = [];
}

function makeViews(length: number): Uint8Array {
  while (views.length <= length) views.push(new Uint8Array(scratch.buffer, 0, views.length));
  return views[length];
}
