/** The server of a manager: makes referents, calls their methods for its clients, and knows who they are. */
import { deferred } from '../base/deferred.ts';
import { AuthenticationError, argumentRangeError, argumentTypeError, SerializationError } from '../base/errors.ts';
import type { PipeConnection } from '../channels/pipe_connection.ts';
import { Queue } from '../channels/queue.ts';
import { session } from '../memory/session.ts';
import type { Address } from '../net/addresses.ts';
import { type AllowedModules, checkAllowed } from '../net/allowed_modules.ts';
import { Listener } from '../net/listener.ts';
import type { AnyFunction } from '../references/any_function.ts';
import { isClassSource, isSourceless, sourceOf } from '../references/source_text.ts';
import { wrongMakerCount } from './argument_counts.ts';
import { Door } from './door.ts';
import { ITERATOR_METHODS, IteratorProxy, isIterator, RemoteIterator } from './iterator_proxy.ts';
import type { Home, Link } from './link.ts';
import { shortTextOf } from './referent_text.ts';
import { type Entry, type Kind, Referents } from './referents.ts';
import { publicMethods, type Registry, type TypeSpec } from './registry.ts';
import { RingLink } from './ring_link.ts';
import { type Incoming, ServerClient } from './server_client.ts';
import { SocketLink } from './socket_link.ts';

export interface ListenOptions {
  readonly address: Address;
  readonly authkey: string | Uint8Array;
  readonly allowModules: AllowedModules | undefined;
}

/** Of a referent in debugInfo(), as in CPython. */
const TEXT_CHARACTERS = 75;

const ITERATOR: Kind = {
  typeid: 'iterator',
  methods: new Map(ITERATOR_METHODS.map((name) => [name, undefined])),
  proxyClass: IteratorProxy,
  dropped: (iterator: RemoteIterator) => iterator.dropped(),
};

export class Server implements Home {
  readonly door: Door;
  readonly referents: Referents;
  readonly #registry: Registry;
  readonly #clients = new Set<ServerClient>();
  readonly #stopped = deferred<void>();
  /** Of typeids whose methods do not depend on the object. */
  readonly #kinds = new Map<string, Kind>();
  /** Calls whose methods have returned promises that are not settled. */
  unsettled = 0;
  #nextClient = 1;
  #identity: string | undefined;
  #isStopped = false;

  constructor(registry: Registry, queue: Queue<PipeConnection<any, any>> = new Queue()) {
    this.#registry = registry;
    this.door = Door.of(queue, session().self);
    this.referents = new Referents(this.door);
  }

  /** Lets clients in until `stop`. Keeps the event loop alive. */
  async serve(): Promise<void> {
    const stop = new AbortController();
    this.#stopped.promise.then(() => stop.abort());
    try {
      for (;;) {
        const end = await this.door.queue.get({ signal: stop.signal });
        this.accept((listener) => new RingLink<Incoming>(end, { listener, ordered: true }));
      }
    } catch (error) {
      if (!this.#isStopped) throw error;
    } finally {
      this.stop();
    }
  }

  /** A client has come; `connect` makes the link to it. */
  accept(connect: (listener: ServerClient) => Link, isAbroad = false): void {
    this.#clients.add(new ServerClient(this, this.#nextClient++, connect, isAbroad));
  }

  /** Lets clients of other programs in that know the key. Gives the address where they find this server. */
  async listen({ address, authkey, allowModules }: ListenOptions): Promise<Address> {
    const isAllowed = checkAllowed(allowModules);
    const listener = new Listener({ address, authkey });
    await listener.listen();
    this.#stopped.promise.then(() => listener.close());
    this.#acceptFrom(listener, isAllowed);
    return listener.address!;
  }

  async #acceptFrom(listener: Listener, isAllowed: (url: string) => boolean): Promise<void> {
    while (!this.#isStopped) {
      try {
        const connection = await listener.accept();
        this.accept((client) => {
          const home = (id: unknown): object => this.#referentFromAbroad(id);
          return new SocketLink(connection, {
            listener: client,
            context: { isForeign: true, client, rebuilds: { home } },
            isAllowed,
          });
        }, true);
      } catch (error) {
        // One with a wrong key. It was told, and the log says it.
        if (!(error instanceof AuthenticationError)) return;
      }
    }
  }

  #referentFromAbroad(id: unknown): object {
    const entry = typeof id === 'number' ? this.referents.comeHome(id) : undefined;
    if (!entry) throw new SerializationError(`a message has a proxy of object ${String(id)}, which this manager does not have`);
    return entry.referent;
  }

  /** Ends `serve`. Replies that are on their way still arrive. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#stopped.resolve();
    for (const client of [...this.#clients]) client.leave();
    this.referents.close();
    this.door.queue.close();
  }

  left(client: ServerClient): void {
    this.#clients.delete(client);
  }

  /** Tells this server from others that come to the same address. */
  get identity(): string {
    this.#identity ??= crypto.randomUUID();
    return this.#identity;
  }

  comeHomeFromAbroad(identity: string, id: number): { readonly referent: unknown } | undefined {
    return identity === this.#identity ? { referent: this.#referentFromAbroad(id) } : undefined;
  }

  comeHome(door: object, id: number): Entry | undefined {
    return door === this.door ? this.referents.comeHome(id) : undefined;
  }

  /** Makes a referent. Throws for a typeid that there is not, a wrong number of arguments, and what its maker throws. */
  create(typeid: string, args: readonly unknown[]): unknown {
    const { callable, argumentCounts } = this.#spec(typeid);
    if (callable === undefined)
      throw argumentTypeError(
        `this manager makes no ${typeid}: nothing was registered that does (callable). Methods of others return it`,
      );
    const wrong = argumentCounts && wrongMakerCount(typeid, argumentCounts, args.length);
    if (wrong) throw wrong;
    const make = callable as AnyFunction;
    return isConstructor(make) ? Reflect.construct(make, args) : Reflect.apply(make, undefined, args);
  }

  /** A generator is pulled from, whichever way it came to be; but what is said of its typeid counts more. */
  entryFor(typeid: string, referent: unknown): Entry {
    const { exposed, proxyType } = this.#spec(typeid);
    if (exposed === undefined && proxyType === undefined && isIterator(referent)) return this.entryForIterator(referent);
    return this.referents.entryOf(referent, this.#kindOf(typeid, referent));
  }

  entryForIterator(iterator: Iterator<unknown> | AsyncIterator<unknown>): Entry {
    return this.referents.entryOf(new RemoteIterator(iterator), ITERATOR);
  }

  info(what: string): unknown {
    if (what === 'typeids') return this.typeids;
    if (what === 'objects') return this.referents.size;
    if (what === 'identity') return this.identity;
    this.referents.look();
    return [...this.referents]
      .map(({ id, kind, referent }) => `  ${id}: ${kind.typeid}\n    ${shortTextOf(referent, TEXT_CHARACTERS)}`)
      .join('\n');
  }

  get typeids(): string[] {
    return [...this.#registry]
      .filter(([, { callable, createMethod }]) => callable && createMethod !== false)
      .map(([typeid]) => typeid);
  }

  #spec(typeid: string): TypeSpec {
    const spec = this.#registry.get(typeid);
    if (spec) return spec;
    const known = [...this.#registry.keys()].join(', ') || 'none';
    throw argumentRangeError(`there is no typeid '${typeid}' here: register it before the manager starts. It has: ${known}`);
  }

  #kindOf(typeid: string, referent: unknown): Kind {
    const spec = this.#spec(typeid);
    const names = spec.exposed ?? (spec.proxyType as { exposed?: readonly string[] } | undefined)?.exposed;
    const key = names ? typeid : `${typeid} ${publicMethods(referent).join(' ')}`;
    let kind = this.#kinds.get(key);
    if (kind === undefined) {
      const methods = new Map<string, string | undefined>((names ?? publicMethods(referent)).map((name) => [name, undefined]));
      for (const [name, result] of Object.entries(spec.methodToTypeid ?? {})) methods.set(name, result);
      kind = { typeid, methods, proxyClass: spec.proxyType, argumentCounts: spec.argumentCounts };
      this.#kinds.set(key, kind);
    }
    return kind;
  }
}

/** What makes objects is a class, or one of the runtime's; anything else is called. */
function isConstructor(make: AnyFunction): boolean {
  const source = sourceOf(make);
  return isSourceless(source) ? make.prototype !== undefined : isClassSource(source);
}
