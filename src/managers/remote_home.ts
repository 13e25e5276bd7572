/** A manager in another program, reached by its address: its proxies are counted by the server, one by one, for this connection. */
import { SerializationError } from '../base/errors.ts';
import { whenCollected } from '../memory/collected.ts';
import type { Address } from '../net/addresses.ts';
import { type AllowedModules, checkAllowed } from '../net/allowed_modules.ts';
import { Client as connectTo } from '../net/client.ts';
import { SocketConnection } from '../net/socket_connection.ts';
import { Client } from './client.ts';
import { Request } from './protocol.ts';
import { automaticClass, type Hold } from './proxy.ts';
import { proxyClassNamed } from './proxy_classes.ts';
import type { Registry } from './registry.ts';
import { SocketLink } from './socket_link.ts';

export interface RemoteOptions {
  readonly address: Address;
  readonly authkey: string | Uint8Array;
  readonly allowModules: AllowedModules | undefined;
  /** What the client itself knows of the typeids: the classes of their proxies. */
  readonly registry: Registry;
}

export class RemoteHome {
  readonly client: Client;
  readonly #registry: Registry;

  private constructor(client: (home: RemoteHome) => Client, registry: Registry) {
    this.#registry = registry;
    this.client = client(this);
  }

  /** Rejects as `Client()` of multiproc/connection does. */
  static async connect(label: string, { address, authkey, allowModules, registry }: RemoteOptions): Promise<RemoteHome> {
    const isAllowed = checkAllowed(allowModules);
    const connection = await connectTo(address, { authkey });
    // A pending call keeps the program alive, an idle connection does not.
    if (connection instanceof SocketConnection) connection.isQuiet = true;
    const clientOf = (home: RemoteHome): Client => {
      const context = {
        isForeign: true,
        remote: home,
        rebuilds: { proxy: (content: unknown) => home.rebuild(content) },
      } as const;
      return new Client(label, (listener) => new SocketLink(connection, { listener, context, isAllowed }));
    };
    return new RemoteHome(clientOf, registry);
  }

  /** A proxy that came from the server. */
  rebuild(content: unknown): object {
    const [id, typeid, methods, classOf] = Array.isArray(content) ? content : [];
    if (!Number.isSafeInteger(id) || typeof typeid !== 'string' || !isListOfNames(methods))
      throw new SerializationError('a message has a proxy in a form that is not ours');
    const own = this.#registry.get(typeid)?.proxyType ?? (typeof classOf === 'string' ? proxyClassNamed(classOf) : undefined);
    const proxyClass = own ?? automaticClass(methods);
    return new proxyClass({ home: this, id, typeid, methods, presence: new RemoteHold(this.client, id) });
  }
}

/** One proxy of a referent over there. */
class RemoteHold implements Hold {
  readonly #drop: () => void;

  constructor(client: Client, id: number) {
    this.#drop = dropOnce(client, id);
    whenCollected(this, this.#drop);
  }

  use(): this {
    return this;
  }

  release(): void {
    this.#drop();
  }
}

/** A function of its own: a closure in the constructor would keep `this`. */
function dropOnce(client: Client, id: number): () => void {
  let isDropped = false;
  return () => {
    if (isDropped) return;
    isDropped = true;
    client.tell(Request.DROP, id);
  };
}

function isListOfNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}
