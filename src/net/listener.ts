/** `Listener`: a socket at which other programs connect, of this library or of Python's. */
import type { Server, Socket } from 'node:net';
import { checkTimeout, type WaitOptions } from '../base/deadlines.ts';
import {
  AuthenticationError,
  argumentRangeError,
  argumentTypeError,
  ConnectionClosedError,
  TimeoutError,
} from '../base/errors.ts';
import type { Connection } from '../channels/connection.ts';
import { LogLevel } from '../logging/levels.ts';
import { record, threshold } from '../logging/logger.ts';
import { platform } from '../platform/current.ts';
import { checkKey } from '../process/authkey.ts';
import { type Finalizer, finalize } from '../process/finalize.ts';
import { type Address, checkFamily, type Place, placeOf, textOf } from './addresses.ts';
import { checkAllowMd5 } from './authentication.ts';
import type { ConnectionOptions } from './client.ts';
import { Handshakes } from './handshakes.ts';
import { addressOf, listenAt, privatePlace, removePath } from './listening.ts';
import { checkOptions } from './options.ts';
import { Outcomes } from './outcomes.ts';
import { SocketConnection } from './socket_connection.ts';
import { SocketStream } from './socket_stream.ts';
import { type Values, valuesOf } from './values.ts';

export interface ListenerOptions extends ConnectionOptions {
  /** Where to listen. Default: a new Unix socket in a private folder, for AF_INET a free port of localhost. */
  address?: Address;
  /**
   * How many connections wait until somebody accepts them, and as many more until the event loop looks at them: who comes then is closed. Default: 511.
   */
  backlog?: number;
  /** How long a client may take to prove that it knows the key, in ms. Default: 5000. */
  handshakeTimeout?: number;
}

const BACKLOG = 511;
const HANDSHAKE_MS = 5000;

/**
 * Listens for connections, as `multiprocessing.connection.Listener`.
 *
 * `listen()` binds the address, and `accept()` does it too; from then on `address` is where clients connect. The handshakes of all clients run beside each other, and who
 * does not finish his in time is dropped: `accept()` gives connections that are ready for use. It does not keep the program alive, a pending `accept()` does.
 */
export class Listener<In = unknown, Out = any> implements AsyncIterable<Connection<In, Out>>, Disposable, AsyncDisposable {
  readonly #place: Place | undefined;
  readonly #backlog: number;
  readonly #values: Values;
  readonly #handshakes: Handshakes | undefined;
  readonly #outcomes: Outcomes<SocketConnection<In, Out>>;
  #listening: Promise<void> | undefined;
  #server: Server | undefined;
  #bound: Place | undefined;
  #address: Address | null;
  #lastAccepted: Address | null = null;
  #removal: Finalizer | undefined;
  #closed = false;

  /** Opens nothing. Throws TypeError and RangeError for bad options, PlatformError for a family that this system does not have. */
  constructor(options: ListenerOptions = {}) {
    checkOptions('Listener', options, '{ address, authkey }');
    const { address, authkey, backlog = BACKLOG, handshakeTimeout = HANDSHAKE_MS } = options;
    this.#place = placeIn(options);
    this.#address = address ?? null;
    this.#backlog = checkNumber('backlog', backlog, 1);
    this.#values = valuesOf(options);
    const allowMd5 = checkAllowMd5(options.allowMd5);
    const timeout = checkNumber('handshakeTimeout', handshakeTimeout, 1);
    if (authkey !== undefined) this.#handshakes = new Handshakes({ key: checkKey(authkey).key, allowMd5, timeout });
    this.#outcomes = new Outcomes(this.#backlog, (isWaitedFor) => (isWaitedFor ? this.#server?.ref() : this.#server?.unref()));
  }

  /**
   * Binds the address, once; where that fails the next call tries it again. Throws AddressInUseError, AddressError, ConnectionClosedError when the listener is or gets
   * closed.
   */
  listen(): Promise<void> {
    if (this.#closed) return Promise.reject(closedError());
    this.#listening ??= this.#listen().catch((error) => {
      this.#listening = undefined;
      throw error;
    });
    return this.#listening;
  }

  /**
   * The next client that is connected and authenticated. Throws AuthenticationError for one that has another key (the next call goes on), TimeoutError,
   * ConnectionClosedError when the listener is or gets closed, and what `listen` does.
   */
  async accept(options?: WaitOptions): Promise<Connection<In, Out>> {
    const timeout = checkTimeout(options);
    options?.signal?.throwIfAborted();
    await this.listen();
    const connection = await this.#outcomes.take(timeout, options?.signal);
    if (connection === undefined) throw new TimeoutError(`nobody connected within ${timeout} ms`);
    this.#lastAccepted = connection.peer;
    return connection;
  }

  /** Where clients connect: [host, port], or a path. Before `listen()` what was given, null where nothing was. */
  get address(): Address | null {
    return this.#address;
  }

  /** Where the client came from that `accept` gave last: [host, port]; the empty text for a path, which clients do not have. null before. */
  get lastAccepted(): Address | null {
    return this.#lastAccepted;
  }

  /** Stops listening, and closes the connections that nobody has accepted. Those that were accepted stay. Pending calls of `accept` reject. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#handshakes?.close();
    for (const connection of this.#outcomes.close(closedError())) connection.close();
    this.#stop();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  /** One connection after the other, until the listener is closed. Clients with another key are passed over. Leaving the loop closes nothing. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Connection<In, Out>, void, undefined> {
    while (!this.#closed) {
      try {
        yield await this.accept();
      } catch (error) {
        if (error instanceof AuthenticationError) continue;
        if (this.#closed && error instanceof ConnectionClosedError) return;
        throw error;
      }
    }
  }

  toString(): string {
    const at = this.#bound
      ? ` at ${typeof this.#address === 'string' ? JSON.stringify(this.#address) : this.#address!.join(':')}`
      : '';
    return `<Listener(${this.#closed ? 'closed' : this.#server ? 'listening' : 'not listening'})${at}>`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  async #listen(): Promise<void> {
    const place = this.#place ?? privatePlace();
    this.#server = await listenAt(place, this.#backlog, (socket) => this.#accepted(socket));
    this.#bound = place;
    this.#address = addressOf(place, this.#server);
    if (this.#closed) {
      this.#stop();
      throw closedError();
    }
    this.#removal = finalize(null, () => removePath(place));
  }

  #stop(): void {
    if (this.#bound === undefined) return;
    this.#server?.close();
    this.#removal?.cancel();
    removePath(this.#bound);
  }

  #accepted(socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    const connection = this.#takeOver(socket);
    if (connection === undefined) return;
    connection.peer = this.#bound!.family === 'AF_INET' ? [remoteAddress ?? '', remotePort ?? 0] : '';
    if (this.#handshakes === undefined) this.#outcomes.add(connection);
    else void this.#greet(this.#handshakes, connection, remoteAddress ?? '');
  }

  /** Undefined = it was closed: there is no room for it, or no descriptor. */
  #takeOver(socket: Socket): SocketConnection<In, Out> | undefined {
    try {
      if (this.#outcomes.isFull) {
        this.#logFull();
        return undefined;
      }
      const { fd } = (socket as Socket & { _handle: { fd: number } })._handle;
      return new SocketConnection<In, Out>(SocketStream.fromDescriptor(platform().passing.duplicate(fd)), this.#values);
    } catch (error) {
      this.#log(`a connection was dropped: ${(error as Error).message}`);
      return undefined;
    } finally {
      // Its descriptor has another owner now.
      socket.destroy();
    }
  }

  async #greet(handshakes: Handshakes, connection: SocketConnection<In, Out>, host: string): Promise<void> {
    try {
      if ((await handshakes.greet(connection, host)) === undefined) return;
      if (!this.#closed && !this.#outcomes.isFull) this.#outcomes.add(connection);
      else {
        connection.close();
        if (!this.#closed) this.#logFull();
      }
    } catch (error) {
      this.#log(`a client of ${textOf(this.#bound!)} was refused: ${(error as Error).message}`);
      this.#outcomes.addError(error);
    }
  }

  #logFull(): void {
    this.#log(
      `a client of ${textOf(this.#bound!)} was refused: ${this.#backlog} wait for accept() already. Accept sooner, or set a larger backlog`,
    );
  }

  #log(text: string): void {
    if (threshold <= LogLevel.WARNING) record(LogLevel.WARNING, text);
  }
}

function placeIn({ address, family }: ListenerOptions): Place | undefined {
  if (address !== undefined) return placeOf(address, family);
  const wanted = checkFamily(family);
  if (wanted === 'AF_INET') return placeOf(['localhost', 0], wanted);
  if (wanted !== 'AF_PIPE') return undefined;
  return placeOf(`\\\\.\\pipe\\multiproc-${process.pid}-${Math.random().toString(36).slice(2)}`, wanted);
}

function checkNumber(name: string, value: unknown, least: number): number {
  if (typeof value !== 'number') throw argumentTypeError(`${name} must be a number, not ${typeof value}`);
  if (!(Number.isInteger(value) && value >= least))
    throw argumentRangeError(`${name} must be a whole number, ${least} or more, not ${value}`);
  return value;
}

function closedError(): ConnectionClosedError {
  return new ConnectionClosedError('this listener was closed by this process');
}
