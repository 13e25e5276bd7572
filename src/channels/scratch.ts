/**
 * Copying small messages between shared memory and this thread. A typed array's `set` with the view that it needs costs 100 to 200 ns; for the sizes
 * that most messages have, a loop over words is done in a third of that. What is about to be decoded at once is copied to a scratch buffer, which costs no allocation.
 */

/** Up to here the loop wins. */
const LOOP_BYTES = 512;
/** Views of the scratch buffer up to this length are made once. */
const CACHED_VIEWS = 1024;

let scratch = Buffer.allocUnsafeSlow(16 * 1024);
let scratchWords: Int32Array = new Int32Array(scratch.buffer);
let views: Uint8Array[] = [];
/** How many decodings are under way: what they run may receive something itself. */
let borrowed = 0;

let sourceBuffer: ArrayBufferLike | undefined;
let sourceWords: Int32Array = scratchWords;

/** Copies `source` to a word of shared memory. */
export function copyIn(source: Uint8Array, words: Int32Array, bytes: Uint8Array, word: number): void {
  const { length } = source;
  if (length > LOOP_BYTES || !isEncoderBuffer(source)) {
    bytes.set(source, word * 4);
    return;
  }
  const count = (length + 3) >>> 2;
  for (let i = 0; i < count; i++) words[word + i] = sourceWords[i];
}

/** The encoder writes nearly all messages to the beginning of one buffer: its words are looked up once. */
function isEncoderBuffer({ buffer, byteOffset }: Uint8Array): boolean {
  if (byteOffset !== 0) return false;
  if (buffer === sourceBuffer) return true;
  if (buffer.byteLength < CACHED_VIEWS || buffer.byteLength % 4 !== 0) return false;
  sourceBuffer = buffer;
  sourceWords = new Int32Array(buffer);
  return true;
}

/** Copies bytes out of shared memory: to memory of their own (`own`), or to the scratch buffer, where they stand until the next call. */
export function copyOut(words: Int32Array, bytes: Buffer, word: number, length: number, own: boolean): Uint8Array {
  if (own || borrowed > 0) {
    const copy = Buffer.allocUnsafe(length);
    bytes.copy(copy, 0, word * 4, word * 4 + length);
    return copy;
  }
  if (length > scratch.length) growScratch(length);
  if (length <= LOOP_BYTES) {
    const count = (length + 3) >>> 2;
    for (let i = 0; i < count; i++) scratchWords[i] = words[word + i];
  } else bytes.copy(scratch, 0, word * 4, word * 4 + length);
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
