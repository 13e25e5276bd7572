/** The sending side of a channel in one thread: messages go out in the order in which they were given, whichever form gave them. */
import type { Session } from '../memory/session.ts';
import type { WaitSet } from '../wakeup/wait_set.ts';
import type { Suspects } from '../wakeup/waiting.ts';
import { waiting } from '../wakeup/waiting.ts';
import type { Outgoing } from './message.ts';

export interface Sink {
  readonly set: WaitSet;
  readonly suspects: Suspects;
  readonly inlineLimit: number;
  /** Publishes a message; false = no room yet. Throws when there will never be any. */
  write(message: Outgoing): boolean;
}

interface Pending {
  readonly message: Outgoing;
  done: boolean;
  error: unknown;
}

export class Outbox {
  readonly #session: Session;
  readonly #sink: Sink;
  readonly #pending: Pending[] = [];

  constructor(session: Session, sink: Sink) {
    this.#session = session;
    this.#sink = sink;
  }

  /** False = not now: wait with it, or discard it. A message that throws is discarded. */
  tryPut(message: Outgoing): boolean {
    try {
      if (this.#pending.length > 0) {
        // What it names is held by the message before memory has to be found for those in front of it.
        message.prepare(this.#session, this.#sink.inlineLimit);
        if (!this.#flush()) return false;
      }
      return this.#sink.write(message);
    } catch (error) {
      message.discard(this.#session);
      throw error;
    }
  }

  /** The last try of a `try...` form, or of one whose time is 0: the others may have died unnoticed. */
  tryPutAtLast(message: Outgoing): boolean {
    waiting().glance(this.#sink.suspects);
    if (this.tryPut(message)) return true;
    message.discard(this.#session);
    return false;
  }

  /** False = time ran out; the message is discarded then, and when it rejects. */
  async wait(message: Outgoing, timeout: number, signal: AbortSignal | undefined): Promise<boolean> {
    const pending = this.#enqueue(message.keep());
    const { set, suspects } = this.#sink;
    try {
      return (await waiting().wait([set], () => this.#attempt(pending), { timeout, signal, suspects })) === true;
    } finally {
      this.#drop(pending);
    }
  }

  waitSync(message: Outgoing, timeout: number): boolean {
    if (timeout === 0) return this.tryPutAtLast(message);
    const pending = this.#enqueue(message);
    const { set, suspects } = this.#sink;
    try {
      return waiting().waitSync([set], () => this.#attempt(pending), { timeout, suspects }) === true;
    } finally {
      this.#drop(pending);
    }
  }

  /** Lets waiting senders look again: the channel was closed here. */
  lookAgain(): void {
    if (this.#pending.length > 0) waiting().lookSoon();
  }

  #enqueue(message: Outgoing): Pending {
    // What it names is held by the message from here on.
    message.prepare(this.#session, this.#sink.inlineLimit);
    const pending: Pending = { message, done: false, error: undefined };
    this.#pending.push(pending);
    return pending;
  }

  #attempt(pending: Pending): true | undefined {
    this.#flush();
    if (pending.error !== undefined) throw pending.error;
    return pending.done || undefined;
  }

  /** Whether nothing is pending any more. */
  #flush(): boolean {
    const pending = this.#pending;
    for (let head = pending[0]; head !== undefined; head = pending[0]) {
      try {
        if (!this.#sink.write(head.message)) return false;
        head.done = true;
      } catch (error) {
        head.error = error;
      }
      pending.shift();
      // Its own wait settles at its next look.
      waiting().lookSoon();
    }
    return true;
  }

  #drop(pending: Pending): void {
    const index = this.#pending.indexOf(pending);
    if (index >= 0) {
      this.#pending.splice(index, 1);
      this.lookAgain();
    }
    if (!pending.done) pending.message.discard(this.#session);
  }
}
