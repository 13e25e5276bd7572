/** An end of a pipe: a value or bytes at a time, in whole messages. */
import { checkTimeout, type WaitOptions, type WaitSyncOptions } from '../base/deadlines.ts';
import {
  argumentTypeError,
  BrokenPipeError,
  BufferTooShort,
  ConnectionClosedError,
  EOFError,
  PlatformError,
  type ProcessError,
  SerializationError,
  TimeoutError,
} from '../base/errors.ts';
import { soon } from '../base/event_loop.ts';
import { unwatch, type Watch, whenCollected } from '../memory/collected.ts';
import { session } from '../memory/session.ts';
import { registerObjectKind } from '../serialization/registry.ts';
import { packReference, unpackReference } from '../serialization/shared_objects.ts';
import { type WaitState, waitState } from '../wakeup/waitable.ts';
import { waiting } from '../wakeup/waiting.ts';
import { checkMaxLength, checkWindow, type SendBytesOptions } from './byte_arguments.ts';
import { pack, type Unpacking } from './envelope.ts';
import { Inbox } from './inbox.ts';
import { MAX_VIEW, type Message, Outgoing, releaseMessage } from './message.ts';
import { Outbox } from './outbox.ts';
import { Ring, type RingEnd, RingRole } from './ring.ts';

export interface RecvBytesOptions {
  /** A longer message is an error, after which the connection cannot be read any more. Bytes. */
  maxLength?: number;
}

export interface RecvBytesIntoOptions {
  /** Where in the buffer to begin. Bytes. */
  offset?: number;
}

interface OpenEnd {
  readonly ring: Ring;
  readonly end: RingEnd;
}

/** Ends that were never closed close when their Connection is collected, as CPython's do. A function of its own: a closure in the constructor would keep `this`. */
function closeWhenCollected(connection: object, ends: readonly OpenEnd[]): Watch {
  return whenCollected(connection, () => {
    for (const { ring, end } of ends) ring.closeEnd(end);
  });
}

/**
 * An end of a `Pipe`, as `multiprocessing.connection.Connection`. `In` is what arrives here, `Out` what can be sent.
 *
 * Several processes may use one end at a time: messages go whole to one of them each. Iterating asynchronously receives until the end of the stream; leaving the loop closes nothing.
 * Errors of all operations: ConnectionClosedError after `close()`, or in a direction that this end does not have.
 */
export class Connection<In = unknown, Out = In> implements AsyncIterable<In>, Disposable {
  readonly #rx: Ring | undefined;
  readonly #tx: Ring | undefined;
  readonly #inbox: Inbox<In> | undefined;
  readonly #outbox: Outbox | undefined;
  readonly #watch: Watch;
  #closed = false;
  #unreadable = false;

  /** @internal `Pipe()` makes connections. */
  constructor(rx: Ring | undefined, tx: Ring | undefined) {
    checkRings(rx, tx);
    this.#rx = rx;
    this.#tx = tx;
    const ends: OpenEnd[] = [];
    if (rx) {
      rx.openEnd(RingRole.READER);
      ends.push({ ring: rx, end: RingRole.READER });
      this.#inbox = new Inbox({
        set: rx.readers,
        suspects: () => rx.holders(RingRole.WRITER),
        read: (own) => this.#read(rx, own),
      });
    }
    if (tx) {
      tx.openEnd(RingRole.WRITER);
      ends.push({ ring: tx, end: RingRole.WRITER });
      this.#outbox = new Outbox(session(), {
        set: tx.writers,
        suspects: () => tx.holders(RingRole.READER),
        inlineLimit: tx.inlineLimit,
        write: (message) => this.#write(tx, message),
      });
    }
    this.#watch = closeWhenCollected(this, ends);
  }

  // ---- values

  /**
   * Sends a value. Waits while the pipe is full. Throws SerializationError when the value cannot be sent, BrokenPipeError when nobody is left
   * who could read, TimeoutError when there was no room in time.
   */
  send(value: Out, options?: WaitOptions): Promise<void> {
    try {
      return this.#sendMessage(pack(value), options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same, blocking the thread. */
  sendSync(value: Out, options?: WaitSyncOptions): void {
    this.#sendMessageSync(pack(value), options);
  }

  /** The same without waiting: false when the pipe is full. */
  trySend(value: Out): boolean {
    return this.#trySendMessage(pack(value));
  }

  /**
   * The next value. Throws EOFError when every other end is closed (or its last holder was killed) and everything sent has been read;
   * TimeoutError; a TypeError when the next message is bytes: it stays, for `recvBytes`.
   */
  recv(options?: WaitOptions): Promise<In> {
    try {
      const message = this.#take(options);
      if (message) return this.#openSoon(message);
      return this.#wait(options).then((late) => this.#openSoon(late));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same, blocking the thread. FunctionReferenceError when a function's module must be imported first: the message is kept for the async form. */
  recvSync(options?: WaitSyncOptions): In {
    return this.#open(this.#startSync(options));
  }

  /** The same without waiting: undefined when no message is there. */
  tryRecv(): In | undefined {
    const message = this.#tryTake();
    return message && this.#open(message);
  }

  // ---- bytes

  /** Sends the bytes of a buffer or view, or `size` bytes of it from `offset` on, as one message. Errors as `send`. */
  sendBytes(view: ArrayBufferView | ArrayBufferLike, options?: SendBytesOptions & WaitOptions): Promise<void> {
    try {
      return this.#sendMessage(rawMessage(view, options), options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same, blocking the thread. */
  sendBytesSync(view: ArrayBufferView | ArrayBufferLike, options?: SendBytesOptions & WaitSyncOptions): void {
    this.#sendMessageSync(rawMessage(view, options), options);
  }

  /** The same without waiting: false when the pipe is full. */
  trySendBytes(view: ArrayBufferView | ArrayBufferLike, options?: SendBytesOptions): boolean {
    return this.#trySendMessage(rawMessage(view, options));
  }

  /** The bytes of the next message (of a value: its encoded form). EOFError, TimeoutError as `recv`; longer than `maxLength`: ConnectionClosedError, and the connection cannot be read any more. */
  recvBytes(options?: RecvBytesOptions & WaitOptions): Promise<Buffer> {
    try {
      checkMaxLength(options);
      const message = this.#take(options);
      if (message) return soon(this.#bytes(message, options));
      return this.#wait(options).then((late) => this.#bytes(late, options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same, blocking the thread. */
  recvBytesSync(options?: RecvBytesOptions & WaitSyncOptions): Buffer {
    checkMaxLength(options);
    return this.#bytes(this.#startSync(options), options);
  }

  /** The same without waiting: undefined when no message is there. */
  tryRecvBytes(options?: RecvBytesOptions): Buffer | undefined {
    checkMaxLength(options);
    const message = this.#tryTake();
    return message && this.#bytes(message, options);
  }

  /** Reads the next message into a buffer or view and returns its length in bytes. Too long: BufferTooShort, which has the whole message in `data`. Else as `recvBytes`. */
  recvBytesInto(view: ArrayBufferView | ArrayBufferLike, options?: RecvBytesIntoOptions & WaitOptions): Promise<number> {
    try {
      const target = checkWindow(view, options);
      const message = this.#take(options);
      if (message) return soon(this.#bytesInto(message, target));
      return this.#wait(options).then((late) => this.#bytesInto(late, target));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same, blocking the thread. */
  recvBytesIntoSync(view: ArrayBufferView | ArrayBufferLike, options?: RecvBytesIntoOptions & WaitSyncOptions): number {
    const target = checkWindow(view, options);
    return this.#bytesInto(this.#startSync(options), target);
  }

  /** The same without waiting: undefined when no message is there. */
  tryRecvBytesInto(view: ArrayBufferView | ArrayBufferLike, options?: RecvBytesIntoOptions): number | undefined {
    const target = checkWindow(view, options);
    const message = this.#tryTake();
    return message && this.#bytesInto(message, target);
  }

  // ---- state

  /** Whether a message can be received without waiting, or the end of the stream has been reached. Does not wait unless `timeout` (ms) is given. Nothing is consumed. */
  async poll(options?: WaitOptions): Promise<boolean> {
    const timeout = checkTimeout(options, 0);
    options?.signal?.throwIfAborted();
    const state = this.#readState();
    if (this.#glanceReady(state)) return true;
    if (timeout === 0) return false;
    const { signal } = options!;
    return this.#passedOn(
      (await waiting().wait(state.sets, () => state.isReady() || undefined, { timeout, signal, ...state })) === true,
    );
  }

  /** The same, blocking the thread. */
  pollSync(options?: WaitSyncOptions): boolean {
    const timeout = checkTimeout(options, 0);
    const state = this.#readState();
    if (this.#glanceReady(state)) return true;
    return this.#passedOn(waiting().waitSync(state.sets, () => state.isReady() || undefined, { timeout, ...state }) === true);
  }

  /** The same without waiting. */
  tryPoll(): boolean {
    return this.#glanceReady(this.#readState());
  }

  /** Closes this end. The other side reads the end of the stream when all ends of this side are closed. Pending operations reject. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    unwatch(this.#watch);
    this.#inbox?.clear();
    this.#rx?.closeEnd(RingRole.READER);
    this.#tx?.closeEnd(RingRole.WRITER);
    this.#inbox?.lookAgain();
    this.#outbox?.lookAgain();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  get closed(): boolean {
    return this.#closed;
  }

  get readable(): boolean {
    return this.#rx !== undefined && !this.#closed && !this.#unreadable;
  }

  get writable(): boolean {
    return this.#tx !== undefined && !this.#closed;
  }

  /** A connection in shared memory has no descriptor: PlatformError. Give the connection itself to `wait()`. */
  fileno(): never {
    throw new PlatformError(
      'a connection in shared memory has no file descriptor: give the connection itself to wait(), or use Client and Listener',
    );
  }

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
  [waitState](): WaitState {
    return this.#readState();
  }

  toString(): string {
    const state = this.#closed ? 'closed' : [this.#rx && 'readable', this.#tx && 'writable'].filter(Boolean).join(' ');
    return `<Connection(${state})>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** @internal For the codec: the rings, which a message names in the roles in which they are used. */
  static rings(connection: Connection<any, any>): readonly [rx: Ring | undefined, tx: Ring | undefined] {
    if (connection.#closed) throw new SerializationError('a closed connection cannot be sent: send it before closing it');
    return [connection.#rx, connection.#tx];
  }

  // ---- sending

  #write(ring: Ring, message: Outgoing): boolean {
    if (this.#closed) this.#refuse('was closed by this process');
    if (!ring.isEndOpen(RingRole.READER)) {
      throw new BrokenPipeError('nobody is left to read what is sent here: every other end is closed, or its process has ended');
    }
    return ring.tryWrite(message);
  }

  get #sending(): Outbox {
    return this.#outbox ?? this.#refuse('only receives (it is the reading end of a one-way pipe)');
  }

  #sendMessage(message: Outgoing, options: WaitOptions | undefined): Promise<void> {
    const timeout = checkTimeout(options);
    options?.signal?.throwIfAborted();
    const outbox = this.#sending;
    if (outbox.tryPut(message)) return soon(undefined);
    if (timeout === 0) return outbox.tryPutAtLast(message) ? soon(undefined) : Promise.reject(tooLate('sent', timeout));
    return outbox.wait(message, timeout, options?.signal).then((sent) => {
      if (!sent) throw tooLate('sent', timeout);
    });
  }

  #sendMessageSync(message: Outgoing, options: WaitSyncOptions | undefined): void {
    const timeout = checkTimeout(options);
    const outbox = this.#sending;
    if (!outbox.tryPut(message) && !outbox.waitSync(message, timeout)) throw tooLate('sent', timeout);
  }

  #trySendMessage(message: Outgoing): boolean {
    const outbox = this.#sending;
    return outbox.tryPut(message) || outbox.tryPutAtLast(message);
  }

  // ---- receiving

  #read(ring: Ring, own: boolean): Message | undefined {
    if (this.#closed) this.#refuse('was closed by this process');
    if (this.#unreadable) this.#refuse('cannot be read since a message was longer than maxLength');
    const message = ring.tryRead(own);
    if (message || ring.isEndOpen(RingRole.WRITER)) return message;
    // The last one may have written between the two looks.
    const last = ring.tryRead(own);
    if (last) return last;
    throw new EOFError('end of the stream: everything was read, and every other end is closed, or its process has ended');
  }

  get #receiving(): Inbox<In> {
    return this.#inbox ?? this.#refuse('only sends (it is the writing end of a one-way pipe)');
  }

  /** What is there, unless others of this thread wait for it. */
  #take(options: WaitOptions | undefined): Message | undefined {
    const timeout = checkTimeout(options);
    options?.signal?.throwIfAborted();
    const inbox = this.#receiving;
    if (inbox.isWaitedFor) return undefined;
    return inbox.take(false) ?? (timeout === 0 ? inbox.takeAtLast(false) : undefined);
  }

  async #wait(options: WaitOptions | undefined): Promise<Message> {
    const timeout = checkTimeout(options);
    const message = await this.#receiving.wait(timeout, options?.signal);
    if (!message) throw tooLate('received', timeout);
    return message;
  }

  #startSync(options: WaitSyncOptions | undefined): Message {
    const timeout = checkTimeout(options);
    const inbox = this.#receiving;
    const message = inbox.take(false) ?? inbox.waitSync(timeout);
    if (!message) throw tooLate('received', timeout);
    return message;
  }

  #tryTake(): Message | undefined {
    const inbox = this.#receiving;
    return inbox.take(false) ?? inbox.takeAtLast(false);
  }

  #open(message: Message): In {
    if (message.raw) this.#refuseBytes(message);
    return this.#inbox!.open(message);
  }

  #openSoon(message: Message): Promise<In> {
    if (message.raw) this.#refuseBytes(message);
    return this.#inbox!.openSoon(message);
  }

  #refuseBytes(message: Message): never {
    this.#inbox!.keep(message);
    throw argumentTypeError(
      'the next message is bytes (sent by sendBytes): receive it by recvBytes or recvBytesInto. It has been kept for that',
    );
  }

  #bytes(message: Message, options: RecvBytesOptions | undefined): Buffer {
    try {
      const { length } = message.bytes;
      if (options?.maxLength !== undefined && length > options.maxLength) {
        this.#unreadable = true;
        throw new ConnectionClosedError(
          `a message of ${length} bytes is longer than maxLength ${options.maxLength}: this connection cannot be read any more`,
        );
      }
      return bytesOf(message);
    } finally {
      releaseMessage(session(), message);
    }
  }

  #bytesInto(message: Message, target: Uint8Array): number {
    try {
      const { length } = message.bytes;
      if (length > target.length) {
        throw new BufferTooShort(
          `a message of ${length} bytes does not fit in ${target.length} bytes: it is whole in this error's data`,
          bytesOf(message),
        );
      }
      target.set(message.bytes);
      return length;
    } finally {
      releaseMessage(session(), message);
    }
  }

  // ---- polling

  #readState(): WaitState {
    const inbox = this.#receiving;
    const rx = this.#rx!;
    const isReady = (): boolean => {
      if (this.#closed) this.#refuse('was closed by this process');
      return inbox.kept > 0 || !rx.isEmpty || !rx.isEndOpen(RingRole.WRITER);
    };
    return { sets: [rx.readers], isReady, suspects: () => rx.holders(RingRole.WRITER) };
  }

  #glanceReady(state: WaitState): boolean {
    if (state.isReady()) return true;
    waiting().glance(state.suspects!);
    return state.isReady();
  }

  /** Nothing was taken: one who waits to receive may sleep on, because it was we who were rung. */
  #passedOn(ready: boolean): boolean {
    if (ready && !this.#rx!.isEmpty) waiting().wake(this.#rx!.readers);
    return ready;
  }

  #refuse(why: string): never {
    throw new ConnectionClosedError(`this connection ${why}`);
  }
}

function checkRings(...rings: unknown[]): void {
  if (rings.some((ring) => ring !== undefined && !(ring instanceof Ring)) || rings.every((ring) => ring === undefined))
    throw argumentTypeError('a Connection is not made of a handle: Pipe() gives two that are connected');
}

function rawMessage(view: ArrayBufferView | ArrayBufferLike, options: SendBytesOptions | undefined): Outgoing {
  return new Outgoing(checkWindow(view, options), undefined, true);
}

/** In memory of their own. */
function bytesOf({ bytes }: Message): Buffer {
  if (bytes.length > MAX_VIEW) return bytes as Buffer;
  const copy = Buffer.allocUnsafe(bytes.length);
  copy.set(bytes);
  return copy;
}

function tooLate(done: string, timeout: number): ProcessError {
  return new TimeoutError(`nothing could be ${done} within ${timeout} ms`);
}

registerObjectKind<Connection<any, any>>({
  tag: 2,
  class: Connection,
  encode: (connection, context) => {
    const [rx, tx] = Connection.rings(connection);
    return [
      rx ? packReference(rx.reference, RingRole.READER, context) : null,
      tx ? packReference(tx.reference, RingRole.WRITER, context) : null,
    ];
  },
  decode: (packed, context) => {
    if (!Array.isArray(packed) || packed.length !== 2)
      throw new SerializationError('a message names a connection in a form that is not ours');
    const [rx, tx] = packed.map((reference) => (reference === null ? undefined : Ring.from(unpackReference(reference))));
    const connection = new Connection<any, any>(rx, tx);
    (context as Unpacking | undefined)?.opened?.push(connection);
    return connection;
  },
});
