/**
 * A manager of another program, or of this one, reached by its address: a connection, which stays while a manager here or any of its proxies does, or a message on its
 * way needs it. Proxies that are sent on take address and key along, through the session's memory, which belongs to this program alone.
 */
import { isAbsolute, resolve } from 'node:path';
import { ManagerGoneError, SerializationError } from '../base/errors.ts';
import { whenCollected } from '../memory/collected.ts';
import { type Address, addressText } from '../net/addresses.ts';
import { type AllowedModules, checkAllowed, listedModules } from '../net/allowed_modules.ts';
import { openConnection } from '../net/client.ts';
import type { SocketConnection } from '../net/socket_connection.ts';
import type { AnyFunction } from '../references/any_function.ts';
import { libraryFunction } from '../references/library_function.ts';
import { registerRebuilder } from '../serialization/rebuilt.ts';
import { Presence } from '../sync/presence.ts';
import { Client } from './client.ts';
import { firstAnswer, Patience } from './first_answer.ts';
import type { HomeContext } from './link.ts';
import { Request } from './protocol.ts';
import { automaticClass, type ForeignHome, type Token } from './proxy.ts';
import { proxyClassNamed } from './proxy_classes.ts';
import type { Registry } from './registry.ts';
import { Holding, type Keeper, RemoteHold } from './remote_hold.ts';
import { SocketLink } from './socket_link.ts';

/** How often it is asked whether somebody still waits for what was sent on (ms). */
const LOOK_MS = 200;
/** How long a connection stays that was made for proxies which came from others, and are gone (ms): the next may be on its way. */
const LINGER_MS = 1000;

export interface RemoteOptions {
  readonly address: Address;
  readonly authkey: string | Uint8Array;
  readonly allowModules: AllowedModules | undefined;
  /** What the client itself knows of the typeids: the classes of their proxies. */
  readonly registry: Registry;
}

/** All that another process of the session needs to connect, too. */
type Whereabouts = readonly [
  identity: string,
  address: Address,
  authkey: Uint8Array,
  allowModules: readonly string[] | undefined,
];

interface Opening {
  readonly connection: SocketConnection | Promise<SocketConnection>;
  /** The server that it has to be. */
  readonly expected?: string;
  readonly lingers: number;
}

/** Of this thread, by the identity of the server: proxies that come from other processes use what there is. */
const homes = new Map<string, RemoteHome>();
const NO_REGISTRY: Registry = new Map();

export class RemoteHome implements ForeignHome, Keeper {
  readonly client: Client;
  readonly #options: RemoteOptions;
  readonly #lingers: number;
  #identity: string;
  /** The manager, and what keeps referents. */
  #users = 0;
  readonly #departing = new Set<Holding>();
  #looks: NodeJS.Timeout | undefined;

  private constructor(label: string, options: RemoteOptions, { connection, expected, lingers }: Opening) {
    this.#options = options;
    this.#identity = expected ?? '';
    this.#lingers = lingers;
    const isAllowed = checkAllowed(options.allowModules);
    const context = {
      isForeign: true,
      remote: this,
      rebuilds: { proxy: (content: unknown) => this.#rebuild(content) },
    } as const;
    const open = (listener: Client) => new SocketLink(connection, { listener, context, isAllowed });
    this.client = new Client(label, open, { expected });
  }

  /** Rejects as `Client()` of multiproc/connection does, TimeoutError also when nothing answers there, ManagerGoneError when it is no manager. */
  static async connect(label: string, options: RemoteOptions, patience: Patience): Promise<RemoteHome> {
    // Nothing is connected when these are wrong.
    checkAllowed(options.allowModules);
    const connection = await openConnection(options.address, { authkey: options.authkey, ...patience.all }, false);
    // A pending call keeps the program alive, an idle connection does not.
    connection.isQuiet = true;
    const home = new RemoteHome(label, options, { connection, lingers: 0 });
    try {
      await home.#ask(patience);
    } catch (error) {
      home.client.close('');
      throw error;
    }
    return home;
  }

  /** That of proxies which came from another process. */
  static of([identity, address, authkey, allowModules]: Whereabouts): RemoteHome {
    const known = homes.get(identity);
    if (known?.client.isOpen) return known;
    const options = { address, authkey, allowModules, registry: NO_REGISTRY };
    const patience = new Patience(undefined);
    const connection = openConnection(address, { authkey, ...patience.all }, true);
    const home = new RemoteHome('the manager of this proxy', options, { connection, expected: identity, lingers: LINGER_MS });
    homes.set(identity, home);
    // Where that fails the link ends by itself.
    connection
      .then(() => firstAnswer(home.client, 'identity', { patience, server: addressText(address), isQuiet: true }))
      .catch((error) => home.client.giveUp(error));
    return home;
  }

  /** Which server it is, also where others come to the same address after it. */
  get identity(): string {
    return this.#identity;
  }

  /** A manager here uses it, until the function that this returns is called, or the manager collected. */
  useFor(manager: object): () => void {
    this.#users++;
    let isLeft = false;
    const leave = (): void => {
      if (!isLeft) this.#leave();
      isLeft = true;
    };
    whenCollected(manager, leave);
    return leave;
  }

  /** Takes hold of an object whose proxy came from another process. */
  claim(id: number, presence: Presence): RemoteHold {
    const holding = this.#holding(id, presence);
    // Where it fails, so do the calls that follow it, and say why.
    const settle = (): void => holding.settle();
    this.client.callQuietly(Request.CLAIM, id).then(settle, settle);
    return new RemoteHold(holding);
  }

  /** What goes into a message to another process of the session. */
  sentOn({ id, typeid, methods, presence }: Token, proxyClass: unknown): readonly [AnyFunction, unknown] {
    const { address, authkey, allowModules } = this.#options;
    const where: Whereabouts = [
      this.#identity,
      typeof address === 'string' && !address.startsWith('\0') && !isAbsolute(address) ? resolve(address) : address,
      Buffer.from(authkey),
      listedModules(allowModules),
    ];
    return [REBUILD_SENT_ON, [where, id, typeid, methods, proxyClass, (presence as RemoteHold).presence()]];
  }

  depart(holding: Holding): void {
    if (this.client.isOpen && holding.isAwaited) {
      this.#departing.add(holding);
      this.#looks ??= setInterval(() => this.#look(), LOOK_MS).unref();
    } else this.#drop(holding);
  }

  #look(): void {
    for (const holding of this.#departing) {
      if (this.client.isOpen && holding.isAwaited) continue;
      this.#departing.delete(holding);
      this.#drop(holding);
    }
    if (this.#departing.size > 0) return;
    clearInterval(this.#looks);
    this.#looks = undefined;
  }

  #drop({ id }: Holding): void {
    this.client.tell(Request.DROP, id);
    this.#leave();
  }

  #leave(): void {
    if (--this.#users > 0) return;
    if (this.#lingers > 0) setTimeout(() => this.#closeIfUnused(), this.#lingers).unref();
    else this.#closeIfUnused();
  }

  /** What is pending may bring proxies. */
  #closeIfUnused(): void {
    if (this.#users > 0) return;
    if (this.client.isBusy) this.client.whenIdle(() => this.#closeIfUnused());
    else this.client.close('this program has left the manager: connect again');
    if (!this.client.isOpen && homes.get(this.#identity) === this) homes.delete(this.#identity);
  }

  async #ask(patience: Patience): Promise<void> {
    const server = addressText(this.#options.address);
    const identity: unknown = await firstAnswer(this.client, 'identity', { patience, server });
    if (typeof identity !== 'string') throw new ManagerGoneError('what answers at this address is no manager');
    this.#identity = identity;
    if (!homes.get(identity)?.client.isOpen) homes.set(identity, this);
  }

  #holding(id: number, presence?: Presence): Holding {
    this.#users++;
    return new Holding(this, id, presence);
  }

  /** A proxy that came from the server. */
  #rebuild(content: unknown): object {
    const [id, typeid, methods, classOf] = Array.isArray(content) ? content : [];
    if (!isObjectName(id, typeid) || !isListOfNames(methods)) throw badForm();
    const own =
      this.#options.registry.get(typeid)?.proxyType ?? (typeof classOf === 'string' ? proxyClassNamed(classOf) : undefined);
    const proxyClass = own ?? automaticClass(methods);
    return new proxyClass({ home: this, id, typeid, methods, presence: new RemoteHold(this.#holding(id)) });
  }
}

/** A proxy that another process of the session has sent on, or at home the referent itself. */
export function rebuildSentOn(packed: unknown, context?: unknown): object {
  const [where, id, typeid, methods, classOf, presence] = Array.isArray(packed) ? packed : [];
  if (!isWhereabouts(where) || !isObjectName(id, typeid) || !isListOfNames(methods) || !(presence instanceof Presence))
    throw badForm();
  const atHome = (context as HomeContext | undefined)?.home?.comeHomeFromAbroad(where[0], id);
  if (atHome !== undefined) {
    presence.use().release();
    return atHome.referent as object;
  }
  const proxyClass = classOf === null ? automaticClass(methods) : proxyClassNamed(classOf);
  const home = RemoteHome.of(where);
  return new proxyClass({ home, id, typeid, methods, presence: home.claim(id, presence) });
}

registerRebuilder(rebuildSentOn);
const REBUILD_SENT_ON = libraryFunction(rebuildSentOn, 'rebuildSentOn', './manager_parts.js', import.meta.url);

function isWhereabouts(where: unknown): where is Whereabouts {
  return Array.isArray(where) && typeof where[0] === 'string' && where[2] instanceof Uint8Array;
}

function isObjectName(id: unknown, typeid: unknown): boolean {
  return Number.isSafeInteger(id) && typeof typeid === 'string';
}

function isListOfNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

function badForm(): SerializationError {
  return new SerializationError('a message has a proxy in a form that is not ours');
}
