/**
 * Whole lines to standard error, which all processes of a program share.
 *
 * The system writes up to PIPE_BUF bytes to a pipe in one piece, and no more. So a record is one `write` of at most that many; a longer one becomes several lines,
 * each with the prefix of the first. (A lock around them would be waited for by every process while the reader of one is slow.)
 * The write is synchronous: a process that ends at once, or is killed by the next statement, has said what it said.
 */
import { writeSync } from 'node:fs';

/** Linux: 4096; macOS writes 512 in one piece at the least, and what fits its buffer of 16 KiB or more in practice. */
export const MAX_LINE_BYTES = 4096;
const STDERR = 2;
/** Between two tries where the descriptor does not block and its reader is slow. */
const RETRY_MS = 1;

const idle = new Int32Array(new SharedArrayBuffer(4));

/** Writes `prefix` and `text` as one line, or as several where it is too long for one. Never throws: there is nobody left to tell. */
export function writeRecord(prefix: string, text: string): void {
  for (const line of linesOf(prefix, text)) if (!writeWhole(line)) return;
}

export function linesOf(prefix: string, text: string): Buffer[] {
  const whole = Buffer.from(`${prefix}${text}\n`);
  if (whole.length <= MAX_LINE_BYTES) return [whole];
  const head = Buffer.from(prefix);
  const body = Buffer.from(text);
  const room = Math.max(MAX_LINE_BYTES - head.length - 1, 64);
  const lines: Buffer[] = [];
  for (let start = 0; start < body.length; ) {
    const end = cutAt(body, start, room);
    lines.push(Buffer.concat([head, body.subarray(start, end), NEWLINE]));
    start = body[end] === NEWLINE[0] ? end + 1 : end;
  }
  return lines;
}

const NEWLINE = Buffer.from('\n');

/** Where a piece that begins at `start` ends: at the last line end that fits, else before the character that does not fit. */
function cutAt(body: Buffer, start: number, room: number): number {
  if (body.length - start <= room) return body.length;
  let end = start + room;
  const lineEnd = body.lastIndexOf(NEWLINE[0], end);
  if (lineEnd > start) return lineEnd;
  while ((body[end] & 0xc0) === 0x80) end--;
  return end;
}

/** False = nobody reads any more. */
function writeWhole(line: Buffer): boolean {
  for (let written = 0; written < line.length; ) {
    try {
      written += writeSync(STDERR, line, written);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') Atomics.wait(idle, 0, 0, RETRY_MS);
      else if (code !== 'EINTR') return false;
    }
  }
  return true;
}
