/** A `Connection` over a socket, as `Client` and `Listener` make them. */
import { checkTimeout, type WaitOptions, type WaitSyncOptions } from '../base/deadlines.ts';
import { ConnectionClosedError, FunctionReferenceError, PlatformError, SerializationError } from '../base/errors.ts';
import { soon } from '../base/event_loop.ts';
import { Connection, type RecvBytesOptions } from '../channels/connection.ts';
import { Descriptor } from '../handles/descriptor.ts';
import '../handles/traveling.ts';
import { unwatch, type Watch, whenCollected } from '../memory/collected.ts';
import { copyBytes } from '../platform/fresh_bytes.ts';
import { libraryFunction } from '../references/library_function.ts';
import { needsWait, readImporting } from '../serialization/importing.ts';
import { rebuiltFrom, registerRebuilder, travelsRebuilt } from '../serialization/rebuilt.ts';
import { type WaitState, waitState } from '../wakeup/waitable.ts';
import type { Address } from './addresses.ts';
import { CHALLENGE } from './digests.ts';
import { type Frame, FrameTooLong } from './frames.ts';
import { OutgoingFrame } from './outgoing.ts';
import { Receiver } from './receiver.ts';
import { Sender } from './sender.ts';
import { SocketStream } from './socket_stream.ts';
import { type ValueOptions, type Values, valuesOf } from './values.ts';

const NO_GREETING = new Uint8Array(0);

interface Message extends Frame {
  readonly raw: boolean;
}

/** How many messages are being decoded: what that runs may receive others. */
let decoding = 0;

/** A function of its own: a closure in the constructor would keep `this`. */
function closeWhenCollected(connection: object, stream: SocketStream): Watch {
  return whenCollected(connection, () => stream.close());
}

/** What a connection is made of in another process of this session. */
type Passed = readonly [descriptor: Descriptor, ahead: Buffer, options: ValueOptions, peer: Address];

/** @internal The connection that a message names. */
export function rebuildConnection(content: unknown): SocketConnection {
  const [descriptor, ahead, options] = Array.isArray(content) ? content : [];
  if (!(descriptor instanceof Descriptor) || !Buffer.isBuffer(ahead) || typeof options !== 'object')
    throw new SerializationError('a message names a connection in a form that is not ours');
  return SocketConnection.from(content as unknown as Passed);
}

registerRebuilder(rebuildConnection);
const REBUILD = libraryFunction(rebuildConnection, 'rebuildConnection', './net_parts.js', import.meta.url);

export class SocketConnection<In = unknown, Out = In> extends Connection<In, Out> {
  readonly #stream: SocketStream;
  readonly #sender: Sender;
  readonly #receiver: Receiver;
  readonly #values: Values;
  readonly #watch: Watch;
  /** @internal Where the other side is, where that is known: [host, port], or '' for a path. */
  peer: Address = '';

  /** @internal `Client()` and `Listener` make them. */
  constructor(stream: SocketStream, values: Values) {
    super();
    this.#stream = stream;
    this.#values = values;
    this.#sender = new Sender(stream);
    this.#receiver = new Receiver(stream);
    this.#watch = closeWhenCollected(this, stream);
  }

  /** @internal Whether its waits keep the event loop alive. */
  set isQuiet(quiet: boolean) {
    this.#receiver.isQuiet = quiet;
  }

  tryPoll(): boolean {
    this.#checkOpen();
    return this.#receiver.isReady;
  }

  protected async latePoll(timeout: number, signal: AbortSignal | undefined): Promise<boolean> {
    return (await this.#receiver.waitReady(timeout, signal)) && this.tryPoll();
  }

  protected latePollSync(timeout: number): boolean {
    return timeout > 0 && this.#receiver.waitReadySync(timeout);
  }

  fileno(): number {
    this.#checkOpen();
    const { fd } = this.#stream;
    if (fd < 0) throw new PlatformError('this system shows no descriptor of a socket: give the connection itself to wait()');
    return fd;
  }

  /** @internal */
  [waitState](): WaitState {
    return {
      sets: [],
      isReady: () => this.tryPoll(),
      watch: (look) => this.#receiver.watch(look),
      descriptor: () => ({ fd: this.#stream.fd }),
    };
  }

  protected get receives(): boolean {
    return true;
  }

  protected get sends(): boolean {
    return true;
  }

  protected shut(): void {
    unwatch(this.#watch);
    const error = new ConnectionClosedError('this connection was closed by this process');
    this.#sender.close(error);
    this.#receiver.close(error);
    this.#stream.close();
  }

  /** @internal For the codec: the descriptor, and what was read and not received, go along. */
  [rebuiltFrom](): readonly [rebuild: typeof REBUILD, content: Passed] {
    if (this.closed) throw new SerializationError('a closed connection cannot be sent: send it before closing it');
    if (this.#sender.isBusy) throw new SerializationError('this connection is sending: await that before it is sent itself');
    if (this.#receiver.isWaitedFor)
      throw new SerializationError('somebody waits for a message of this connection: abort that before it is sent itself');
    this.#sender.push();
    // The message that is being written takes a duplicate. One more would keep the stream open after this end is closed.
    const descriptor = Descriptor.ofReceived(this.fileno());
    setImmediate(() => descriptor.detach());
    return [REBUILD, [descriptor, this.#receiver.giveAway(), this.#values.options, this.peer]];
  }

  /** @internal */
  static from([descriptor, ahead, options, peer]: Passed): SocketConnection {
    const connection = new SocketConnection(SocketStream.fromDescriptor(descriptor.detach()), valuesOf(options));
    connection.#receiver.came(ahead);
    connection.peer = peer;
    return connection;
  }

  // ---- sending

  protected pack(value: Out): OutgoingFrame {
    this.checkWritable();
    return new OutgoingFrame(this.#values.greeting, this.#values.encode(value));
  }

  protected packBytes(bytes: Uint8Array): OutgoingFrame {
    this.checkWritable();
    return new OutgoingFrame(NO_GREETING, bytes);
  }

  protected put(frame: OutgoingFrame, options: WaitOptions | undefined): Promise<void> {
    const timeout = checkTimeout(options);
    options?.signal?.throwIfAborted();
    const sent = this.#sender.put(frame, timeout, options?.signal);
    if (sent === undefined) return soon(undefined);
    return sent.then((inTime) => {
      if (!inTime) throw this.tooLate('sent', timeout);
    });
  }

  protected putSync(frame: OutgoingFrame, options: WaitSyncOptions | undefined): void {
    const timeout = checkTimeout(options);
    if (!this.#sender.putSync(frame, timeout)) throw this.tooLate('sent', timeout);
  }

  protected tryPut(frame: OutgoingFrame): boolean {
    return this.#sender.tryPut(frame);
  }

  // ---- receiving

  protected take(options: (RecvBytesOptions & WaitOptions) | undefined): Message | undefined {
    const timeout = checkTimeout(options);
    options?.signal?.throwIfAborted();
    this.checkReadable();
    if (!this.#receiver.isWaitedFor) {
      const message = this.#attempt(options);
      if (message !== undefined) return message;
    }
    if (timeout === 0) throw this.tooLate('received', timeout);
    return undefined;
  }

  protected async late(options: (RecvBytesOptions & WaitOptions) | undefined): Promise<Message> {
    const timeout = checkTimeout(options);
    try {
      return this.#received(await this.#receiver.wait(options?.maxLength ?? Infinity, timeout, options?.signal), timeout);
    } catch (error) {
      throw this.#failure(error, options);
    }
  }

  protected takeSync(options: (RecvBytesOptions & WaitSyncOptions) | undefined): Message {
    const timeout = checkTimeout(options);
    this.checkReadable();
    const message = this.#attempt(options);
    if (message !== undefined) return message;
    if (timeout === 0) throw this.tooLate('received', timeout);
    try {
      return this.#received(this.#receiver.waitSync(options?.maxLength ?? Infinity, timeout), timeout);
    } catch (error) {
      throw this.#failure(error, options);
    }
  }

  protected tryTake(options?: RecvBytesOptions): Message | undefined {
    this.checkReadable();
    return this.#attempt(options);
  }

  protected open(message: Message): In {
    try {
      return this.#decode(message) as In;
    } catch (error) {
      if (!needsWait(error)) throw error;
      this.keep(message);
      throw new FunctionReferenceError(
        `${(error as Error).message}: import it before, or receive with an async form. The message is kept for the next try`,
        { cause: error },
      );
    }
  }

  protected openSoon(message: Message): Promise<In> {
    try {
      return soon(this.#decode(message) as In);
    } catch (error) {
      if (!needsWait(error)) return Promise.reject(error);
      const kept = { bytes: this.bytesOf(message), own: true };
      return readImporting(() => this.#decode(kept) as In);
    }
  }

  protected keep(message: Message): void {
    this.#receiver.keep(message);
  }

  protected bytesOf({ bytes, own }: Message): Buffer {
    return own ? bytes : copyBytes(bytes);
  }

  protected release(): void {}

  protected override nameBytes(message: Message): string {
    return message.bytes.subarray(0, CHALLENGE.length).equals(CHALLENGE)
      ? 'the other side asks for an authkey, and none was given here'
      : super.nameBytes(message);
  }

  #attempt(options: RecvBytesOptions | undefined): Message | undefined {
    if (decoding > 0) this.#receiver.detach();
    try {
      const frame = this.#receiver.take(options?.maxLength ?? Infinity);
      return frame && this.#messageOf(frame);
    } catch (error) {
      throw this.#failure(error, options);
    }
  }

  #received(frame: Frame | undefined, timeout: number): Message {
    if (frame === undefined) throw this.tooLate('received', timeout);
    return this.#messageOf(frame);
  }

  #messageOf({ bytes, own }: Frame): Message {
    return { bytes, own, raw: !this.#values.isValue(bytes) };
  }

  #failure(error: unknown, options: RecvBytesOptions | undefined): unknown {
    return error instanceof FrameTooLong ? this.tooLong(error.length, options!.maxLength!) : error;
  }

  #decode({ bytes, own }: Frame): unknown {
    decoding++;
    try {
      return this.#values.decode(bytes, own);
    } finally {
      decoding--;
    }
  }

  #checkOpen(): void {
    if (this.closed) this.refuse('was closed by this process');
  }
}

travelsRebuilt(SocketConnection.prototype);
