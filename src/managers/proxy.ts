/** Proxies: what stands for a referent in the processes that use it. */
import { argumentTypeError, ProcessError, SerializationError } from '../base/errors.ts';
import type { AnyFunction } from '../references/any_function.ts';
import { libraryFunction } from '../references/library_function.ts';
import { isForeign } from '../serialization/foreign.ts';
import { Rebuilt, rebuiltFrom, registerRebuilder } from '../serialization/rebuilt.ts';
import { Presence } from '../sync/presence.ts';
import { type Client, clientOf, knownClient } from './client.ts';
import { Door } from './door.ts';
import { LateIterator } from './late_iterator.ts';
import type { HomeContext } from './link.ts';
import { Request } from './protocol.ts';
import { proxyClassNamed, proxyClassReference, registerAutomatic } from './proxy_classes.ts';

/** Where a referent lives, and how it is known there. */
export interface Token {
  readonly home: Door | ForeignHome;
  readonly id: number;
  readonly typeid: string;
  /** The methods that may be called. */
  readonly methods: readonly string[];
  /** Held by the proxies: the referent stays while anybody holds it. */
  readonly presence: Hold;
}

export interface Hold {
  use(): this;
  release(): void;
}

/** A manager that is reached by its address. */
export interface ForeignHome {
  readonly client: Client;
  /** Which server it is; '' = that is not known yet. */
  readonly identity: string;
  /** What goes into a message to another process of this session, which connects to the address itself. */
  sentOn(token: Token, proxyClass: unknown): readonly [AnyFunction, unknown];
}

/**
 * Stands for an object in a manager's server. It can be sent to any process of the session, and arrives at its own server as the object itself.
 * The object stays while any proxy of it does; `using` and `[Symbol.dispose]()` give one up at once, else it goes with the garbage.
 *
 * A subclass calls the object's methods by `callMethod`, and is named as `proxyType` where its typeid is registered. Follows CPython's `multiprocessing.managers.BaseProxy`.
 */
export class BaseProxy<T = unknown> extends Rebuilt implements Disposable {
  readonly #token: Token;
  #isDisposed = false;
  #sync: unknown;

  /** Not for users: managers make proxies. */
  constructor(token: Token) {
    super();
    if (token?.presence === undefined)
      throw argumentTypeError(`a ${new.target.name} is not made by hand: a manager's methods give proxies`);
    this.#token = token;
    token.presence.use();
  }

  /**
   * Calls a method of the referent. A last argument `{ signal }` stays here: an abort cancels the call. Rejects with what the method throws, AttributeError when it
   * may not be called, SerializationError when an argument cannot be sent, MaybeEncodingError when the result cannot, ManagerGoneError.
   */
  protected callMethod<R = unknown>(method: string, args: readonly unknown[] = []): Promise<R> {
    try {
      const signal = signalOf(args);
      const client = this.#client();
      if (signal === undefined) return client.call(Request.CALL, this.#token.id, method, args);
      return client.call(Request.CALL, this.#token.id, method, withoutSignal(args), signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Calls a method of which nobody wants to know how it ends. Nothing where the manager is gone. Throws SerializationError. */
  protected sendMethod(method: string, args: readonly unknown[] = []): void {
    const client = this.#client();
    if (client.isOpen) client.send(Request.CALL, this.#token.id, method, args);
  }

  /** The same, blocking the thread. DeadlockError when the manager is reached through a socket. */
  protected callMethodSync<R = unknown>(method: string, args: readonly unknown[] = []): R {
    return this.#client().callSync(Request.CALL, this.#token.id, method, args);
  }

  /** A copy of the referent. */
  getValue(): Promise<T> {
    try {
      return this.#client().call(Request.VALUE, this.#token.id, '', []);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The same methods, blocking the thread until the result is there. */
  get sync(): any {
    this.#sync ??= new Proxy(Object.freeze(Object.create(null)), { get: (_, name) => this.#blocking(name) });
    return this.#sync;
  }

  /** Gives this proxy up. It cannot be used any more. */
  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#token.presence.release();
  }

  /** The referent's text, for which this blocks the thread; where that cannot be had, what the proxy says of itself. */
  override toString(): string {
    try {
      return String(this.#client().callSync(Request.TEXT, this.#token.id, '', []));
    } catch (error) {
      if (!(error instanceof ProcessError)) throw error;
      return `${this.#description(`; no text: ${error.name}`)}`;
    }
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.#description(this.#isDisposed ? ', disposed' : '');
  }

  /** @internal */
  override [rebuiltFrom](context: unknown): readonly [AnyFunction | string, unknown] {
    if (this.#isDisposed) throw new SerializationError('a proxy that was disposed of cannot be sent');
    const { home, id, typeid, methods, presence } = this.#token;
    const receiver = (context as { remote?: ForeignHome } | undefined)?.remote;
    if (receiver !== undefined && isSameServer(receiver, home)) return ['home', id];
    checkReach(home, isForeign(context));
    if (!(home instanceof Door)) return home.sentOn(this.#token, proxyClassReference(this.constructor));
    return [REBUILD, [home, id, typeid, methods, proxyClassReference(this.constructor), presence]];
  }

  #description(more: string): string {
    return `<${this.constructor.name}, typeid '${this.#token.typeid}', id ${this.#token.id}${more}>`;
  }

  #client(): Client {
    if (this.#isDisposed)
      throw new ProcessError(`this proxy of a ${this.#token.typeid} was disposed of: get another one, or dispose of it later`);
    const { home, typeid } = this.#token;
    if (!(home instanceof Door)) return home.client;
    // The text costs as much as the rest of this.
    return knownClient(home) ?? clientOf(home, `the manager of this ${typeid}`);
  }

  #blocking(name: string | symbol): unknown {
    if (typeof name === 'symbol' || name === 'then') return undefined;
    if (name === 'getValue' && !this.#token.methods.includes(name))
      return () => this.#client().callSync(Request.VALUE, this.#token.id, '', []);
    return (...args: unknown[]) => blockingResult(this.callMethodSync(name, args));
  }
}

/** An iterator that came from a blocking call is used by blocking calls. */
function blockingResult(value: unknown): unknown {
  return value instanceof BaseProxy && Symbol.asyncIterator in value ? value.sync : value;
}

function signalOf(args: readonly unknown[]): AbortSignal | undefined {
  const last = args.length === 0 ? undefined : args[args.length - 1];
  if (typeof last !== 'object' || last === null || !Object.hasOwn(last, 'signal')) return undefined;
  const { signal } = last as { signal: unknown };
  return signal instanceof AbortSignal ? signal : undefined;
}

function withoutSignal(args: readonly unknown[]): unknown[] {
  const { signal: _, ...options } = args[args.length - 1] as { signal: unknown };
  return [...args.slice(0, -1), options];
}

function isSameServer(receiver: ForeignHome, home: Door | ForeignHome): boolean {
  return receiver === home || (!(home instanceof Door) && home.identity !== '' && home.identity === receiver.identity);
}

/** A proxy of this session's manager means nothing elsewhere; one that came from an address would take the key along. */
function checkReach(home: Door | ForeignHome, leavesSession: boolean): void {
  if (!leavesSession) return;
  throw new SerializationError(
    home instanceof Door
      ? 'a proxy of a manager of this session cannot go to another program: give that manager an address'
      : "a proxy that came from an address goes to processes of this program only, since the key goes along: the other program connects to the manager's address itself",
  );
}

/** A proxy whose methods are those of a list: one class for each list. */
const autoClasses = new Map<string, new (token: Token) => BaseProxy>();

export function automaticClass(methods: readonly string[]): new (token: Token) => BaseProxy {
  const key = JSON.stringify(methods);
  let made = autoClasses.get(key);
  if (made === undefined) {
    made = registerAutomatic(class AutoProxy extends BaseProxy {});
    for (const listed of methods) {
      const isGenerator = listed.endsWith('*');
      const name = isGenerator ? listed.slice(0, -1) : listed;
      const method = function (this: any, ...args: unknown[]): unknown {
        return isGenerator ? new LateIterator(() => this.callMethod(name, args)) : this.callMethod(name, args);
      };
      Object.defineProperty(made.prototype, name, { value: method, writable: true, configurable: true });
    }
    autoClasses.set(key, made);
  }
  return made;
}

/** What came in a message: a proxy, or at home the referent itself. */
export function rebuildProxy(packed: unknown, context?: unknown): object {
  const [home, id, typeid, methods, classOf, presence] = Array.isArray(packed) ? packed : [];
  if (!(home instanceof Door && presence instanceof Presence) || !Number.isInteger(id) || typeof typeid !== 'string')
    throw new SerializationError('a message has a proxy in a form that is not ours');
  const atHome = (context as HomeContext | undefined)?.home?.comeHome(home, id);
  if (atHome !== undefined) {
    presence.use().release();
    return atHome.referent as object;
  }
  const proxyClass = classOf === null ? automaticClass(methods) : proxyClassNamed(classOf);
  return new proxyClass({ home, id, typeid, methods, presence });
}

registerRebuilder(rebuildProxy);
export const REBUILD = libraryFunction(rebuildProxy, 'rebuildProxy', './manager_parts.js', import.meta.url);
