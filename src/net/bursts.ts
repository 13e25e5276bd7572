/**
 * Small messages in quick succession over TCP.
 *
 * A message that goes out at once is a packet of its own, and a packet costs the kernels 7 us. Held back until the one before it has been acknowledged (Nagle's
 * algorithm, TCP without TCP_NODELAY) many share a packet, and come three times as fast; but the last of them waits for the other side, up to 40 ms where that does not read.
 * So they are held only in the middle of a burst, and what was held goes out when the thread sleeps in a wait of this library, when its event loop goes on, with a message that is
 * not of the burst, and before the connection is closed or its process exits.
 *
 * Killed in a burst: what was held is in the kernel, which sends it before it closes the connection, unless something stands there that was not read: then TCP drops both
 * directions. Another process that has the connection, too, sends without TCP_NODELAY until it has ended a burst of its own.
 */
import { onSessionOpen } from '../memory/session.ts';
import { waiting } from '../wakeup/waiting.ts';
import type { SocketStream } from './socket_stream.ts';

/** Up to so many bytes a message is small. */
const SMALL = 4096;
/** It belongs to a burst when it comes so many ms after the one before it. */
const QUICK_MS = 0.05;
/** So many of a burst go out by themselves: an answer in a few messages is none. */
const FREE = 8;

/** Those that hold something back in this thread. */
const holding = new Set<Burst>();
let isScheduled = false;
let isWatching = false;

export class Burst {
  readonly #stream: SocketStream;
  #last = -Infinity;
  #count = 0;

  constructor(stream: SocketStream) {
    this.#stream = stream;
  }

  /** A message of `length` bytes is about to go out. */
  next(length: number): void {
    const now = performance.now();
    const isQuick = now - this.#last < QUICK_MS && length <= SMALL;
    this.#last = now;
    if (!isQuick) this.end();
    else if (++this.#count === FREE) this.#hold();
  }

  /** What was held back goes out. */
  end(): void {
    if (this.#count >= FREE && holding.delete(this)) this.#stream.hold(false);
    this.#count = 0;
  }

  #hold(): void {
    this.#stream.hold(true);
    holding.add(this);
    if (!isWatching) process.on('exit', endAll);
    isWatching = true;
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      endAll();
    });
  }
}

function endAll(): void {
  if (holding.size === 0) return;
  for (const burst of [...holding]) burst.end();
}

onSessionOpen(() => {
  waiting().sleepHooks.push({ before: endAll, after: () => {} });
});
