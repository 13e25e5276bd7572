/**
 * The end of what a pool's worker writes to its standard error, for the error that tells of its death. It is written where it always was, at once and by the worker
 * itself; a copy goes to a file in the session's folder, which is there only when something was written (docs/decisions/0019-last-words.md has what else was thought of).
 *
 * The file grows by appending up to FILE_BYTES; then its last KEPT_BYTES become the file, by a rename. So its reader finds, wherever the worker died, a whole file that ends
 * with the last write but perhaps one.
 */
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { OwnerWord } from '../memory/participants.ts';
import { slotOf } from '../memory/participants.ts';

const KEPT_BYTES = 4096;
const FILE_BYTES = 4 * KEPT_BYTES;
/** Of that, what an error's message shows. */
const SHOWN_LINES = 10;
const SHOWN_CHARACTERS = 200;
const STACK_LINE = /^\s+at /;

function fileOf(directory: string, owner: OwnerWord): string {
  return join(directory, `stderr-${slotOf(owner)}-${owner >>> 0}`);
}

// ---- the worker

interface OutputStream {
  _write(chunk: Buffer | string, encoding: BufferEncoding, done: (error?: Error | null) => void): void;
  _writev?(chunks: readonly { chunk: Buffer | string; encoding: BufferEncoding }[], done: (error?: Error | null) => void): void;
}

/** From now on. To make the stream costs some ms: that is done when somebody writes. Returns what adds to them a text that Node itself writes, past the stream. */
export function keepLastWords(directory: string, owner: OwnerWord): (text: string) => void {
  const words = new LastWords(fileOf(directory, owner));
  const { get } = Object.getOwnPropertyDescriptor(process, 'stderr')!;
  let stream: OutputStream | undefined;
  Object.defineProperty(process, 'stderr', {
    configurable: true,
    enumerable: true,
    get: () => {
      stream ??= overheard(get!.call(process), words);
      return stream;
    },
  });
  return (text) => words.add(text, 'utf8');
}

/** Before it is written: a writer that is killed while it waits for a slow reader has said it. */
function overheard(stream: OutputStream, words: LastWords): OutputStream {
  const { _write, _writev } = stream;
  stream._write = function (chunk, encoding, done) {
    words.add(chunk, encoding);
    _write.call(this, chunk, encoding, done);
  };
  if (_writev) {
    stream._writev = function (chunks, done) {
      for (const { chunk, encoding } of chunks) words.add(chunk, encoding);
      _writev.call(this, chunks, done);
    };
  }
  return stream;
}

class LastWords {
  readonly #path: string;
  #fd: number | undefined;
  #length = 0;

  constructor(path: string) {
    this.#path = path;
  }

  add(chunk: Buffer | string, encoding: BufferEncoding): void {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
    try {
      // Truncated: the last process with this name is long gone.
      this.#fd ??= openSync(this.#path, 'w', 0o600);
      if (this.#length + bytes.length > FILE_BYTES) this.#shorten();
      this.#length += writeSync(this.#fd, bytes.subarray(-KEPT_BYTES));
    } catch {
      // A full disk costs the copy, not the output.
    }
  }

  #shorten(): void {
    const next = `${this.#path}.next`;
    const kept = readFileSync(this.#path).subarray(-KEPT_BYTES);
    writeFileSync(next, kept);
    renameSync(next, this.#path);
    closeSync(this.#fd!);
    this.#fd = openSync(this.#path, 'a');
    this.#length = kept.length;
  }
}

// ---- its parent

/** Of a process that has ended; '' when it has written nothing. It can be taken once. */
export function takeLastWords(directory: string, owner: OwnerWord): string {
  const path = fileOf(directory, owner);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
    rmSync(path);
  } catch {
    return '';
  }
  const text = bytes.subarray(-KEPT_BYTES).toString();
  // It may begin in the middle of a character.
  return bytes.length > KEPT_BYTES ? text.replace(/^\uFFFD+/, '') : text;
}

/** For the end of an error's message: the last lines, but not those of a stack, which would take the place of what it is the stack of. */
export function quoted(words: string): string {
  const telling = words.split('\n').filter((line) => line.trim() !== '' && !STACK_LINE.test(line));
  const lines = telling.slice(-SHOWN_LINES).map((line) => `  | ${line.slice(0, SHOWN_CHARACTERS)}`);
  return lines.length === 0 ? '' : `. The last that it wrote to its standard error:\n${lines.join('\n')}`;
}
