/**
 * A link over a connection of `multiproc/connection`: to a program that shares no memory with this one. Both sides have proved that they know the key. What comes may
 * name functions and classes of allowed modules only.
 *
 *     +---------+-------+-------------------------+
 *     | version | order | the values of a message |     order: 'L' little-endian, 'B' big-endian
 *     +---------+-------+-------------------------+
 */
import { endianness } from 'node:os';
import { BrokenPipeError, SerializationError } from '../base/errors.ts';
import type { Connection } from '../channels/connection.ts';
import { guarded } from '../net/allowed_modules.ts';
import type { Foreign } from '../serialization/foreign.ts';
import { functionCodec, setFunctionCodec } from '../serialization/hooks.ts';
import { needsWait, readImporting, readWithoutImport } from '../serialization/importing.ts';
import { Reader } from '../serialization/reader.ts';
import type { RebuildingContext } from '../serialization/rebuilt.ts';
import { Writer } from '../serialization/writer.ts';
import { type Link, type Listener, writeReply, writeRequest } from './link.ts';
import { type ReplyStatus, type RequestKind, VERSION } from './protocol.ts';

const LONG_MS = 2 ** 30;
/** Bytes of results that the system has not taken: a client that reads no more gets no more of them made, its requests wait. */
const MOST_UNSENT = 8 * 1024 * 1024;
const HEADER = Uint8Array.of(VERSION, endianness() === 'LE' ? 0x4c : 0x42);

/** The context of what is sent and received: who is on this side. */
export interface SocketContext extends Foreign, RebuildingContext {
  /** In a server. */
  readonly client?: unknown;
  /** In a client. */
  readonly remote?: unknown;
}

export interface SocketLinkOptions<T> {
  readonly listener: Listener<T>;
  readonly context: SocketContext;
  readonly isAllowed: (url: string) => boolean;
}

export class SocketLink<T> implements Link {
  /** undefined = it is being made. */
  #connection: Connection<any, any> | undefined;
  /** What has to wait for that. */
  #early: Buffer[] = [];
  readonly #options: SocketLinkOptions<T>;
  #isOpen = true;
  #keeper: NodeJS.Timeout | undefined;
  #unsent = 0;
  /** The other side reads nothing more. What it had sent before counts all the same. */
  #isUnheard = false;
  /** Called when there is room again. */
  #onRoom: (() => void) | undefined;

  /** Takes the connection over, also one that is being made: what is sent meanwhile goes out then. */
  constructor(connection: Connection<any, any> | Promise<Connection<any, any>>, options: SocketLinkOptions<T>) {
    this.#options = options;
    if (connection instanceof Promise)
      connection.then(
        (made) => this.#connected(made),
        (error) => this.#end(error),
      );
    else this.#connected(connection);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  request(kind: RequestKind, id: number, target: number, name: string, args: readonly unknown[]): void {
    this.#send((writer) => writeRequest(writer, kind, id, target, name, args));
  }

  reply(id: number, status: ReplyStatus, value: unknown): void {
    this.#send((writer) => writeReply(writer, id, status, value));
  }

  /** The connection itself is quiet: what it waits for may never come. */
  keepAlive(isNeeded: boolean): void {
    if (!isNeeded) clearInterval(this.#keeper);
    else this.#keeper ??= setInterval(() => {}, LONG_MS);
    if (!isNeeded) this.#keeper = undefined;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#early = [];
    this.#onRoom?.();
    this.#connection?.close();
  }

  #send(write: (writer: Writer) => void): void {
    if (!this.#isOpen || this.#isUnheard) return;
    const writer = new Writer();
    writer.begin(this.#options.context);
    write(writer);
    const bytes = Buffer.concat([HEADER, writer.finish()]);
    if (this.#connection) this.#write(this.#connection, bytes);
    else this.#early.push(bytes);
  }

  #write(connection: Connection<any, any>, bytes: Buffer): void {
    this.#unsent += bytes.length;
    connection.sendBytes(bytes).then(
      () => {
        this.#unsent -= bytes.length;
        if (this.#unsent <= MOST_UNSENT) this.#onRoom?.();
      },
      (error) => {
        if (!(error instanceof BrokenPipeError)) return this.#end();
        // The end of the stream follows.
        this.#isUnheard = true;
        this.#onRoom?.();
      },
    );
  }

  /** Of a server. A client reads always: else both could wait for each other. */
  #room(): Promise<void> | undefined {
    if (this.#unsent <= MOST_UNSENT || this.#isUnheard || this.#options.context.client === undefined) return undefined;
    return new Promise((resolve) => {
      this.#onRoom = resolve;
    });
  }

  #connected(connection: Connection<any, any>): void {
    if (!this.#isOpen) {
      connection.close();
      return;
    }
    this.#connection = connection;
    for (const bytes of this.#early.splice(0)) this.#write(connection, bytes);
    this.#hear(connection);
  }

  async #hear(connection: Connection<any, any>): Promise<void> {
    try {
      for (;;) {
        const bytes = await connection.recvBytes();
        if (!this.#isOpen) return;
        const pending = this.#take(bytes);
        if (pending) await pending;
      }
    } catch {
      this.#end();
    }
  }

  /** Not in `#hear`: what a message brought would live there until the next one comes. */
  #take(bytes: Uint8Array): Promise<void> | undefined {
    const content = this.#read(bytes);
    if (content instanceof Promise) return content.then((message) => this.#taken(message));
    return this.#taken(content);
  }

  #taken(message: T): Promise<void> | undefined {
    if (this.#isOpen) this.#options.listener.take(message);
    return this.#room();
  }

  /** Whole messages one after the other: one that needs an import keeps those after it waiting. */
  #read(bytes: Uint8Array): T | Promise<T> {
    if (bytes.length <= HEADER.length || !HEADER.every((byte, i) => byte === bytes[i]))
      throw new SerializationError('the other side is of another version of multiproc, or no manager');
    try {
      return readWithoutImport(() => this.#readOnce(bytes));
    } catch (error) {
      if (!needsWait(error)) throw error;
      return readImporting(() => this.#readOnce(bytes)).catch((failure) => this.#readOnce(bytes, failure));
    }
  }

  #readOnce(bytes: Uint8Array, failure?: unknown): T {
    const { listener, context, isAllowed } = this.#options;
    const reader = new Reader();
    const codec = functionCodec();
    setFunctionCodec(codec && guarded(codec, isAllowed));
    try {
      reader.open(bytes.subarray(HEADER.length), context);
      return listener.read(reader, failure);
    } finally {
      setFunctionCodec(codec);
      reader.close();
    }
  }

  #end(cause?: unknown): void {
    if (!this.#isOpen) return;
    this.close();
    this.#options.listener.ended(cause);
  }
}
