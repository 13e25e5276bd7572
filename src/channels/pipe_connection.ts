/** An end of a pipe: a `Connection` over rings in shared memory. */
import { checkTimeout, type WaitOptions, type WaitSyncOptions } from '../base/deadlines.ts';
import { BrokenPipeError, EOFError, PlatformError, SerializationError } from '../base/errors.ts';
import { soon } from '../base/event_loop.ts';
import { unwatch, type Watch, whenCollected } from '../memory/collected.ts';
import { session } from '../memory/session.ts';
import { copyBytes } from '../platform/fresh_bytes.ts';
import { registerObjectKind } from '../serialization/registry.ts';
import { packReference, unpackReference } from '../serialization/shared_objects.ts';
import { type WaitState, waitState } from '../wakeup/waitable.ts';
import { waiting } from '../wakeup/waiting.ts';
import { Connection, refuseHandle } from './connection.ts';
import { pack, type Unpacking } from './envelope.ts';
import { Inbox } from './inbox.ts';
import { MAX_VIEW, type Message, Outgoing, releaseMessage } from './message.ts';
import { Outbox } from './outbox.ts';
import { Ring, type RingEnd, RingRole } from './ring.ts';

interface OpenEnd {
  readonly ring: Ring;
  readonly end: RingEnd;
}

/** Ends that were never closed close when their Connection is collected, as CPython's do. A function of its own: a closure in the constructor would keep `this`. */
function closeWhenCollected(connection: object, ends: readonly OpenEnd[]): Watch {
  return whenCollected(connection, () => {
    for (const { ring, end } of ends) ring.closeEnd(end);
  });
}

/** Several processes may use one end at a time: messages go whole to one of them each. */
export class PipeConnection<In = unknown, Out = In> extends Connection<In, Out> {
  readonly #rx: Ring | undefined;
  readonly #tx: Ring | undefined;
  readonly #inbox: Inbox<In> | undefined;
  readonly #outbox: Outbox | undefined;
  readonly #watch: Watch;

  /** @internal `Pipe()` makes connections. */
  constructor(rx: Ring | undefined, tx: Ring | undefined) {
    super();
    checkRings(rx, tx);
    this.#rx = rx;
    this.#tx = tx;
    const ends: OpenEnd[] = [];
    if (rx) {
      rx.openEnd(RingRole.READER);
      ends.push({ ring: rx, end: RingRole.READER });
      this.#inbox = new Inbox({
        set: rx.readers,
        suspects: () => rx.holders(RingRole.WRITER),
        read: (own) => this.#read(rx, own),
      });
    }
    if (tx) {
      tx.openEnd(RingRole.WRITER);
      ends.push({ ring: tx, end: RingRole.WRITER });
      this.#outbox = new Outbox(session(), {
        set: tx.writers,
        suspects: () => tx.holders(RingRole.READER),
        inlineLimit: tx.inlineLimit,
        write: (message) => this.#write(tx, message),
      });
    }
    this.#watch = closeWhenCollected(this, ends);
  }

  // ---- state

  tryPoll(): boolean {
    return this.#glanceReady(this.#readState());
  }

  protected async latePoll(timeout: number, signal: AbortSignal | undefined): Promise<boolean> {
    const state = this.#readState();
    return this.#passedOn(
      (await waiting().wait(state.sets, () => state.isReady() || undefined, { timeout, signal, ...state })) === true,
    );
  }

  protected latePollSync(timeout: number): boolean {
    const state = this.#readState();
    return this.#passedOn(waiting().waitSync(state.sets, () => state.isReady() || undefined, { timeout, ...state }) === true);
  }

  protected shut(): void {
    unwatch(this.#watch);
    this.#inbox?.clear();
    this.#rx?.closeEnd(RingRole.READER);
    this.#tx?.closeEnd(RingRole.WRITER);
    this.#inbox?.lookAgain();
    this.#outbox?.lookAgain();
  }

  protected get receives(): boolean {
    return this.#rx !== undefined;
  }

  protected get sends(): boolean {
    return this.#tx !== undefined;
  }

  fileno(): never {
    throw new PlatformError(
      'a connection in shared memory has no file descriptor: give the connection itself to wait(), or use Client and Listener',
    );
  }

  /** @internal */
  [waitState](): WaitState {
    return this.#readState();
  }

  /** @internal For the codec: the rings, which a message names in the roles in which they are used. */
  static rings(connection: PipeConnection<any, any>): readonly [rx: Ring | undefined, tx: Ring | undefined] {
    if (connection.closed) throw new SerializationError('a closed connection cannot be sent: send it before closing it');
    return [connection.#rx, connection.#tx];
  }

  // ---- sending

  protected pack(value: Out): Outgoing {
    return pack(value);
  }

  protected packBytes(bytes: Uint8Array): Outgoing {
    return new Outgoing(bytes, undefined, true);
  }

  #write(ring: Ring, message: Outgoing): boolean {
    this.checkWritable();
    if (!ring.isEndOpen(RingRole.READER)) {
      throw new BrokenPipeError('nobody is left to read what is sent here: every other end is closed, or its process has ended');
    }
    return ring.tryWrite(message);
  }

  get #sending(): Outbox {
    return this.#outbox ?? this.refuse('only receives (it is the reading end of a one-way pipe)');
  }

  protected put(message: Outgoing, options: WaitOptions | undefined): Promise<void> {
    const timeout = checkTimeout(options);
    options?.signal?.throwIfAborted();
    const outbox = this.#sending;
    if (outbox.tryPut(message)) return soon(undefined);
    if (timeout === 0) return outbox.tryPutAtLast(message) ? soon(undefined) : Promise.reject(this.tooLate('sent', timeout));
    return outbox.wait(message, timeout, options?.signal).then((sent) => {
      if (!sent) throw this.tooLate('sent', timeout);
    });
  }

  protected putSync(message: Outgoing, options: WaitSyncOptions | undefined): void {
    const timeout = checkTimeout(options);
    const outbox = this.#sending;
    if (!outbox.tryPut(message) && !outbox.waitSync(message, timeout)) throw this.tooLate('sent', timeout);
  }

  protected tryPut(message: Outgoing): boolean {
    const outbox = this.#sending;
    return outbox.tryPut(message) || outbox.tryPutAtLast(message);
  }

  // ---- receiving

  #read(ring: Ring, own: boolean): Message | undefined {
    this.checkReadable();
    const message = ring.tryRead(own);
    if (message || ring.isEndOpen(RingRole.WRITER)) return message;
    // The last one may have written between the two looks.
    const last = ring.tryRead(own);
    if (last) return last;
    throw new EOFError('end of the stream: everything was read, and every other end is closed, or its process has ended');
  }

  get #receiving(): Inbox<In> {
    return this.#inbox ?? this.refuse('only sends (it is the writing end of a one-way pipe)');
  }

  protected take(options: WaitOptions | undefined): Message | undefined {
    const timeout = checkTimeout(options);
    options?.signal?.throwIfAborted();
    const inbox = this.#receiving;
    if (inbox.isWaitedFor) return undefined;
    return inbox.take(false) ?? (timeout === 0 ? inbox.takeAtLast(false) : undefined);
  }

  protected async late(options: WaitOptions | undefined): Promise<Message> {
    const timeout = checkTimeout(options);
    const message = await this.#receiving.wait(timeout, options?.signal);
    if (!message) throw this.tooLate('received', timeout);
    return message;
  }

  protected takeSync(options: WaitSyncOptions | undefined): Message {
    const timeout = checkTimeout(options);
    const inbox = this.#receiving;
    const message = inbox.take(false) ?? inbox.waitSync(timeout);
    if (!message) throw this.tooLate('received', timeout);
    return message;
  }

  protected tryTake(): Message | undefined {
    const inbox = this.#receiving;
    return inbox.take(false) ?? inbox.takeAtLast(false);
  }

  protected open(message: Message): In {
    return this.#inbox!.open(message);
  }

  protected openSoon(message: Message): Promise<In> {
    return this.#inbox!.openSoon(message);
  }

  protected keep(message: Message): void {
    this.#inbox!.keep(message);
  }

  protected bytesOf({ bytes }: Message): Buffer {
    if (bytes.length > MAX_VIEW) return bytes as Buffer;
    return copyBytes(bytes);
  }

  protected release(message: Message): void {
    releaseMessage(session(), message);
  }

  // ---- polling

  #readState(): WaitState {
    const inbox = this.#receiving;
    const rx = this.#rx!;
    const isReady = (): boolean => {
      if (this.closed) this.refuse('was closed by this process');
      return inbox.kept > 0 || !rx.isEmpty || !rx.isEndOpen(RingRole.WRITER);
    };
    return { sets: [rx.readers], isReady, suspects: () => rx.holders(RingRole.WRITER) };
  }

  #glanceReady(state: WaitState): boolean {
    if (state.isReady()) return true;
    waiting().glance(state.suspects!);
    return state.isReady();
  }

  /** Nothing was taken: one who waits to receive may sleep on, because it was we who were rung. */
  #passedOn(ready: boolean): boolean {
    if (ready && !this.#rx!.isEmpty) waiting().wake(this.#rx!.readers);
    return ready;
  }
}

function checkRings(...rings: unknown[]): void {
  if (rings.some((ring) => ring !== undefined && !(ring instanceof Ring)) || rings.every((ring) => ring === undefined))
    refuseHandle();
}

registerObjectKind<PipeConnection<any, any>>({
  tag: 2,
  class: PipeConnection,
  encode: (connection, context) => {
    const [rx, tx] = PipeConnection.rings(connection);
    return [
      rx ? packReference(rx.reference, RingRole.READER, context) : null,
      tx ? packReference(tx.reference, RingRole.WRITER, context) : null,
    ];
  },
  decode: (packed, context) => {
    if (!Array.isArray(packed) || packed.length !== 2)
      throw new SerializationError('a message names a connection in a form that is not ours');
    const [rx, tx] = packed.map((reference) => (reference === null ? undefined : Ring.from(unpackReference(reference))));
    const connection = new PipeConnection<any, any>(rx, tx);
    (context as Unpacking | undefined)?.opened?.push(connection);
    return connection;
  },
});
