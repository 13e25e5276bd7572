/**
 * Messages on a stream of bytes, as CPython's `multiprocessing.connection` frames them:
 *
 *     +-----------------+-----------+          +----------------+-----------------+-----------+
 *     | int32 n >= 0    | n bytes   |    or    | int32 -1       | uint64 n        | n bytes   |     numbers are big-endian;
 *     +-----------------+-----------+          +----------------+-----------------+-----------+     the second above 2^31 - 1 bytes
 */
import { constants } from 'node:buffer';
import { ConnectionClosedError } from '../base/errors.ts';
import { freshBytes } from '../platform/fresh_bytes.ts';

const SHORT = 4;
const LONG = 12;
const MOST_SHORT = 0x7fffffff;

/** Bytes of a header. */
export function headerSize(length: number): number {
  return length > MOST_SHORT ? LONG : SHORT;
}

export function writeHeader(into: Buffer, length: number): void {
  if (length <= MOST_SHORT) into.writeInt32BE(length, 0);
  else {
    into.writeInt32BE(-1, 0);
    into.writeBigUInt64BE(BigInt(length), SHORT);
  }
}

export function headerOf(length: number): Buffer {
  const header = Buffer.alloc(headerSize(length));
  writeHeader(header, length);
  return header;
}

/** What a connection reads at a time. A message that does not fit gets memory of its own. */
const BUFFER_BYTES = 64 * 1024;
/** Buffers that wait for the next connection that has read something: an idle connection has none. */
const SPARE_BUFFERS = 16;
const spares: Buffer[] = [];
/** Memory for a large message is taken as its bytes come: its header alone may say anything. */
const FIRST_PART = 8 * 1024 * 1024;
/** Of one read. */
const MOST_READ = 1024 ** 3;

/** A message. `own`: nobody else has its memory; else it is gone with the next call of the reader. */
export interface Frame {
  readonly bytes: Buffer;
  readonly own: boolean;
}

/** A message longer than the receiver takes. */
export class FrameTooLong extends Error {
  readonly length: number;
  constructor(length: number) {
    super(`a message of ${length} bytes`);
    this.length = length;
  }
}

/** Takes messages out of what was read. Whoever reads asks it for `space`, and says how much of it was filled. */
export class FrameReader {
  #buffer: Buffer | undefined;
  #start = 0;
  #end = 0;
  /** Of a message that does not fit in the buffer. */
  #body: Buffer | undefined;
  #filled = 0;
  #size = 0;

  /** The next message, when it is complete. Throws FrameTooLong once it is known to be longer than `limit`, ConnectionClosedError for what is no header. */
  next(limit = Infinity): Frame | undefined {
    if (this.#body !== undefined) return this.#nextLarge(limit);
    const length = this.#length();
    if (length === undefined) return undefined;
    if (length > limit) throw new FrameTooLong(length);
    const from = this.#start + headerSize(length);
    const to = from + length;
    if (to <= this.#end) {
      const bytes = this.#buffer!.subarray(from, to);
      this.#start = to;
      return { bytes, own: false };
    }
    if (headerSize(length) + length > BUFFER_BYTES) this.#begin(length, from);
    return undefined;
  }

  /** Whether `next` has a message, or something to throw. */
  get isReady(): boolean {
    if (this.#body !== undefined) return this.#filled === this.#size;
    try {
      const length = this.#length();
      return length !== undefined && this.#end - this.#start >= headerSize(length) + length;
    } catch {
      return true;
    }
  }

  /** Whether nothing has come of the next message. */
  get isEmpty(): boolean {
    return this.#body === undefined && this.#start === this.#end;
  }

  /** Whether a message that did not fit in the buffer has come in part: its sender is at it. */
  get isAmid(): boolean {
    return this.#body !== undefined && this.#filled < this.#size;
  }

  /** Bytes of it that have come. */
  get received(): number {
    return this.#filled;
  }

  /** Where the next bytes belong. Valid until anything else is called. */
  space(): Buffer {
    if (this.#body !== undefined) {
      if (this.#filled === this.#body.length) this.#grow();
      return this.#body.subarray(this.#filled, Math.min(this.#body.length, this.#filled + MOST_READ));
    }
    this.#buffer ??= spares.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    return this.#end === 0 ? this.#buffer : this.#buffer.subarray(this.#end);
  }

  /** So many bytes were put there. */
  filled(count: number): void {
    if (this.#body !== undefined) this.#filled += count;
    else this.#end += count;
  }

  /** Nothing more is wanted for now: an empty buffer goes to others. */
  rest(): void {
    if (this.#buffer === undefined || this.#start !== this.#end) return;
    this.#start = this.#end = 0;
    if (spares.length < SPARE_BUFFERS) spares.push(this.#buffer);
    this.#buffer = undefined;
  }

  /** The bytes of the message that was taken last are the taker's from now on. */
  detach(): void {
    if (this.#buffer === undefined) return;
    const rest = this.#buffer.subarray(this.#start, this.#end);
    this.#buffer = undefined;
    this.#start = this.#end = 0;
    if (rest.length === 0) return;
    this.#buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    this.#end = rest.copy(this.#buffer);
  }

  /** All that came and was not taken, as it stood in the stream. */
  remainder(): Buffer {
    if (this.#body === undefined) return Buffer.from(this.#buffer?.subarray(this.#start, this.#end) ?? []);
    return Buffer.concat([headerOf(this.#size), this.#body.subarray(0, this.#filled)]);
  }

  /** Of the next message; undefined = its header is not complete. */
  #length(): number | undefined {
    const available = this.#end - this.#start;
    if (available < SHORT) return undefined;
    const buffer = this.#buffer!;
    const length = buffer.readInt32BE(this.#start);
    if (length >= 0) return length;
    if (length !== -1) throw garbage();
    if (available < LONG) return undefined;
    const long = Number(buffer.readBigUInt64BE(this.#start + SHORT));
    if (long <= MOST_SHORT) throw garbage();
    if (long > constants.MAX_LENGTH)
      throw new ConnectionClosedError(
        `a message of ${long} bytes came, more than a Buffer holds here (${constants.MAX_LENGTH}): send it in parts`,
      );
    return long;
  }

  #begin(length: number, from: number): void {
    this.#body = freshBytes(Math.min(length, FIRST_PART));
    this.#size = length;
    this.#filled = this.#buffer!.copy(this.#body, 0, from, this.#end);
    this.#start = this.#end;
    this.rest();
  }

  #grow(): void {
    const body = freshBytes(Math.min(this.#size, this.#body!.length * 2));
    body.set(this.#body!);
    this.#body = body;
  }

  #nextLarge(limit: number): Frame | undefined {
    if (this.#size > limit) throw new FrameTooLong(this.#size);
    if (this.#filled < this.#size) return undefined;
    const bytes = this.#body!;
    this.#body = undefined;
    return { bytes, own: true };
  }
}

function garbage(): ConnectionClosedError {
  return new ConnectionClosedError('what came is no message of multiprocessing.connection: is something else at the other side?');
}
