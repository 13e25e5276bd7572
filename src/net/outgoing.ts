/** A message on its way into a socket: header, greeting and content, in one piece where that is cheaper than two writes. */
import { copyBytes } from '../platform/fresh_bytes.ts';
import { headerSize, writeHeader } from './frames.ts';
import type { SocketStream } from './socket_stream.ts';

/** Above this two writes are cheaper than a copy. */
const MOST_COPIED = 32 * 1024;
const scratch = Buffer.allocUnsafeSlow(MOST_COPIED + 64);

export class OutgoingFrame {
  /** All, or what stands before `#body`; scratch space until `keep`. Only `#headLength` bytes of it: a view of them would cost more than their way out. */
  #head: Uint8Array;
  readonly #headLength: number;
  #body: Uint8Array | undefined;
  readonly length: number;

  constructor(greeting: Uint8Array, content: Uint8Array) {
    const length = greeting.length + content.length;
    const size = headerSize(length);
    const isSmall = content.length <= MOST_COPIED;
    const head = isSmall ? scratch : Buffer.allocUnsafe(size + greeting.length);
    writeHeader(head, length);
    head.set(greeting, size);
    if (isSmall) head.set(content, size + greeting.length);
    this.length = size + length;
    this.#head = head;
    this.#headLength = isSmall ? this.length : head.length;
    this.#body = isSmall ? undefined : content;
  }

  /** Makes the bytes its own, for later. */
  keep(): this {
    if (this.#head === scratch) this.#head = copyBytes(scratch.subarray(0, this.#headLength));
    if (this.#body !== undefined) this.#body = copyBytes(this.#body);
    return this;
  }

  /** What the stream takes now of what is left from byte `from` on, in bytes. */
  writeTo(stream: SocketStream, from: number): number {
    if (this.#body === undefined && from === 0) return stream.write(this.#head, this.#headLength);
    let written = 0;
    for (const part of this.parts(from)) {
      const count = stream.write(part, part.length);
      written += count;
      if (count < part.length) break;
    }
    return written;
  }

  /** What is left from byte `from` on, in order. */
  parts(from: number): Uint8Array[] {
    const length = this.#headLength;
    // Where nothing is left, an empty part.
    if (this.#body === undefined) return [this.#head.subarray(from, length)];
    return from < length ? [this.#head.subarray(from, length), this.#body] : [this.#body.subarray(from - length)];
  }
}
