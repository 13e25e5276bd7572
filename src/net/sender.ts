/**
 * The sending side of a socket in one thread: messages go out whole, in the order in which they were given, whichever form gave them.
 *
 * What the kernel takes goes out at once. The rest of a message is left to the event loop (`Flight`), and those after it wait in line, where they can still be withdrawn. A
 * blocking call takes back what the event loop has not written and writes it first. A message of which a part is out cannot be withdrawn without
 * tearing the stream: it counts as sent, whatever the time limit of its call.
 */
import { onAbort } from '../base/abort.ts';
import { Deadline } from '../base/deadlines.ts';
import { BrokenPipeError, ConnectionClosedError } from '../base/errors.ts';
import { session } from '../memory/session.ts';
import { LongSpins } from '../wakeup/spinning.ts';
import { waiting } from '../wakeup/waiting.ts';
import { codeOf } from './addresses.ts';
import { Burst } from './bursts.ts';
import type { OutgoingFrame } from './outgoing.ts';
import type { SocketStream } from './socket_stream.ts';
import { startTimer } from './timers.ts';

/** How long one side of a message that is under way looks for the other before it sleeps, in ms. */
export const SPIN_MS = 0.1;

interface Pending {
  readonly frame: OutgoingFrame;
  /** Bytes that are out. */
  written: number;
  readonly settle: (error?: unknown) => void;
}

/** What the event loop writes now. */
interface Flight {
  readonly pending: Pending;
  isOver: boolean;
}

export class Sender {
  readonly #stream: SocketStream;
  readonly #line: Pending[] = [];
  #flight: Flight | undefined;
  #failure: Error | undefined;
  readonly #spins = new LongSpins(SPIN_MS);
  readonly #burst: Burst | undefined;

  constructor(stream: SocketStream) {
    this.#stream = stream;
    this.#burst = stream.canHold ? new Burst(stream) : undefined;
  }

  /** Whether something is still to go out. */
  get isBusy(): boolean {
    return this.#flight !== undefined;
  }

  /** Whether all of it was sent, or enough that the event loop does the rest. */
  tryPut(frame: OutgoingFrame): boolean {
    if (this.#flight !== undefined) return false;
    const written = this.#write(frame, 0);
    if (written === 0) return false;
    if (written < frame.length) this.#fly({ frame: frame.keep(), written, settle: () => {} });
    return true;
  }

  /** Undefined = done. Resolves with whether it was sent in time, once the kernel has all of it. */
  put(frame: OutgoingFrame, timeout: number, signal: AbortSignal | undefined): Promise<boolean> | undefined {
    let written = 0;
    if (this.#flight === undefined) {
      written = this.#write(frame, 0);
      if (written === frame.length) return undefined;
      if (written === 0 && timeout === 0) return Promise.resolve(false);
    } else if (timeout === 0) return Promise.resolve(false);
    return new Promise((resolve, reject) => this.#later(frame.keep(), written, timeout, signal, resolve, reject));
  }

  #later(
    frame: OutgoingFrame,
    written: number,
    timeout: number,
    signal: AbortSignal | undefined,
    resolve: (sent: boolean) => void,
    reject: (error: unknown) => void,
  ): void {
    let stopTimer: (() => void) | undefined;
    let ignoreAbort: (() => void) | undefined;
    const pending: Pending = {
      frame,
      written,
      settle: (error) => {
        stopTimer?.();
        ignoreAbort?.();
        if (error === undefined) resolve(true);
        else reject(error);
      },
    };
    /** Time is up: it is taken out of the line, or counts as sent. */
    const giveUp = (withdrawn: () => void): void => {
      stopTimer?.();
      ignoreAbort?.();
      if (this.#withdraw(pending)) withdrawn();
      else resolve(true);
    };
    if (timeout !== Infinity) stopTimer = startTimer(timeout, () => giveUp(() => resolve(false)));
    if (signal) ignoreAbort = onAbort(signal, () => giveUp(() => reject(signal.reason)));
    if (this.#flight === undefined) this.#fly(pending);
    else this.#line.push(pending);
  }

  /** Blocks until the message is out. False = there was no room for it in time. */
  putSync(frame: OutgoingFrame, timeout: number): boolean {
    const deadline = new Deadline(timeout);
    if (!this.#flushSync(deadline)) return false;
    const written = this.#writeSync(frame, 0, deadline);
    if (written < frame.length && written > 0) this.#fly({ frame: frame.keep(), written, settle: () => {} });
    return written > 0;
  }

  /** What the kernel holds back goes out: another process writes there, too, from now on. */
  push(): void {
    this.#burst?.end();
  }

  /** No call waits any more: what was not begun is refused with `error`, the rest of what was goes out. */
  close(error: Error): void {
    this.#failure = error;
    this.#burst?.end();
    for (const pending of this.#line.splice(0)) pending.settle(error);
  }

  /** Waiting messages, oldest first. */
  #flushSync(deadline: Deadline): boolean {
    if (this.#flight === undefined) return true;
    const { pending } = this.#flight;
    this.#recall();
    for (let head: Pending | undefined = pending; head !== undefined; head = this.#line.shift()) {
      head.written = this.#writeSync(head.frame, head.written, deadline);
      if (head.written < head.frame.length) {
        this.#fly(head);
        return false;
      }
      head.settle();
    }
    return true;
  }

  #writeSync(frame: OutgoingFrame, from: number, deadline: Deadline): number {
    let written = from;
    for (;;) {
      written += this.#write(frame, written);
      const left = deadline.left();
      if (written === frame.length || left <= 0) return written;
      const more = written > 0 ? this.#writeOn(frame, written) : 0;
      written += more;
      if (more > 0) continue;
      session();
      waiting().sleepUntilWritable(this.#stream.fd, left);
    }
  }

  /** In the middle of a message its receiver is most likely reading: looks for room while that pays. Bytes that went out. */
  #writeOn(frame: OutgoingFrame, from: number): number {
    const ms = this.#spins.next();
    if (ms === 0) return 0;
    const until = performance.now() + ms;
    let written: number;
    do written = this.#write(frame, from);
    while (written === 0 && performance.now() < until);
    this.#spins.ended(ms, written > 0);
    return written;
  }

  /** Bytes of it that the kernel takes now. */
  #write(frame: OutgoingFrame, from: number): number {
    if (this.#failure) throw this.#failure;
    if (from === 0) this.#burst?.next(frame.length);
    try {
      return frame.writeTo(this.#stream, from);
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** Gives the rest of a message to the event loop. */
  #fly(pending: Pending): void {
    const flight: Flight = { pending, isOver: false };
    this.#flight = flight;
    const done = (error: Error | null | undefined): void => {
      if (flight.isOver) return;
      flight.isOver = true;
      this.#flight = undefined;
      if (error) pending.settle(this.#fail(error));
      else pending.settle();
      this.#goOn();
    };
    this.#stream.writeLater(pending.frame.parts(pending.written), done);
  }

  /** Those that stood in line. */
  #goOn(): void {
    for (let head = this.#line[0]; head !== undefined; head = this.#line[0]) {
      this.#line.shift();
      try {
        head.written += this.#write(head.frame, head.written);
      } catch (error) {
        head.settle(error);
        continue;
      }
      if (head.written < head.frame.length) {
        this.#fly(head);
        return;
      }
      head.settle();
    }
  }

  /** Takes the rest of what the event loop writes back from it. */
  #recall(): void {
    const flight = this.#flight!;
    const { unwritten } = this.#stream;
    if (unwritten === undefined)
      throw new ConnectionClosedError('this socket is being written to: await what was sent before, then send in a blocking way');
    flight.isOver = true;
    this.#flight = undefined;
    flight.pending.written = flight.pending.frame.length - unwritten;
    this.#stream.takeBack();
  }

  /** Whether nothing of the message is out, and nothing will be. */
  #withdraw(pending: Pending): boolean {
    const place = this.#line.indexOf(pending);
    if (place >= 0) {
      this.#line.splice(place, 1);
      return true;
    }
    if (this.#flight?.pending !== pending || this.#stream.unwritten !== pending.frame.length) return false;
    this.#recall();
    this.#goOn();
    return true;
  }

  /** The error of this call, and of those to come. */
  #fail(error: unknown): Error {
    const gone = codeOf(error) === 'EPIPE' || codeOf(error) === 'ECONNRESET' || codeOf(error) === 'ERR_STREAM_DESTROYED';
    this.#failure ??= gone
      ? new BrokenPipeError('nobody is left to read what is sent here: the other side has closed the connection, or has ended', {
          cause: error,
        })
      : error instanceof Error
        ? error
        : new Error(String(error));
    return this.#failure;
  }
}
