/**
 * Memory of its own for content that came from another process: taken again and again, and let go of again and again.
 *
 * Pages that are new to a process cost more than everything else about a large message (3.5 us each on a virtual machine: a pipe's messages of 1 MiB come at 0.85 GB/s
 * with new pages, at 3.2 with old ones). The garbage collector frees many messages at once, and the GNU C library then gives them back to the system, unless the program
 * has freed a larger block before: what it once had it will want again. So it gets one (decision 30). When no more such content comes, freed memory is given back: anything
 * that is still in use above it would keep it.
 */
import { platform } from './current.ts';

/** From here on that library asks the system at each allocation, at first. Below it memory comes back as it is. */
export const LARGE = 128 * 1024;
/** The most that it takes as a sign is 32 MiB. Up to twice as much freed memory stays in the process. */
const SIGN = 31 * 1024 * 1024;

/** After so many ms without large content freed memory goes back; and again, each time after twice as long, for what the garbage collector frees later. */
const FIRST_MS = 1000;
const LAST_MS = 64_000;

let isKept = false;
let wasAsked = false;
let isWatched = false;

/** Not zeroed. Its ArrayBuffer may be shared with other small ones. */
export function freshBytes(length: number): Buffer {
  if (length >= LARGE) keepFreed();
  return Buffer.allocUnsafe(length);
}

/** Not zeroed, and nobody else's. */
export function freshArrayBuffer(length: number): ArrayBuffer {
  if (length < LARGE) return new ArrayBuffer(length);
  keepFreed();
  return Buffer.allocUnsafeSlow(length).buffer as ArrayBuffer;
}

/** A copy in memory of its own. (`slice` copies a Uint8Array, but of a Buffer it makes a view.) */
export function copyBytes(bytes: Uint8Array): Buffer {
  const copy = freshBytes(bytes.length);
  copy.set(bytes);
  return copy;
}

function keepFreed(): void {
  wasAsked = true;
  if (!isWatched) watch(FIRST_MS);
  if (isKept) return;
  isKept = true;
  platform().allocateOnce(SIGN);
}

function watch(ms: number): void {
  isWatched = true;
  const look = (): void => {
    if (wasAsked) {
      wasAsked = false;
      watch(FIRST_MS);
      return;
    }
    platform().giveFreedBack();
    isWatched = ms < LAST_MS;
    if (isWatched) watch(2 * ms);
  };
  setTimeout(look, ms).unref();
}
