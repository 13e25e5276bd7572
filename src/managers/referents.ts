/**
 * The objects of a server: those that proxies stand for, by number.
 *
 * An entry is in the table while anybody outside holds the referent's presence: a proxy in any process, or a message on its way (sync/presence.ts); or while a client
 * has not confirmed what it got of the referent (in_use.ts). It is entered when
 * its first proxy is written into a message, and found to be gone at one of the regular looks. What a referent holds inside (a list in a list) is an ordinary
 * object of this process, which the engine's garbage collector keeps and frees, circles too; fetched again, it gets an entry again.
 */
import { SerializationError } from '../base/errors.ts';
import type { ObjectReference } from '../memory/object_kinds.ts';
import type { AnyFunction } from '../references/any_function.ts';
import { isForeign } from '../serialization/foreign.ts';
import { setStandIn, standIn } from '../serialization/hooks.ts';
import { Rebuilt, rebuiltFrom } from '../serialization/rebuilt.ts';
import { isPresent, PresenceName } from '../sync/presence.ts';
import type { ArgumentCounts } from './argument_counts.ts';
import type { Door } from './door.ts';
import { grantForMessage } from './grants.ts';
import { isInUse } from './in_use.ts';
import { REBUILD } from './proxy.ts';
import { proxyClassReference } from './proxy_classes.ts';
import { listed } from './registry.ts';

/** How often the table is looked through for what nobody holds (ms). */
const LOOK_MS = 250;

/** How the proxies of a referent are made. */
export interface Kind {
  readonly typeid: string;
  /** Methods that may be called, with the typeid of what they return where that stays here. */
  readonly methods: ReadonlyMap<string, string | undefined>;
  readonly proxyClass: AnyFunction | undefined;
  readonly argumentCounts?: ArgumentCounts;
  /** Called when nobody holds a proxy any more. */
  readonly dropped?: (referent: any) => void;
}

export interface Entry {
  readonly id: number;
  readonly referent: any;
  readonly kind: Kind;
  readonly methodNames: readonly string[];
  /** undefined = no proxy was ever sent. */
  presence: ObjectReference | undefined;
  /** Proxies in programs that are not of this session. */
  foreign: number;
  /** It came home in a message: other referents may hold it, and it leaves as a proxy again. */
  cameHome: boolean;
}

export class Referents {
  readonly #door: Door;
  readonly #entries = new Map<number, Entry>();
  readonly #byReferent = new WeakMap<object, Entry>();
  readonly #timer: NodeJS.Timeout;
  #nextId = 1;
  /** Whether any has come home: else no value needs a look for those. */
  #hasHomecomers = false;
  #isClosed = false;

  constructor(door: Door) {
    this.#door = door;
    this.#timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  get(id: number): Entry | undefined {
    return this.#entries.get(id);
  }

  get size(): number {
    this.look();
    return this.#entries.size;
  }

  *[Symbol.iterator](): IterableIterator<Entry> {
    yield* this.#entries.values();
  }

  /** The entry of a referent, which is made a proxy of. The same object gets the same. */
  entryOf(referent: unknown, kind: Kind): Entry {
    const known = isObject(referent) ? this.#byReferent.get(referent) : undefined;
    if (known?.kind === kind) return known;
    const entry: Entry = {
      id: this.#nextId++,
      referent,
      kind,
      methodNames: [...kind.methods.keys()].map((name) => listed(referent, name)),
      presence: undefined,
      foreign: 0,
      cameHome: false,
    };
    if (isObject(referent) && known === undefined) this.#byReferent.set(referent, entry);
    return entry;
  }

  comeHome(id: number): Entry | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    entry.cameHome = true;
    if (!this.#hasHomecomers) this.#standIn();
    return entry;
  }

  /** From here on, what came home leaves this thread as a proxy, whichever way it takes: a reply, a task of a pool, a pipe. */
  #standIn(): void {
    this.#hasHomecomers = true;
    const others = standIn;
    setStandIn((object) => this.#standInFor(object) ?? others?.(object));
  }

  #standInFor(object: object): object | undefined {
    const entry = this.#isClosed ? undefined : this.#byReferent.get(object);
    return entry?.cameHome ? new Handed(this, entry) : undefined;
  }

  /** What of an entry goes into the message that is being written. From here on it is in the table. */
  hand(entry: Entry): readonly unknown[] {
    const { id, kind, methodNames } = entry;
    entry.presence = grantForMessage(entry.presence);
    this.#entries.set(id, entry);
    const proxyClass = kind.proxyClass === undefined ? null : proxyClassReference(kind.proxyClass);
    return [this.#door, id, kind.typeid, methodNames, proxyClass, new PresenceName(entry.presence)];
  }

  /** The same for a client that is not of this session, which tells when it drops it. */
  handAbroad(entry: Entry, client: Abroad): readonly unknown[] {
    const { id, kind, methodNames } = entry;
    client.given(entry);
    this.#entries.set(id, entry);
    const proxyClass = kind.proxyClass === undefined ? null : proxyClassReference(kind.proxyClass);
    return [id, kind.typeid, methodNames, typeof proxyClass === 'string' ? proxyClass : null];
  }

  /** Lets go of what nobody holds. */
  look(): void {
    for (const entry of this.#entries.values()) {
      if (entry.foreign > 0 || (entry.presence && isPresent(entry.presence)) || isInUse(entry.referent)) continue;
      this.#entries.delete(entry.id);
      entry.kind.dropped?.(entry.referent);
    }
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
  }
}

/** A client of another program, as far as it holds referents. */
export interface Abroad {
  readonly home: { readonly referents: Referents };
  /** Counts a proxy that goes into the reply which is being written. */
  given(entry: Entry): void;
}

/** A proxy on its way out of the server. */
export class Handed extends Rebuilt {
  readonly #referents: Referents;
  readonly #entry: Entry;

  constructor(referents: Referents, entry: Entry) {
    super();
    this.#referents = referents;
    this.#entry = entry;
  }

  /** @internal */
  override [rebuiltFrom](context: unknown) {
    if (!isForeign(context)) return [REBUILD, this.#referents.hand(this.#entry)] as const;
    const { client } = context as { client?: Abroad };
    if (client?.home.referents !== this.#referents)
      throw new SerializationError(
        'an object of a manager cannot go to another program by any connection but that of its manager',
      );
    return ['proxy', this.#referents.handAbroad(this.#entry, client)] as const;
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
