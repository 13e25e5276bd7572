/** A link over two rings in shared memory: between processes and threads of one session. */

import { type Message, Outgoing, releaseMessage } from '../channels/message.ts';
import { PipeConnection } from '../channels/pipe_connection.ts';
import { type Ring, RingRole } from '../channels/ring.ts';
import { borrow, giveBack } from '../channels/scratch.ts';
import { LogLevel } from '../logging/levels.ts';
import { record } from '../logging/logger.ts';
import type { Passenger } from '../memory/object_kinds.ts';
import type { OwnerWord } from '../memory/participants.ts';
import { session } from '../memory/session.ts';
import { copyBytes } from '../platform/fresh_bytes.ts';
import { needsWait, readImporting, readWithoutImport } from '../serialization/importing.ts';
import { Reader } from '../serialization/reader.ts';
import { PART_SIZE } from '../serialization/sink.ts';
import { Writer } from '../serialization/writer.ts';
import { type Expectation, expectNothing, linger, lingeringPays } from '../wakeup/lingering.ts';
import { waiting } from '../wakeup/waiting.ts';
import { settleGrants } from './grants.ts';
import { type BlockingLink, type Listener, writeReply, writeRequest } from './link.ts';
import { type ReplyStatus, Request, type RequestKind } from './protocol.ts';

/** Messages taken in one go, and for how long (ms): then others have their turn. */
const TURN = 256;
const TURN_MS = 2;
/** Bytes of results: a client that has not read as many gets no more of them made, its requests wait. */
const MOST_UNREAD = 8 * 1024 * 1024;
/** A burst wakes the other side at once, and then this often (ms): to wake a process costs as much as several calls. */
const WAKE_MS = 0.5;
/** How often it is asked whether the other side lives, where nothing else tells (ms). */
const PROBE_MS = 200;

export interface RingLinkOptions<T> {
  readonly listener: Listener<T>;
  /** Of a server: a message that needs an import keeps those after it waiting, as does a client that does not read. */
  readonly ordered: boolean;
  /** Who is on the other side; undefined = whoever has the other end open. */
  readonly peer?: OwnerWord;
}

const sharedWriter = new Writer();
const sharedReader = new Reader();

export class RingLink<T> implements BlockingLink, Expectation {
  readonly #connection: PipeConnection<unknown, unknown>;
  readonly #rx: Ring;
  readonly #tx: Ring;
  readonly #options: RingLinkOptions<T>;
  /** What found no room, from `#sent` on: a `shift` of a long list moves it all. */
  #pending: Outgoing[] = [];
  #sent = 0;
  /** Bytes that were sent since the other side was seen to have read everything. */
  #unread = 0;
  #unsubscribe: (() => void) | undefined;
  #unsubscribeRoom: (() => void) | undefined;
  #isOpen = true;
  #isPaused = false;
  #keepsAlive = false;
  #isNudging = false;
  #woken = 0;
  #probed = 0;

  /** Takes the connection over. */
  constructor(connection: PipeConnection<any, any>, options: RingLinkOptions<T>) {
    const [rx, tx] = PipeConnection.rings(connection);
    this.#connection = connection;
    this.#rx = rx!;
    this.#tx = tx!;
    this.#options = options;
    this.#unsubscribe = waiting().subscribe([this.#rx.readers], () => this.#look());
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  request(kind: RequestKind, id: number, target: number, name: string, args: readonly unknown[]): void {
    // What nobody waits for is read with what comes next, or with the end of the link: it needs no wake-up of its own.
    this.#send(
      (writer) => writeRequest(writer, kind, id, target, name, args),
      kind === Request.TOOK || (id === 0 && kind === Request.CALL),
    );
  }

  reply(id: number, status: ReplyStatus, value: unknown): void {
    this.#send((writer) => writeReply(writer, id, status, value));
  }

  keepAlive(isNeeded: boolean): void {
    if (isNeeded !== this.#keepsAlive) waiting().keepAlive(isNeeded ? 1 : -1);
    this.#keepsAlive = isNeeded;
  }

  waitSync(isDone: () => boolean, timeout: number): boolean {
    const attempt = (): true | undefined => {
      this.#look();
      return isDone() || undefined;
    };
    if (this.#isNudging) this.#tx.wakeReader();
    if (attempt()) return true;
    const options = { timeout, suspects: () => this.#suspects(), what: 'a blocking call of a manager' };
    return waiting().waitSync([this.#rx.readers], attempt, options) === true;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    expectNothing(this);
    this.#unsubscribe?.();
    this.#unsubscribeRoom?.();
    this.#discardPending();
    this.#connection.close();
  }

  // ---- sending

  #send(write: (writer: Writer) => void, isQuiet = false): void {
    if (!this.#isOpen) return;
    const message = encodeMessage(write);
    this.#unread += message.length;
    try {
      if (this.#pending.length === 0 && this.#tx.tryWrite(message, true)) {
        if (!isQuiet) this.#nudge();
        return;
      }
      message.prepare(session(), this.#tx.inlineLimit);
    } finally {
      settleGrants();
    }
    this.#pending.push(message.keep());
    this.#waitForRoom();
    this.#tx.wakeReader();
  }

  #waitForRoom(): void {
    this.#unsubscribeRoom ??= waiting().subscribe([this.#tx.writers], () => this.#hasRead());
  }

  /** The other side has read something. */
  #hasRead(): void {
    if (this.#pending.length > 0 && !this.#flush()) return;
    if (this.#isUnheard()) return;
    this.#unsubscribeRoom?.();
    this.#unsubscribeRoom = undefined;
    this.#look();
  }

  /** False = some still finds no room. */
  #flush(): boolean {
    while (this.#sent < this.#pending.length && this.#tx.tryWrite(this.#pending[this.#sent], true)) this.#sent++;
    this.#tx.wakeReader();
    if (this.#sent < this.#pending.length) return false;
    this.#pending = [];
    this.#sent = 0;
    return true;
  }

  #discardPending(): void {
    for (const message of this.#pending.slice(this.#sent)) message.discard(session());
    this.#pending = [];
    this.#sent = 0;
  }

  /** Whether the client leaves so many results unread that it is not to get more. Of one that is gone what it had sent is still done. */
  #isUnheard(): boolean {
    if (!this.#options.ordered || this.#unread <= MOST_UNREAD) return false;
    if (!this.#isPeerClosedOrDead()) {
      if (this.#pending.length > 0 || !this.#tx.isEmpty) {
        this.#waitForRoom();
        return true;
      }
    } else this.#discardPending();
    this.#unread = 0;
    return false;
  }

  #nudge(): void {
    linger(this);
    if (this.#isNudging || (this.isEager && waiting().wakeAwake(this.#tx.readers))) return;
    const now = performance.now();
    if (now - this.#woken > WAKE_MS) {
      this.#woken = now;
      this.#tx.wakeReader();
      return;
    }
    this.#isNudging = true;
    // After all microtasks: a loop of awaits over results sends one message in each.
    process.nextTick(() => {
      this.#isNudging = false;
      if (this.#isOpen) this.#tx.wakeReader();
    });
  }

  // ---- hearing

  get isExpecting(): boolean {
    return this.#isOpen && this.#options.listener.isExpecting;
  }

  get hasCome(): boolean {
    return !this.#rx.isEmpty && this.#isOpen && !this.#isPaused && (!this.#options.ordered || this.#unread <= MOST_UNREAD);
  }

  /** Who has not read the last answer yet has several calls under way. */
  get isEager(): boolean {
    return this.#options.ordered ? this.#tx.wasDrained : this.#options.listener.isEager;
  }

  look(): boolean {
    this.#look();
    return this.#isPaused || this.#options.listener.isPassedOn;
  }

  #look(): void {
    if (!this.#isOpen || this.#isPaused) return;
    let began = 0;
    for (let i = 0; i < TURN; i++) {
      if (this.#isUnheard()) return;
      const message = this.#rx.tryRead(false);
      if (message === undefined) {
        // A server lingers when it answers.
        if (i > 0 && !this.#options.ordered && this.isExpecting) linger(this);
        if (i === 0 && this.#isPeerGone()) this.#end();
        return;
      }
      lingeringPays();
      this.#open(message);
      if (!this.#isOpen || this.#isPaused) return;
      // One alone needs no clock.
      if (i === 1) began = performance.now();
      else if (i > 1 && performance.now() - began > TURN_MS) break;
    }
    waiting().lookSoon();
  }

  #open(message: Message): void {
    let content: T;
    try {
      content = readMessage(message, this.#options.listener);
    } catch (error) {
      if (needsWait(error)) {
        this.#openImporting(message);
        return;
      }
      releaseMessage(session(), message);
      // A message that is not one: whatever else comes cannot be trusted.
      this.#end();
      return;
    }
    releaseMessage(session(), message);
    this.#take(content);
  }

  /** What goes wrong there is not the other connections' business. */
  #take(content: T): void {
    try {
      this.#options.listener.take(content);
    } catch (error) {
      record(LogLevel.ERROR, 'a connection of a manager is closed: %s', error);
      this.#end();
    }
  }

  async #openImporting(message: Message): Promise<void> {
    const { listener, ordered } = this.#options;
    const own = message.block === 0 ? { ...message, bytes: copyBytes(message.bytes) } : message;
    this.#isPaused = ordered;
    try {
      const content = await readImporting(() => readOnce(own, listener)).catch((error) => readOnce(own, listener, error));
      if (this.#isOpen) this.#take(content);
    } catch {
      this.#end();
    } finally {
      releaseMessage(session(), own);
      this.#isPaused = false;
      this.#look();
    }
  }

  #end(): void {
    if (!this.#isOpen) return;
    this.close();
    this.#options.listener.ended();
  }

  /** Everything that came was read, and nothing more can come. */
  #isPeerGone(): boolean {
    return this.#isPeerClosedOrDead() && this.#rx.isEmpty;
  }

  #isPeerClosedOrDead(): boolean {
    const now = performance.now();
    if (now - this.#probed > PROBE_MS) {
      this.#probed = now;
      for (const owner of this.#suspects()) if (owner !== session().self) waiting().doorbells.probe(owner);
    }
    const { peer } = this.#options;
    return peer === undefined ? !this.#rx.isEndOpen(RingRole.WRITER) : this.#isPeerClosed(peer);
  }

  /** Its end may still be on its way to it. */
  #isPeerClosed(peer: OwnerWord): boolean {
    return !session().participants.isListed(peer) || !this.#rx.isEndOpen(RingRole.WRITER);
  }

  #suspects(): Iterable<OwnerWord> {
    const { peer } = this.#options;
    return peer === undefined ? this.#rx.holders(RingRole.WRITER) : [peer];
  }
}

function encodeMessage(write: (writer: Writer) => void): Outgoing {
  const passengers: Passenger[] = [];
  const writer = sharedWriter.busy ? new Writer() : sharedWriter;
  writer.begin({ passengers }, undefined, PART_SIZE);
  try {
    write(writer);
  } catch (error) {
    settleGrants();
    throw error;
  }
  return new Outgoing(writer.finish(), passengers, false, writer.takeParts());
}

function readMessage<T>(message: Message, listener: Listener<T>): T {
  return readWithoutImport(() => readOnce(message, listener));
}

function readOnce<T>({ bytes }: Message, listener: Listener<T>, failure?: unknown): T {
  const reader = sharedReader.busy ? new Reader() : sharedReader;
  const opened: { close(): void }[] = [];
  borrow();
  try {
    reader.open(bytes, { opened, home: listener.home });
    return listener.read(reader, failure);
  } catch (error) {
    for (const open of opened) open.close();
    throw error;
  } finally {
    reader.close();
    giveBack();
  }
}
