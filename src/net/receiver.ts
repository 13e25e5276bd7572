/** The receiving side of a socket in one thread: messages in the order of the stream, async receivers in the order of their calls. */
import { onAbort } from '../base/abort.ts';
import { ConnectionClosedError, EOFError } from '../base/errors.ts';
import { session } from '../memory/session.ts';
import { copyBytes } from '../platform/fresh_bytes.ts';
import { LongSpins } from '../wakeup/spinning.ts';
import { waiting } from '../wakeup/waiting.ts';
import { type Frame, FrameReader, headerOf } from './frames.ts';
import { SPIN_MS } from './sender.ts';
import type { SocketStream, StreamListener } from './socket_stream.ts';
import { startTimer } from './timers.ts';

interface Waiter {
  readonly limit: number;
  readonly resolve: (frame: Frame) => void;
  readonly reject: (error: unknown) => void;
}

export class Receiver implements StreamListener {
  readonly #stream: SocketStream;
  readonly #reader = new FrameReader();
  readonly #spins = new LongSpins(SPIN_MS);
  readonly #waiters: Waiter[] = [];
  readonly #watchers = new Set<() => void>();
  /** Messages that were taken and not received. */
  readonly #kept: Frame[] = [];
  /** What every receive fails with once the messages are used up. */
  #end: Error | undefined;
  /** A wait of this connection does not keep the event loop alive. */
  isQuiet = false;

  constructor(stream: SocketStream) {
    this.#stream = stream;
    stream.listen(this);
  }

  get isWaitedFor(): boolean {
    return this.#waiters.length > 0;
  }

  /** The next message; undefined = none yet. Its bytes may be gone when anything else is received. Throws what `FrameReader.next` does, EOFError. */
  take(limit: number): Frame | undefined {
    if (this.isGivenAway) throw givenAway();
    if (this.#kept.length > 0) return this.#kept.shift();
    const frame = this.#reader.next(limit);
    return frame ?? this.#fill(limit);
  }

  /** Whether `take` has something, or fails. */
  get isReady(): boolean {
    if (this.#kept.length > 0 || this.#reader.isReady || this.#end !== undefined || this.isGivenAway) return true;
    try {
      const frame = this.#fill(Infinity);
      if (frame === undefined) return false;
      this.#kept.push(owned(frame));
    } catch {
      // The next receive meets it again.
    }
    return true;
  }

  keep(frame: Frame): void {
    this.#kept.unshift(owned(frame));
    // One who waits for bytes may be next.
    if (this.#waiters.length > 0) queueMicrotask(() => this.#serve());
  }

  /** The message has been looked at: memory for reading can go to others. */
  rest(): void {
    this.#reader.rest();
  }

  /** While a message is being decoded, what that runs may receive something itself: the bytes stay as they are. */
  detach(): void {
    this.#reader.detach();
  }

  /** Undefined = time ran out. The message is its receiver's own. */
  wait(limit: number, timeout: number, signal: AbortSignal | undefined): Promise<Frame | undefined> {
    return new Promise((resolve, reject) => {
      let stopTimer: (() => void) | undefined;
      let ignoreAbort: (() => void) | undefined;
      const leave = (): void => {
        stopTimer?.();
        ignoreAbort?.();
        const place = this.#waiters.indexOf(waiter);
        if (place >= 0) this.#waiters.splice(place, 1);
        if (!this.#isWanted) this.#stream.keepAlive(false);
      };
      const waiter: Waiter = {
        limit,
        resolve: (frame) => (leave(), resolve(frame)),
        reject: (error) => (leave(), reject(error)),
      };
      this.#waiters.push(waiter);
      if (timeout !== Infinity) {
        const expire = (): void => {
          // The thread may have been busy when the message came: what came in time counts.
          this.#serve();
          if (this.#waiters.includes(waiter)) leave(), resolve(undefined);
        };
        stopTimer = startTimer(timeout, expire, !this.isQuiet);
      }
      if (signal) ignoreAbort = onAbort(signal, () => waiter.reject(signal.reason));
      this.#hear();
    });
  }

  waitSync(limit: number, timeout: number): Frame | undefined {
    session();
    const look = (): Frame | undefined => this.take(limit) ?? this.#takeOn(limit);
    return waiting().waitSync([], look, { timeout, isCostly: true }, [this.#stream.fd]);
  }

  /** Whether `take` has something in time. */
  waitReady(timeout: number, signal: AbortSignal | undefined): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        stopWatch();
        stopTimer?.();
        ignoreAbort?.();
      };
      const stopWatch = this.watch(() => this.isReady && (end(), resolve(true)));
      const stopTimer = timeout === Infinity ? undefined : startTimer(timeout, () => (end(), resolve(this.isReady)));
      const ignoreAbort = signal && onAbort(signal, () => (end(), reject(signal.reason)));
    });
  }

  /** Blocks until `take` has something; false = time ran out. */
  waitReadySync(timeout: number): boolean {
    session();
    return waiting().waitSync([], () => this.isReady || undefined, { timeout, isCostly: true }, [this.#stream.fd]) === true;
  }

  /** Calls `look` whenever something may have come, until the returned function is called. */
  watch(look: () => void): () => void {
    this.#watchers.add(look);
    this.#hear();
    return () => {
      this.#watchers.delete(look);
      if (!this.#isWanted) this.#stream.keepAlive(false);
    };
  }

  came(bytes: Uint8Array): boolean {
    for (let rest = bytes; rest.length > 0; ) {
      const space = this.#reader.space();
      const part = rest.length <= space.length ? rest : rest.subarray(0, space.length);
      space.set(part);
      this.#reader.filled(part.length);
      rest = rest.subarray(part.length);
      // Makes room, where the buffer is full of messages. After what is no message nothing has a meaning.
      if (rest.length > 0 && !this.#settle()) break;
    }
    this.#tell();
    return this.#isWanted;
  }

  ended(cause: Error | undefined): void {
    if (this.#end !== undefined) return;
    this.#endBy(cause);
    this.#tell();
  }

  /** Every receive fails with `error` from now on. */
  close(error: Error): void {
    this.#end = error;
    this.#kept.length = 0;
    for (const waiter of [...this.#waiters]) waiter.reject(error);
    for (const look of [...this.#watchers]) look();
  }

  /**
   * All that came and was not received, as it stood in the stream, for another process that goes on here. This one reads nothing more of its own accord; where it
   * has read something already, which the other one has now, it cannot receive any more.
   */
  giveAway(): Buffer {
    this.#stream.rest();
    const ahead = Buffer.concat([
      ...this.#kept.flatMap(({ bytes }) => [headerOf(bytes.length), bytes]),
      this.#reader.remainder(),
    ]);
    if (ahead.length > 0) this.isGivenAway = true;
    return ahead;
  }

  isGivenAway = false;

  get #isWanted(): boolean {
    return this.#waiters.length > 0 || this.#watchers.size > 0;
  }

  #hear(): void {
    if (this.#end === undefined) this.#stream.hear(!this.isQuiet);
    else queueMicrotask(() => this.#tell());
  }

  #tell(): void {
    this.#serve();
    for (const look of [...this.#watchers]) look();
  }

  /** Gives what is there to those who wait. */
  #serve(): void {
    for (let waiter = this.#waiters[0]; waiter !== undefined; waiter = this.#waiters[0]) {
      try {
        const frame = this.take(waiter.limit);
        if (frame === undefined) return;
        waiter.resolve(owned(frame));
      } catch (error) {
        waiter.reject(error);
      }
    }
  }

  /** Reads until a message is complete, or nothing more is there. */
  #fill(limit: number): Frame | undefined {
    const reader = this.#reader;
    for (;;) {
      if (this.#end !== undefined) throw this.#end;
      let count: number | undefined;
      try {
        count = this.#stream.read(reader.space());
      } catch (error) {
        throw this.#endBy(error as Error);
      }
      if (count === 0) throw this.#endBy(undefined);
      if (count === undefined) {
        reader.rest();
        return undefined;
      }
      reader.filled(count);
      const frame = reader.next(limit);
      if (frame !== undefined) return frame;
    }
  }

  /** In the middle of a message its sender is most likely writing, and sleeps itself where this side does not read: looks for more while that pays. */
  #takeOn(limit: number): Frame | undefined {
    const reader = this.#reader;
    while (reader.isAmid) {
      const ms = this.#spins.next();
      if (ms === 0) return undefined;
      const had = reader.received;
      const until = performance.now() + ms;
      let frame: Frame | undefined;
      do frame = this.#fill(limit);
      while (frame === undefined && reader.received === had && performance.now() < until);
      const paid = frame !== undefined || reader.received !== had;
      this.#spins.ended(ms, paid);
      if (frame !== undefined || !paid) return frame;
    }
    return undefined;
  }

  /** Moves complete messages out of the way. False = what stands there is none: whoever receives meets it. */
  #settle(): boolean {
    try {
      for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) this.#kept.push(owned(frame));
      return true;
    } catch {
      return false;
    }
  }

  #endBy(cause: Error | undefined): Error {
    this.#end = this.#endOf(cause);
    return this.#end;
  }

  #endOf(cause: Error | undefined): Error {
    if (!this.#reader.isEmpty)
      return new EOFError('the stream ended in the middle of a message: the other side has ended, or was killed', { cause });
    return new EOFError(
      cause
        ? `the other side is gone (${cause.message})`
        : 'end of the stream: everything was read, and the other side has closed the connection, or has ended',
      { cause },
    );
  }
}

function givenAway(): ConnectionClosedError {
  return new ConnectionClosedError(
    'this connection was sent to another process, with what had been read of it: it can be read there only',
  );
}

function owned(frame: Frame): Frame {
  return frame.own ? frame : { bytes: copyBytes(frame.bytes), own: true };
}
