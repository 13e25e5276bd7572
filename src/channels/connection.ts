/** `Connection`: what the ends of pipes and the connections of `Client` and `Listener` have in common. A value or bytes at a time, in whole messages. */
import { checkTimeout, type WaitOptions, type WaitSyncOptions } from '../base/deadlines.ts';
import {
  argumentTypeError,
  BufferTooShort,
  ConnectionClosedError,
  EOFError,
  type ProcessError,
  TimeoutError,
} from '../base/errors.ts';
import { soon } from '../base/event_loop.ts';
import { type WaitState, waitState } from '../wakeup/waitable.ts';
import { checkMaxLength, checkWindow, type SendBytesOptions } from './byte_arguments.ts';

export interface RecvBytesOptions {
  /** A longer message is an error, after which the connection cannot be read any more. Bytes. */
  maxLength?: number;
}

export interface RecvBytesIntoOptions {
  /** Where in the buffer to begin. Bytes. */
  offset?: number;
}

/** A message that was received. */
export interface Received {
  readonly bytes: Uint8Array;
  /** Bytes that the user gave, not an encoded value. */
  readonly raw: boolean;
}

/**
 * One end, as `multiprocessing.connection.Connection`. `In` is what arrives here, `Out` what can be sent. `Pipe()` makes two that are connected; `Client()` and
 * `Listener` make them over sockets.
 *
 * Iterating asynchronously receives until the end of the stream; leaving the loop closes nothing.
 * Errors of all operations: ConnectionClosedError after `close()`, or in a direction that this end does not have.
 */
export abstract class Connection<In = unknown, Out = In> implements AsyncIterable<In>, Disposable {
  #closed = false;
  #unreadable = false;

  /** @internal */
  constructor() {
    if (new.target === (Connection as unknown)) refuseHandle();
  }

  // ---- values

  /**
   * Sends a value. Waits while the connection is full. Throws SerializationError when the value cannot be sent, BrokenPipeError when nobody is left
   * who could read, TimeoutError when there was no room in time.
   */
  send(value: Out, options?: WaitOptions): Promise<void> {
    try {
      return this.put(this.pack(value), options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same, blocking the thread. */
  sendSync(value: Out, options?: WaitSyncOptions): void {
    this.putSync(this.pack(value), options);
  }

  /** The same without waiting: false when the connection is full. */
  trySend(value: Out): boolean {
    return this.tryPut(this.pack(value));
  }

  /**
   * The next value. Throws EOFError when every other end is closed (or its last holder was killed) and everything sent has been read;
   * TimeoutError; a TypeError when the next message is bytes: it stays, for `recvBytes`.
   */
  recv(options?: WaitOptions): Promise<In> {
    try {
      const message = this.take(options);
      if (message) return this.#openSoon(message);
      return this.late(options).then((late) => this.#openSoon(late));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same, blocking the thread. FunctionReferenceError when a function's module must be imported first: the message is kept for the async form. */
  recvSync(options?: WaitSyncOptions): In {
    return this.#open(this.takeSync(options));
  }

  /** The same without waiting: undefined when no message is there. */
  tryRecv(): In | undefined {
    const message = this.tryTake();
    return message && this.#open(message);
  }

  // ---- bytes

  /** Sends the bytes of a buffer or view, or `size` bytes of it from `offset` on, as one message. Errors as `send`. */
  sendBytes(view: ArrayBufferView | ArrayBufferLike, options?: SendBytesOptions & WaitOptions): Promise<void> {
    try {
      return this.put(this.packBytes(checkWindow(view, options)), options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same, blocking the thread. */
  sendBytesSync(view: ArrayBufferView | ArrayBufferLike, options?: SendBytesOptions & WaitSyncOptions): void {
    this.putSync(this.packBytes(checkWindow(view, options)), options);
  }

  /** The same without waiting: false when the connection is full. */
  trySendBytes(view: ArrayBufferView | ArrayBufferLike, options?: SendBytesOptions): boolean {
    return this.tryPut(this.packBytes(checkWindow(view, options)));
  }

  /** The bytes of the next message (of a value: its encoded form). EOFError, TimeoutError as `recv`; longer than `maxLength`: ConnectionClosedError, and the connection cannot be read any more. */
  recvBytes(options?: RecvBytesOptions & WaitOptions): Promise<Buffer> {
    try {
      checkMaxLength(options);
      const message = this.take(options);
      if (message) return soon(this.#bytes(message, options));
      return this.late(options).then((late) => this.#bytes(late, options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same, blocking the thread. */
  recvBytesSync(options?: RecvBytesOptions & WaitSyncOptions): Buffer {
    checkMaxLength(options);
    return this.#bytes(this.takeSync(options), options);
  }

  /** The same without waiting: undefined when no message is there. */
  tryRecvBytes(options?: RecvBytesOptions): Buffer | undefined {
    checkMaxLength(options);
    const message = this.tryTake(options);
    return message && this.#bytes(message, options);
  }

  /** Reads the next message into a buffer or view and returns its length in bytes. Too long: BufferTooShort, which has the whole message in `data`. Else as `recvBytes`. */
  recvBytesInto(view: ArrayBufferView | ArrayBufferLike, options?: RecvBytesIntoOptions & WaitOptions): Promise<number> {
    try {
      const target = checkWindow(view, options);
      const message = this.take(options);
      if (message) return soon(this.#bytesInto(message, target));
      return this.late(options).then((late) => this.#bytesInto(late, target));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same, blocking the thread. */
  recvBytesIntoSync(view: ArrayBufferView | ArrayBufferLike, options?: RecvBytesIntoOptions & WaitSyncOptions): number {
    const target = checkWindow(view, options);
    return this.#bytesInto(this.takeSync(options), target);
  }

  /** The same without waiting: undefined when no message is there. */
  tryRecvBytesInto(view: ArrayBufferView | ArrayBufferLike, options?: RecvBytesIntoOptions): number | undefined {
    const target = checkWindow(view, options);
    const message = this.tryTake();
    return message && this.#bytesInto(message, target);
  }

  // ---- state

  /** Whether a message can be received without waiting, or the end of the stream has been reached. Does not wait unless `timeout` (ms) is given. Nothing is consumed. */
  async poll(options?: WaitOptions): Promise<boolean> {
    const timeout = checkTimeout(options, 0);
    options?.signal?.throwIfAborted();
    return this.tryPoll() || (timeout > 0 && this.latePoll(timeout, options?.signal));
  }

  /** The same, blocking the thread. */
  pollSync(options?: WaitSyncOptions): boolean {
    const timeout = checkTimeout(options, 0);
    return this.tryPoll() || this.latePollSync(timeout);
  }

  /** The same without waiting. */
  abstract tryPoll(): boolean;

  /** Closes this end. The other side reads the end of the stream when all ends of this side are closed. Pending operations reject. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.shut();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  get closed(): boolean {
    return this.#closed;
  }

  get readable(): boolean {
    return this.receives && !this.#closed && !this.#unreadable;
  }

  get writable(): boolean {
    return this.sends && !this.#closed;
  }

  /** The file descriptor of a connection over a socket. One in shared memory has none: PlatformError. Give the connection itself to `wait()`. */
  abstract fileno(): number;

  [Symbol.asyncIterator](): AsyncIterableIterator<In> {
    const done: IteratorResult<In> = { done: true, value: undefined };
    let isOver = false;
    const iterator: AsyncIterableIterator<In> = {
      next: async () => {
        if (isOver) return done;
        try {
          return { done: false, value: await this.recv() };
        } catch (error) {
          if (!(error instanceof EOFError)) throw error;
          isOver = true;
          return done;
        }
      },
      return: async () => {
        isOver = true;
        return done;
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** @internal */
  abstract [waitState](): WaitState;

  toString(): string {
    const state = this.#closed ? 'closed' : [this.receives && 'readable', this.sends && 'writable'].filter(Boolean).join(' ');
    return `<Connection(${state})>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  // ---- what each kind of connection does its own way

  /** The directions that this end has. */
  protected abstract get receives(): boolean;
  protected abstract get sends(): boolean;

  /** A message with a value, or with bytes. It may be scratch space until it is `put`. */
  protected abstract pack(value: Out): unknown;
  protected abstract packBytes(bytes: Uint8Array): unknown;
  /** As `send`. */
  protected abstract put(message: unknown, options: WaitOptions | undefined): Promise<void>;
  protected abstract putSync(message: unknown, options: WaitSyncOptions | undefined): void;
  protected abstract tryPut(message: unknown): boolean;

  /** What an async receive finds at once, unless others of this thread wait for it; a limit that the message passes may be noticed here. */
  protected abstract take(options: (RecvBytesOptions & WaitOptions) | undefined): Received | undefined;
  /** What it waits for. Its bytes are its own. */
  protected abstract late(options: (RecvBytesOptions & WaitOptions) | undefined): Promise<Received>;
  protected abstract takeSync(options: (RecvBytesOptions & WaitSyncOptions) | undefined): Received;
  protected abstract tryTake(options?: RecvBytesOptions): Received | undefined;
  /** The value. A message that cannot be opened yet is kept. */
  protected abstract open(message: Received): In;
  protected abstract openSoon(message: Received): Promise<In>;
  /** Puts a message back, to be the next. */
  protected abstract keep(message: Received): void;
  /** The bytes in memory of the caller's. */
  protected abstract bytesOf(message: Received): Buffer;
  /** The message is done with. */
  protected abstract release(message: Received): void;

  protected abstract latePoll(timeout: number, signal: AbortSignal | undefined): Promise<boolean>;
  protected abstract latePollSync(timeout: number): boolean;
  /** Called once, by `close`. */
  protected abstract shut(): void;

  /** Throws when nothing can be received here any more. */
  protected checkReadable(): void {
    if (this.#closed) this.refuse('was closed by this process');
    if (this.#unreadable) this.refuse('cannot be read since a message was longer than maxLength');
  }

  protected checkWritable(): void {
    if (this.#closed) this.refuse('was closed by this process');
  }

  protected refuse(why: string): never {
    throw new ConnectionClosedError(`this connection ${why}`);
  }

  /** From now on nothing can be received. */
  protected tooLong(length: number, maxLength: number): ConnectionClosedError {
    this.#unreadable = true;
    return new ConnectionClosedError(
      `a message of ${length} bytes is longer than maxLength ${maxLength}: this connection cannot be read any more`,
    );
  }

  protected tooLate(done: 'sent' | 'received', timeout: number): ProcessError {
    return new TimeoutError(`nothing could be ${done} within ${timeout} ms`);
  }

  /** What bytes are instead of a value, for a message of an error. */
  protected nameBytes(_message: Received): string {
    return 'the next message is bytes (sent by sendBytes)';
  }

  #open(message: Received): In {
    if (message.raw) this.#refuseBytes(message);
    return this.open(message);
  }

  #openSoon(message: Received): Promise<In> {
    if (message.raw) this.#refuseBytes(message);
    return this.openSoon(message);
  }

  #refuseBytes(message: Received): never {
    const what = this.nameBytes(message);
    this.keep(message);
    throw argumentTypeError(`${what}: receive it by recvBytes or recvBytesInto. It has been kept for that`);
  }

  #bytes(message: Received, options: RecvBytesOptions | undefined): Buffer {
    try {
      const { length } = message.bytes;
      if (options?.maxLength !== undefined && length > options.maxLength) throw this.tooLong(length, options.maxLength);
      return this.bytesOf(message);
    } finally {
      this.release(message);
    }
  }

  #bytesInto(message: Received, target: Uint8Array): number {
    try {
      const { length } = message.bytes;
      if (length > target.length) {
        throw new BufferTooShort(
          `a message of ${length} bytes does not fit in ${target.length} bytes: it is whole in this error's data`,
          this.bytesOf(message),
        );
      }
      target.set(message.bytes);
      return length;
    } finally {
      this.release(message);
    }
  }
}

export function refuseHandle(): never {
  throw argumentTypeError(
    'a Connection is not made of a handle: Pipe() gives two that are connected, Client() and Listener connect to other programs',
  );
}
