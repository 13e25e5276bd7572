/**
 * The receiving side of a channel in one thread: messages in the order of the channel, async receivers in the order of their calls.
 * A message that a sync operation could not decode, or found to be of the wrong sort, stays here for the next one: nothing is lost.
 */
import { FunctionReferenceError } from '../base/errors.ts';
import { soon } from '../base/event_loop.ts';
import { type Watch, whenCollected } from '../memory/collected.ts';
import { session } from '../memory/session.ts';
import { copyBytes } from '../platform/fresh_bytes.ts';
import { needsWait } from '../serialization/importing.ts';
import { NotHere, setPatience } from '../serialization/patience.ts';
import { Line } from '../sync/line.ts';
import type { WaitSet } from '../wakeup/wait_set.ts';
import type { Suspects } from '../wakeup/waiting.ts';
import { waiting } from '../wakeup/waiting.ts';
import { unpack, unpackImporting } from './envelope.ts';
import { type Message, releaseMessage } from './message.ts';

export interface Source {
  readonly set: WaitSet;
  readonly suspects: Suspects;
  /** The next message; undefined = none yet. Throws when there will never be one. */
  read(own: boolean): Message | undefined;
}

/** Kept messages go with the last receiver of this thread. A function of its own: a closure in the class would keep the inbox. */
function releaseWhenCollected(inbox: object, kept: Message[]): Watch {
  return whenCollected(inbox, () => releaseAll(kept));
}

function releaseAll(kept: Message[]): void {
  for (const message of kept.splice(0)) releaseMessage(session(), message);
}

export class Inbox<T> {
  readonly #source: Source;
  readonly #line = new Line();
  readonly #kept: Message[] = [];
  #watch: Watch | undefined;
  #error: { readonly error: unknown } | undefined;

  constructor(source: Source) {
    this.#source = source;
  }

  /** Messages that were taken off the channel and not received yet. */
  get kept(): number {
    return this.#kept.length;
  }

  /** Whether async receivers of this thread wait already. */
  get isWaitedFor(): boolean {
    return !this.#line.isEmpty;
  }

  /** The next message, or undefined. Without `own` decode it before anything else is received. */
  take(own: boolean): Message | undefined {
    if (this.#error !== undefined) this.#throwLate();
    return this.#kept.length > 0 ? this.#kept.shift() : this.#source.read(own);
  }

  /** An error that a call met after it had received something: the next call throws it. */
  throwLater(error: unknown): void {
    this.#error = { error };
    this.lookAgain();
  }

  #throwLate(): never {
    const { error } = this.#error!;
    this.#error = undefined;
    throw error;
  }

  /** After a `take` that found nothing and will not wait: the others may have died unnoticed. */
  takeAtLast(own: boolean): Message | undefined {
    waiting().glance(this.#source.suspects);
    return this.take(own);
  }

  /** Undefined = time ran out. */
  async wait(timeout: number, signal: AbortSignal | undefined): Promise<Message | undefined> {
    const line = this.#line;
    const ticket = line.join();
    const { set, suspects } = this.#source;
    try {
      const attempt = (): Message | undefined => (line.isFirst(ticket) ? this.take(true) : undefined);
      return await waiting().wait([set], attempt, { timeout, signal, suspects });
    } finally {
      line.leave(ticket);
      if (!line.isEmpty) waiting().lookSoon();
    }
  }

  waitSync(timeout: number): Message | undefined {
    if (timeout === 0) return this.takeAtLast(true);
    const { set, suspects } = this.#source;
    return waiting().waitSync([set], () => this.take(true), { timeout, suspects });
  }

  /** Puts a message back, to be the next. */
  keep(message: Message): void {
    const bytes = message.block === 0 ? copyBytes(message.bytes) : message.bytes;
    this.#kept.unshift({ ...message, bytes });
    this.#watch ??= releaseWhenCollected(this, this.#kept);
    this.lookAgain();
  }

  /** The value. Throws FunctionReferenceError or SerializationError, and keeps the message, when only an async form can import or open what it needs. */
  open(message: Message): T {
    try {
      const value = unpack(message) as T;
      this.delivered(message);
      return value;
    } catch (error) {
      if (!needsWait(error)) {
        this.lost(message);
        throw error;
      }
      this.keep(message);
      if (error instanceof FunctionReferenceError || error instanceof NotHere) throw error;
      throw new FunctionReferenceError(
        `${(error as Error).message}: import it before, or receive with an async form. The message is kept for the next try`,
        { cause: error },
      );
    }
  }

  openSoon(message: Message): Promise<T> {
    let value: T;
    const patience = setPatience(true);
    try {
      value = unpack(message) as T;
    } catch (error) {
      if (needsWait(error)) return this.#openImporting(message);
      this.lost(message);
      return Promise.reject(error);
    } finally {
      setPatience(patience);
    }
    this.delivered(message);
    return soon(value);
  }

  async #openImporting(message: Message): Promise<T> {
    const bytes = message.block === 0 ? copyBytes(message.bytes) : message.bytes;
    try {
      const value = (await unpackImporting({ ...message, bytes })) as T;
      this.delivered(message);
      return value;
    } catch (error) {
      this.lost(message);
      throw error;
    }
  }

  /** The value of a message is there for the receiver. For subclasses. */
  protected delivered(_message: Message): void {}

  /** A message cannot be decoded: nobody gets it. For subclasses. */
  protected lost(_message: Message): void {}

  /** Drops what was kept. */
  clear(): void {
    releaseAll(this.#kept);
  }

  /** Lets waiting receivers look again: the channel was closed here. */
  lookAgain(): void {
    if (!this.#line.isEmpty) waiting().lookSoon();
  }
}
