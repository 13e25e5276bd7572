/**
 * A connected socket as a stream of bytes. Node's `net.Socket` owns the descriptor and tells in the event loop that something came; everything else reads and writes
 * the descriptor directly, so that blocking calls and quick ones need no event loop.
 */
import { Socket, type SocketConstructorOpts } from 'node:net';
import { platform } from '../platform/current.ts';

/** What libuv reads into; whoever is told takes it out at once, so that all connections of a thread share one. */
const shared = Buffer.allocUnsafeSlow(64 * 1024);
/** Of one write. */
const MOST_WRITTEN = 1024 ** 3;

export interface StreamListener {
  /** Bytes came, which are gone afterwards. Returns whether more are wanted now. */
  came(bytes: Uint8Array): boolean;
  /** Nothing more will come. */
  ended(error: Error | undefined): void;
}

type Handle = { readonly fd?: number; readonly writeQueueSize?: number; readonly setNoDelay?: unknown };

/** The options with which a `net.Socket` has to be made, and the way to whom it tells. */
export class Ear {
  listener: StreamListener | undefined;
  readonly onread = {
    buffer: shared,
    callback: (count: number, buffer: Uint8Array): boolean => this.listener?.came(buffer.subarray(0, count)) ?? false,
  };
}

export class SocketStream {
  readonly #ear: Ear;
  #socket: Socket;
  /** Of `#socket`, while that is not destroyed: to ask it costs as much as all else of a small write. */
  #fd = -1;
  #isClosed = false;
  #isHeard = false;
  #keepsAlive = false;

  /** A connected socket that was made with `ear.onread`. */
  constructor(socket: Socket, ear: Ear) {
    this.#ear = ear;
    this.#socket = socket;
    this.#adopt();
  }

  /** Takes over a descriptor of a connected socket. */
  static fromDescriptor(fd: number): SocketStream {
    const ear = new Ear();
    return new SocketStream(socketOf(fd, ear), ear);
  }

  listen(listener: StreamListener): void {
    this.#ear.listener = listener;
  }

  /** -1 = it is closed, or this system shows none. */
  get fd(): number {
    return this.#socket.destroyed ? -1 : this.#fd;
  }

  get isClosed(): boolean {
    return this.#socket.destroyed;
  }

  /** Bytes read now, 0 = the end; undefined = nothing is there now. Throws an error of the system. */
  read(into: Uint8Array): number | undefined {
    const { fd } = this;
    if (fd < 0) return this.#socket.destroyed ? 0 : undefined;
    return platform().read(fd, into);
  }

  /** How many of the first `length` bytes were written now; 0 = it takes none now. Throws an error of the system. */
  write(bytes: Uint8Array, length: number): number {
    let written = 0;
    while (written < length) {
      const { fd } = this;
      if (fd < 0) {
        if (this.#socket.destroyed) throw Object.assign(new Error('the socket has failed'), { code: 'EPIPE' });
        return written;
      }
      const part = written === 0 ? bytes : bytes.subarray(written);
      const count = platform().write(fd, part, Math.min(length - written, MOST_WRITTEN));
      if (count === undefined) break;
      written += count;
    }
    return written;
  }

  /** Writes in the event loop. What is given must stay as it is until `done`; before that nothing else is to be given. */
  writeLater(parts: readonly Uint8Array[], done: (error: Error | null | undefined) => void): void {
    const socket = this.#socket;
    const written = (error: Error | null | undefined): void => {
      // Taken back: some versions of Node say that it was cancelled.
      if (socket !== this.#socket) return;
      if (error) this.#keepReading();
      done(error);
    };
    // In one request, so that its queue is all that is not written.
    socket.cork();
    parts.forEach((part, i) => {
      socket.write(part, i === parts.length - 1 ? written : undefined);
    });
    socket.uncork();
  }

  /** A `net.Socket` that could not write closes its descriptor, with what has arrived there and was not read. */
  #keepReading(): void {
    if (this.#isClosed || this.fd < 0) return;
    try {
      this.takeBack();
    } catch {
      // No descriptor is left for it.
    }
  }

  /** How many bytes of what `writeLater` got are not written yet; undefined = this system does not tell. */
  get unwritten(): number | undefined {
    return handleOf(this.#socket)?.writeQueueSize;
  }

  /**
   * Takes back what is not written yet. Node has no way to do that: the descriptor gets another `net.Socket`, and what the first one has not written is
   * dropped with it. `done` of `writeLater` is not called then.
   */
  takeBack(): void {
    const old = this.#socket;
    const fd = platform().passing.duplicate(this.fd);
    old.removeAllListeners();
    old.on('error', () => {});
    old.destroy();
    this.#socket = socketOf(fd, this.#ear);
    this.#adopt();
    if (this.#isHeard) this.hear(this.#keepsAlive);
  }

  /** From now on the event loop reads, and tells the listener, and stays alive for it. */
  hear(keepsAlive: boolean): void {
    this.#isHeard = true;
    this.keepAlive(keepsAlive);
    this.#socket.resume();
  }

  /** The event loop reads nothing more, until `hear`. */
  rest(): void {
    this.#isHeard = false;
    this.#socket.pause();
  }

  keepAlive(keepsAlive: boolean): void {
    this.#keepsAlive = keepsAlive;
    if (keepsAlive) this.#socket.ref();
    else this.#socket.unref();
  }

  /** Whether a small write waits while an earlier one is not acknowledged; what waited goes out when none does any more. TCP only. */
  hold(isOn: boolean): void {
    this.#socket.setNoDelay(!isOn);
  }

  /** Whether `hold` means anything here. */
  get canHold(): boolean {
    return platform().pushesHeldBack && handleOf(this.#socket)?.setNoDelay !== undefined;
  }

  /** After so many ms of silence the system asks the other one whether it still knows this connection, which ends if it does not; undefined = never. */
  probeAfter(silence: number | undefined): void {
    this.#socket.setKeepAlive(silence !== undefined, silence);
  }

  /** What `writeLater` got is written before. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#ear.listener = undefined;
    if (this.#socket.writableLength > 0) this.#socket.destroySoon();
    else this.#socket.destroy();
  }

  #adopt(): void {
    const socket = this.#socket;
    const ear = this.#ear;
    this.#fd = handleOf(socket)?.fd ?? -1;
    socket.unref();
    // TCP would hold back a small message until the one before it has been acknowledged. See `hold`.
    socket.setNoDelay(true);
    let failure: Error | undefined;
    socket.on('error', (error) => {
      failure = error;
    });
    socket.on('end', () => ear.listener?.ended(undefined));
    socket.on('close', () => ear.listener?.ended(failure));
  }
}

function socketOf(fd: number, ear: Ear): Socket {
  return new Socket({ fd, allowHalfOpen: true, manualStart: true, onread: ear.onread } as SocketConstructorOpts);
}

/** Node has no public name for it. */
function handleOf(socket: Socket): Handle | null | undefined {
  return (socket as Socket & { _handle?: Handle | null })._handle;
}
