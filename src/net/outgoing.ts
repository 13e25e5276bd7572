/** A message on its way into a socket: header, greeting and content, in one piece where that is cheaper than two writes. */
import { headerSize, writeHeader } from './frames.ts';

/** Above this two writes are cheaper than a copy. */
const MOST_COPIED = 32 * 1024;
const scratch = Buffer.allocUnsafeSlow(MOST_COPIED + 64);

export class OutgoingFrame {
  /** All, or what stands before `#body`. Scratch space until `keep`. */
  #head: Uint8Array;
  #body: Uint8Array | undefined;

  constructor(greeting: Uint8Array, content: Uint8Array) {
    const length = greeting.length + content.length;
    const size = headerSize(length);
    const isSmall = content.length <= MOST_COPIED;
    const head = isSmall ? scratch : Buffer.allocUnsafe(size + greeting.length);
    writeHeader(head, length);
    head.set(greeting, size);
    if (isSmall) head.set(content, size + greeting.length);
    this.#head = isSmall ? head.subarray(0, size + length) : head;
    this.#body = isSmall ? undefined : content;
  }

  get length(): number {
    return this.#head.length + (this.#body?.length ?? 0);
  }

  /** Makes the bytes its own, for later. */
  keep(): this {
    if (this.#head.buffer === scratch.buffer) this.#head = this.#head.slice();
    this.#body = this.#body?.slice();
    return this;
  }

  /** What is left from byte `from` on, in order. */
  parts(from: number): Uint8Array[] {
    const head = this.#head;
    if (this.#body === undefined) return from === 0 ? [head] : [head.subarray(from)];
    return from < head.length ? [head.subarray(from), this.#body] : [this.#body.subarray(from - head.length)];
  }
}
