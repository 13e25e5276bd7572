/** A client of a manager: this thread's connection to its server, with many calls under way. */
import { inspect } from 'node:util';
import { onAbort } from '../base/abort.ts';
import { DeadlockError, ManagerGoneError, QueueShutDown, RemoteError, TimeoutError } from '../base/errors.ts';
import { PipeConnection } from '../channels/pipe_connection.ts';
import { Ring } from '../channels/ring.ts';
import { session } from '../memory/session.ts';
import { currentIdentity } from '../process/identity.ts';
import { needsWait } from '../serialization/importing.ts';
import type { Reader } from '../serialization/reader.ts';
import type { Door } from './door.ts';
import { type BlockingLink, type Link, type Listener, readInteger } from './link.ts';
import { type ReplyStatus, Request, type RequestKind, Status, VERSION } from './protocol.ts';
import { RingLink } from './ring_link.ts';

/** Of each direction: some hundred small calls. A thousand clients take 64 MiB at the most. */
const RING_BYTES = 32 * 1024;

interface Pending {
  readonly resolve: (value: any) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
  readonly ignoreAbort: (() => void) | undefined;
  /** The program waits for it. */
  readonly isAwaited: boolean;
}

export interface ClientOptions {
  /** The server runs in this thread. */
  readonly isServedHere?: boolean;
  /** The identity of the server that it has to be. */
  readonly expected?: string;
}

interface Answer {
  readonly id: number;
  readonly status: ReplyStatus;
  readonly value: unknown;
}

export class Client implements Listener<Answer> {
  readonly #pending = new Map<number, Pending>();
  readonly #label: string;
  /** The server runs in this thread. */
  readonly isServedHere: boolean;
  #link: Link | undefined;
  #nextId = 1;
  #goneReason = '';
  #goneCause: unknown;
  /** How many pending calls keep the event loop alive. */
  #awaited = 0;
  #whenIdle: (() => void) | undefined;

  /** `open` connects, once. `label` names the manager in messages. */
  constructor(label: string, open: (client: Client) => Link, { isServedHere = false, expected }: ClientOptions = {}) {
    this.#label = label;
    this.isServedHere = isServedHere;
    this.#link = open(this);
    this.#link.request(Request.HELLO, VERSION, process.pid, currentIdentity().name, expected === undefined ? [] : [expected]);
  }

  get isOpen(): boolean {
    return this.#link?.isOpen === true;
  }

  /** Sends a request and waits for its reply. What cannot be sent rejects. */
  call(kind: RequestKind, target: number, name: string, args: readonly unknown[], signal?: AbortSignal): Promise<any> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const link = this.#open();
      const id = this.#nextId++;
      link.request(kind, id, target, name, args);
      const ignoreAbort = signal && onAbort(signal, () => this.#cancel(id, signal.reason));
      this.#expect(id, { resolve, reject, signal, ignoreAbort, isAwaited: true });
    });
  }

  /** Asks the server about itself. `signal` ends that at once, whatever the server does. */
  callUntil(signal: AbortSignal, question: string, isAwaited: boolean): Promise<any> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const id = this.#nextId++;
      this.#open().request(Request.INFO, id, 0, question, []);
      const ignoreAbort = onAbort(signal, () => this.#forget(id)?.reject(signal.reason));
      this.#expect(id, { resolve, reject, signal, ignoreAbort, isAwaited });
    });
  }

  /** A call of this library's own, for which the program does not stay. */
  async callQuietly(kind: RequestKind, target: number): Promise<unknown> {
    return this.ask(kind, target, '', []);
  }

  /** The same of a method. Throws what cannot be sent. */
  ask(kind: RequestKind, target: number, name: string, args: readonly unknown[]): Promise<unknown> {
    const id = this.#nextId++;
    this.#open().request(kind, id, target, name, args);
    return new Promise((resolve, reject) => {
      this.#expect(id, { resolve, reject, signal: undefined, ignoreAbort: undefined, isAwaited: false });
    });
  }

  /** Whether replies are still to come. */
  get isBusy(): boolean {
    return this.isOpen && this.#pending.size > 0;
  }

  /** Calls `run` when no reply is to come any more. */
  whenIdle(run: () => void): void {
    this.#whenIdle = run;
  }

  /** Sends a request that has no reply. */
  send(kind: RequestKind, target: number, name: string, args: readonly unknown[]): void {
    this.#open().request(kind, 0, target, name, args);
  }

  /** `call`, blocking the thread: replies to other calls that come meanwhile go to these. */
  callSync(kind: RequestKind, target: number, name: string, args: readonly unknown[], timeout = Infinity): any {
    const link = this.#open() as Link & Partial<BlockingLink>;
    if (this.isServedHere)
      throw new DeadlockError(
        `${this.#label} is served by this very thread, which cannot answer while it blocks: use the async methods`,
      );
    if (!link.waitSync)
      throw new DeadlockError(
        `${this.#label} is reached through a socket, which a thread that blocks cannot hear: use the async methods`,
      );
    let outcome: { value: unknown } | { error: unknown } | undefined;
    const id = this.#nextId++;
    link.request(kind, id, target, name, args);
    const pending: Pending = {
      resolve: (value) => {
        outcome = { value };
      },
      reject: (error) => {
        outcome = { error };
      },
      signal: undefined,
      ignoreAbort: undefined,
      isAwaited: true,
    };
    this.#expect(id, pending);
    try {
      link.waitSync(() => outcome !== undefined, timeout);
    } finally {
      this.#forget(id);
    }
    if (outcome === undefined) throw new TimeoutError(`${this.#label} did not answer within ${timeout} ms`);
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  /** What came with these tickets from a referent has arrived. */
  confirm(target: number, ticket: number, more: readonly number[]): void {
    this.#open().request(Request.TOOK, ticket, target, '', more);
  }

  /** Says something that has no answer. */
  tell(kind: RequestKind, target: number): void {
    if (this.isOpen) this.#link!.request(kind, 0, target, '', []);
  }

  /** Leaves. What is pending rejects. */
  close(reason: string): void {
    const link = this.#link;
    if (!link?.isOpen) return;
    link.request(Request.BYE, 0, 0, '', []);
    link.close();
    this.#goneReason = reason;
    this.ended();
  }

  /** The server is of no use: `cause` says why. */
  giveUp(cause: unknown): void {
    if (!this.#link?.isOpen) return;
    this.#link.close();
    this.ended(cause);
  }

  // ---- Listener

  readonly isPassedOn = true;

  get isEager(): boolean {
    return this.#pending.size <= 2;
  }

  get isExpecting(): boolean {
    return this.#pending.size > 0;
  }

  read(reader: Reader, failure?: unknown): Answer {
    const id = readInteger(reader);
    const status = readInteger(reader) as ReplyStatus;
    if (failure !== undefined) return { id, status: Status.REFUSED, value: failure };
    try {
      return { id, status, value: reader.read() };
    } catch (error) {
      if (needsWait(error)) throw error;
      // A call whose result means nothing here; the others' do.
      return { id, status: Status.REFUSED, value: error };
    }
  }

  take({ id, status, value }: Answer): void {
    const pending = this.#forget(id);
    if (pending === undefined) return;
    if (status === Status.RESULT) pending.resolve(value);
    else if (status === Status.CANCELLED) pending.reject(pending.signal?.reason);
    else pending.reject(status === Status.THROWN ? thrownThere(value) : value);
  }

  ended(cause?: unknown): void {
    this.#goneCause = cause;
    const error = this.#gone();
    for (const id of [...this.#pending.keys()]) this.#forget(id)!.reject(error);
  }

  #open(): Link {
    if (!this.isOpen) throw this.#gone();
    return this.#link!;
  }

  #expect(id: number, pending: Pending): void {
    if (pending.isAwaited && this.#awaited++ === 0) this.#link?.keepAlive(true);
    this.#pending.set(id, pending);
  }

  #forget(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    this.#pending.delete(id);
    pending.ignoreAbort?.();
    if (pending.isAwaited && --this.#awaited === 0) this.#link?.keepAlive(false);
    if (this.#pending.size === 0 && this.#whenIdle) this.#becomeIdle();
    return pending;
  }

  #becomeIdle(): void {
    const run = this.#whenIdle!;
    this.#whenIdle = undefined;
    // The reply that was the last is passed on before.
    queueMicrotask(run);
  }

  #cancel(id: number, reason: unknown): void {
    try {
      this.#link!.request(Request.CANCEL, id, 0, '', [reason]);
    } catch {
      // A reason that cannot be sent: the server has one of its own.
      this.#link!.request(Request.CANCEL, id, 0, '', []);
    }
  }

  #gone(): ManagerGoneError {
    if (this.#goneCause !== undefined)
      return new ManagerGoneError(`${this.#label} cannot be reached: ${(this.#goneCause as Error).message}`, {
        cause: this.#goneCause,
      });
    return new ManagerGoneError(this.#goneReason || goneText(this.#label));
  }
}

function goneText(label: string): string {
  return `${label} is gone, and its objects with it: it was shut down, or its process has ended. Start another manager`;
}

/** What a referent threw, with the server's stack as its cause. */
function thrownThere(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) {
    return new RemoteError(`the referent threw what is no error: ${inspect(thrown)}`, { cause: thrown });
  }
  if (thrown.cause === undefined && typeof thrown.stack === 'string') {
    const remote = new RemoteError(`in the manager's server: ${thrown.message}`);
    Object.defineProperty(remote, 'stack', { value: thrown.stack, configurable: true, writable: true });
    Object.defineProperty(thrown, 'cause', { value: remote, configurable: true, writable: true });
  }
  return thrown;
}

const clients = new WeakMap<Door, Client>();

/** This thread's client of a manager, where it has one that is connected. */
export function knownClient(door: Door): Client | undefined {
  const known = clients.get(door);
  return known?.isOpen ? known : undefined;
}

/** This thread's client of a manager of this session. Throws ManagerGoneError when its server has ended. */
export function clientOf(door: Door, label = 'the manager of this object'): Client {
  const known = knownClient(door);
  if (known) return known;
  if (!door.isServed) throw new ManagerGoneError(goneText(label));
  const client = openClient(door, label);
  clients.set(door, client);
  return client;
}

/** A client with a connection of its own. */
export function openClient(door: Door, label = 'the manager'): Client {
  return new Client(label, (listener) => knock(door, label, listener), { isServedHere: door.server === session().self });
}

function knock(door: Door, label: string, listener: Listener<Answer>): Link {
  const there = Ring.create(RING_BYTES);
  const back = Ring.create(RING_BYTES);
  const link = new RingLink(new PipeConnection(back, there), { listener, ordered: false, peer: door.server });
  const end = new PipeConnection(there, back);
  try {
    // It lives in the queue from here on.
    door.queue.tryPut(end);
  } catch (error) {
    link.close();
    throw error instanceof QueueShutDown ? new ManagerGoneError(goneText(label)) : error;
  } finally {
    end.close();
  }
  return link;
}
