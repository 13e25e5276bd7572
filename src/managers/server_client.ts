/** A client as the server sees it: its requests, its calls under way, and what it holds. */
import { inspect } from 'node:util';
import { AttributeError, MaybeEncodingError, ProcessError, RemoteError, SerializationError } from '../base/errors.ts';
import { isThenable } from '../base/thenable.ts';
import { brief } from '../pool/brief.ts';
import { setStandIn, standIn } from '../serialization/hooks.ts';
import { needsWait } from '../serialization/importing.ts';
import type { Reader } from '../serialization/reader.ts';
import { remoteErrorOf, textOfThrown } from '../serialization/thrown.ts';
import { wrongCount } from './argument_counts.ts';
import { type Caller, type CallerSource, enterCall, leaveCall } from './caller.ts';
import { confirmFor } from './confirming.ts';
import { isIterator } from './iterator_proxy.ts';
import { type Link, type Listener, readInteger } from './link.ts';
import { type ReplyStatus, Request, Status, VERSION } from './protocol.ts';
import { textOf } from './referent_text.ts';
import { type Abroad, type Entry, Handed } from './referents.ts';
import type { Server } from './server.ts';
import { Staying } from './staying.ts';

/** A request as it was read. */
export interface Incoming {
  readonly kind: number;
  readonly id: number;
  readonly target: number;
  readonly name: string;
  readonly args: readonly unknown[];
  /** Why the arguments could not be read. */
  readonly error: unknown;
}

const NO_ARGS: readonly unknown[] = [];

export class ServerClient implements Listener<Incoming>, CallerSource, Abroad {
  readonly id: number;
  name = 'a client';
  readonly #server: Server;
  readonly #link: Link;
  readonly #isAbroad: boolean;
  /** Calls whose methods wait, or have asked for their caller. */
  readonly #calls = new Map<number, Call>();
  readonly #whenGone = new Set<() => void>();
  /** Proxies that a client of another program has, by entry. */
  readonly #given = new Map<number, { readonly entry: Entry; count: number }>();
  /** Those of them that are in the reply which is being written. */
  #handed: Entry[] = [];

  /** `isAbroad`: it is not of this session, and ends nothing. */
  constructor(server: Server, id: number, connect: (listener: ServerClient) => Link, isAbroad: boolean) {
    this.#isAbroad = isAbroad;
    this.#server = server;
    this.id = id;
    this.#link = connect(this);
  }

  // ---- Listener

  /** A client may always ask. */
  readonly isExpecting = true;
  readonly isEager = true;

  /** What is done at once may end another client's wait. */
  get isPassedOn(): boolean {
    return this.#server.unsettled > 0;
  }

  get home(): Server {
    return this.#server;
  }

  read(reader: Reader, failure?: unknown): Incoming {
    const kind = readInteger(reader);
    const id = readInteger(reader);
    const target = readInteger(reader);
    // It has no reply, also where it cannot be read.
    if (kind === Request.TOOK) return { kind, id, target, name: '', args: readTickets(reader), error: undefined };
    const name = reader.name();
    let args = NO_ARGS;
    if (failure !== undefined) return { kind, id, target, name, args: NO_ARGS, error: failure };
    let error: unknown;
    try {
      args = reader.read() as readonly unknown[];
      if (!Array.isArray(args)) throw new SerializationError('the arguments of a request are no array');
    } catch (failure) {
      if (needsWait(failure)) throw failure;
      error = failure;
    }
    return { kind, id, target, name, args, error };
  }

  take(request: Incoming): void {
    const { id, error } = request;
    if (error !== undefined) this.#reply(id, Status.REFUSED, error instanceof Error ? error : new RemoteError(brief(error)));
    else if (request.kind === Request.CALL) this.#call(request);
    else this.#serve(request);
  }

  #serve(request: Incoming): void {
    const { kind, id, name } = request;
    if (kind === Request.CREATE) this.#create(request);
    else if (kind === Request.VALUE) this.#value(request, valueOf);
    else if (kind === Request.TEXT) this.#value(request, textOf);
    else if (kind === Request.INFO) this.#reply(id, Status.RESULT, this.#server.info(name));
    else if (kind === Request.CANCEL) this.#cancel(id, request.args);
    else if (kind === Request.HELLO) this.#greet(id, name, request.args[0]);
    else if (kind === Request.TOOK) this.#confirm(request);
    else if (kind === Request.DROP) this.#drop(request.target);
    else if (kind === Request.CLAIM && this.#isAbroad) this.#claim(request);
    else if (kind === Request.SHUTDOWN && !this.#isAbroad) {
      this.#reply(id, Status.RESULT, undefined);
      this.#server.stop();
    } else this.leave();
  }

  ended(): void {
    this.#server.left(this);
    for (const call of this.#calls.values()) call.abort(new ProcessError(`the client ${this.name} is gone`));
    this.#calls.clear();
    this.#runWhenGone();
    for (const { entry, count } of this.#given.values()) entry.foreign -= count;
    this.#given.clear();
  }

  given(entry: Entry): void {
    this.#handed.push(entry);
    this.#count(entry);
  }

  #count(entry: Entry): void {
    entry.foreign++;
    const given = this.#given.get(entry.id);
    if (given) given.count++;
    else this.#given.set(entry.id, { entry, count: 1 });
  }

  #claim({ id, target }: Incoming): void {
    const entry = this.#server.referents.get(target);
    if (entry === undefined) {
      this.#reply(id, Status.REFUSED, unknownObject(target));
      return;
    }
    this.#count(entry);
    this.#reply(id, Status.RESULT, undefined);
  }

  #drop(id: number): void {
    const given = this.#given.get(id);
    if (!given) return;
    given.entry.foreign--;
    if (--given.count === 0) this.#given.delete(id);
  }

  #confirm({ id, target, args }: Incoming): void {
    const confirm = confirmFor(this.#server.referents.get(target)?.referent);
    if (confirm === undefined) return;
    confirm(this.id, id);
    for (const ticket of args) confirm(this.id, ticket as number);
  }

  leave(): void {
    if (!this.#link.isOpen) return;
    this.#link.close();
    this.ended();
  }

  // ---- CallerSource

  callerOf(id: number): Caller {
    return this.#callOf(id);
  }

  #callOf(id: number): Call {
    const known = this.#calls.get(id);
    if (known !== undefined) return known;
    const call = new Call(this);
    this.#calls.set(id, call);
    return call;
  }

  /** Called once it is gone; returns what takes that back. */
  whenGone(run: () => void): () => void {
    this.#whenGone.add(run);
    // Later: whoever asks is in the middle of giving it something.
    if (!this.#link.isOpen) queueMicrotask(() => this.#runWhenGone());
    return () => void this.#whenGone.delete(run);
  }

  /** One may take others back. */
  #runWhenGone(): void {
    for (const run of this.#whenGone) {
      this.#whenGone.delete(run);
      try {
        run();
      } catch (error) {
        process.stderr.write(`Error when a client of a manager was gone:\n${inspect(error)}\n`);
      }
    }
  }

  // ---- requests

  #greet(version: number, name: string, expected: unknown): void {
    this.name = name;
    if (version !== VERSION || (expected !== undefined && expected !== this.#server.identity)) this.leave();
  }

  #create({ id, name, args }: Incoming): void {
    const hand = (made: unknown): void => this.#hand(id, () => this.#server.entryFor(name, made));
    this.#run(id, () => this.#server.create(name, args), hand);
  }

  #call({ id, target, name, args }: Incoming): void {
    const entry = this.#server.referents.get(target);
    if (entry === undefined) this.#reply(id, Status.REFUSED, unknownObject(target));
    else if (!entry.kind.methods.has(name)) this.#reply(id, Status.REFUSED, notExposed(entry, name));
    else {
      const { typeid, argumentCounts } = entry.kind;
      const wrong = argumentCounts && wrongCount(typeid, name, argumentCounts, args.length);
      if (wrong) {
        this.#reply(id, Status.REFUSED, wrong);
        return;
      }
      const answer = (result: unknown): void => this.#answer(id, entry, name, result);
      this.#run(id, () => invoke(entry, name, args), answer);
    }
  }

  /** Runs something of the program's, and `done` with what comes of it, be it at once or later. */
  #run(id: number, work: () => unknown, done: (result: unknown) => void): void {
    let result: unknown;
    let isLater: boolean;
    const before = enterCall(this, id);
    try {
      result = work();
      isLater = isThenable(result);
    } catch (error) {
      this.#fail(id, error);
      return;
    } finally {
      leaveCall(before);
    }
    if (!isLater) {
      this.#finish(id, () => done(result));
      return;
    }
    // A CANCEL finds it by that.
    this.#callOf(id);
    this.#server.unsettled++;
    // A thenable of the program's own may do anything; a promise is taken as it is.
    Promise.resolve(result).then(
      (value) => {
        this.#server.unsettled--;
        this.#finish(id, () => done(value));
      },
      (error) => {
        this.#server.unsettled--;
        this.#fail(id, error);
      },
    );
  }

  /** `reply`, unless the call was answered before: it was cancelled. */
  #finish(id: number, reply: () => void): void {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (call?.isAnswered) return;
    try {
      reply();
    } catch (error) {
      // What the program's own result does when it is looked at.
      this.#reply(id, Status.REFUSED, remoteErrorOf(error));
    }
  }

  #fail(id: number, error: unknown): void {
    const call = this.#calls.get(id);
    this.#finish(id, () => {
      if (call?.isCancelledWith(error)) this.#reply(id, Status.CANCELLED, undefined);
      else this.#reply(id, Status.THROWN, error);
    });
  }

  #answer(id: number, { kind }: Entry, name: string, result: unknown): void {
    const typeid = kind.methods.get(name);
    if (typeid !== undefined) this.#hand(id, () => this.#server.entryFor(typeid, result));
    else if (result instanceof Staying) this.#hand(id, () => this.#server.referents.entryOf(result, result.kind));
    else if (isIterator(result)) this.#hand(id, () => this.#server.entryForIterator(result));
    else this.#reply(id, Status.RESULT, result);
  }

  #hand(id: number, entry: () => Entry): void {
    let handed: Handed;
    try {
      handed = new Handed(this.#server.referents, entry());
    } catch (error) {
      this.#reply(id, Status.REFUSED, error);
      return;
    }
    this.#reply(id, Status.RESULT, handed);
  }

  #value({ id, target }: Incoming, of: (referent: unknown, entry: Entry) => unknown): void {
    const entry = this.#server.referents.get(target);
    const reply = (value: unknown): void => this.#reply(id, Status.RESULT, value, value === entry!.referent ? value : undefined);
    if (entry === undefined) this.#reply(id, Status.REFUSED, unknownObject(target));
    else this.#run(id, () => of(entry.referent, entry), reply);
  }

  #cancel(id: number, [reason]: readonly unknown[]): void {
    const call = this.#calls.get(id);
    if (call === undefined || call.isAnswered) return;
    if (call.hasSignal) {
      call.abort(reason);
      return;
    }
    call.isAnswered = true;
    this.#reply(id, Status.CANCELLED, undefined);
  }

  /** `itself` goes as a copy; other objects that came home from elsewhere go as proxies. */
  #reply(id: number, status: ReplyStatus, value: unknown, itself?: unknown): void {
    if (id === 0) return;
    const before = standIn;
    if (itself !== undefined) setStandIn((object) => (object === itself ? undefined : before?.(object)));
    try {
      this.#link.reply(id, status, value);
    } catch (error) {
      for (const entry of this.#handed) this.#drop(entry.id);
      this.#link.reply(id, Status.REFUSED, status === Status.RESULT ? unsendable(value, error) : remoteErrorOf(value));
    } finally {
      this.#handed = [];
      setStandIn(before);
    }
  }
}

class Call implements Caller {
  readonly #client: ServerClient;
  #controller: AbortController | undefined;
  /** It was cancelled: nobody hears of its result. */
  isAnswered = false;

  constructor(client: ServerClient) {
    this.#client = client;
  }

  get id(): number {
    return this.#client.id;
  }

  get name(): string {
    return this.#client.name;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  /** The method has asked for it, and ends the call itself. */
  get hasSignal(): boolean {
    return this.#controller !== undefined;
  }

  abort(reason: unknown): void {
    this.#controller?.abort(reason);
  }

  isCancelledWith(error: unknown): boolean {
    const signal = this.#controller?.signal;
    return signal?.aborted === true && signal.reason === error;
  }

  whenGone(run: () => void): () => void {
    return this.#client.whenGone(run);
  }
}

/** All but the first. */
function readTickets(reader: Reader): readonly number[] {
  if (!reader.more) return NO_ARGS as readonly number[];
  const tickets: number[] = [];
  while (reader.more) tickets.push(readInteger(reader));
  return tickets;
}

/** What is copied of a referent: what it says itself, or it. */
function valueOf(referent: any, { kind }: Entry): unknown {
  return kind.methods.has('getValue') ? referent.getValue() : referent;
}

function unknownObject(id: number): AttributeError {
  return new AttributeError(
    `this manager has no object ${id}: nobody held it any more. Did a process send a proxy on, and end before the other one had received it?`,
  );
}

function notExposed({ kind }: Entry, name: string): AttributeError {
  const names = [...kind.methods.keys()].join(', ') || 'none';
  return new AttributeError(
    `method ${JSON.stringify(name)} of ${kind.typeid} may not be called from elsewhere. Exposed are: ${names}. Add it to exposed where the typeid is registered`,
  );
}

function invoke({ referent, kind }: Entry, name: string, args: readonly unknown[]): unknown {
  const method = referent[name];
  if (typeof method === 'function') return Reflect.apply(method, referent, args);
  throw new AttributeError(`${kind.typeid} has no method ${name}, though that name is exposed`);
}

function unsendable(value: unknown, error: unknown): MaybeEncodingError {
  return new MaybeEncodingError(`the result of a method, ${brief(value)}, cannot be sent: ${textOfThrown(error)}`);
}
