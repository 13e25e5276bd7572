/** The process of a manager's server, as the one that started it sees it. */
import { BootstrapError, FunctionReferenceError, SerializationError } from '../base/errors.ts';
import { Pipe, type Receiver } from '../channels/pipe.ts';
import type { PipeConnection } from '../channels/pipe_connection.ts';
import { Queue } from '../channels/queue.ts';
import type { Address } from '../net/addresses.ts';
import { copyBytes } from '../platform/fresh_bytes.ts';
import { Child } from '../process/child.ts';
import { nextChildPath } from '../process/identity.ts';
import type { StartMethod } from '../process/start_method.ts';
import type { AnyFunction } from '../references/any_function.ts';
import { libraryFunction } from '../references/library_function.ts';
import { encode } from '../serialization/codec.ts';
import { clientOf } from './client.ts';
import { Door } from './door.ts';
import { Request } from './protocol.ts';
import { registryOf } from './registry.ts';
import { type ServerOrders, type ServerReady, serverMain } from './server_process.ts';

const SERVER_MAIN = libraryFunction(serverMain, 'serverMain', './manager_parts.js', import.meta.url);
/** How long a server that was asked to end may take before it is ended (ms). */
const END_MS = 1000;
/** A manager class of this library names itself by this: it is found without an inspector. */
export const MANAGER_REFERENCE: unique symbol = Symbol('manager reference');

export class ServerProcess {
  readonly child: Child;
  /** Settles when it serves, or cannot. */
  readonly ready: Promise<Door>;
  readonly #queue = new Queue<PipeConnection<any, any>>();
  #door: Door | undefined;
  #ending: Promise<void> | undefined;

  /** Where it listens for other programs; undefined = nowhere. */
  address: Address | undefined;

  /** Throws what cannot be sent. */
  constructor(managerClass: AnyFunction, method: StartMethod, more: Pick<ServerOrders, 'initializer' | 'initargs' | 'listen'>) {
    const [news, ready] = Pipe<ServerReady>(false);
    const path = nextChildPath();
    const name = `${managerClass.name || 'Manager'}-${path.join(':')}`;
    const orders: ServerOrders = { ...sendable(managerClass), ...more, queue: this.#queue, ready };
    this.child = new Child([SERVER_MAIN, [orders]], {
      identity: { name, daemon: true, path, parent: 0 },
      method,
      keepsLastWords: true,
      // The one that started it decides when it ends, as in CPython.
      ignoresInterrupt: true,
    });
    ready.close();
    this.ready = this.#hear(news);
  }

  /** Asks it to end, and ends it where that does not help. A second call waits for the same end. */
  shutdown(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    const { child } = this;
    child.keepAlive(1);
    const timer = setTimeout(() => child.end(), END_MS);
    try {
      if (this.#door?.isServed && child.isRunning) await this.#askToEnd(this.#door);
      else child.end();
      await child.exited;
    } finally {
      clearTimeout(timer);
      child.keepAlive(-1);
    }
  }

  async #askToEnd(door: Door): Promise<void> {
    let answer: Promise<unknown>;
    try {
      answer = clientOf(door).call(Request.SHUTDOWN, 0, '', []);
    } catch {
      // It cannot be asked: no room for a connection in shared memory, say.
      this.child.end();
      return;
    }
    // It ends all the same, or the timer ends it.
    await answer.catch(() => {});
  }

  async #hear(news: Receiver<ServerReady>): Promise<Door> {
    this.child.keepAlive(1);
    try {
      const first = await news.recv().catch(() => undefined);
      if (first && 'server' in first) {
        this.#door = Door.of(this.#queue, first.server);
        this.address = first.address;
        return this.#door;
      }
      const { code } = await this.child.exited;
      if (first) throw first.error;
      const words = this.child.takeLastWords();
      throw new BootstrapError(
        `the process of ${this.child.identity.name} ended before it served (exit code ${code})${words && `: ${words}`}`,
        {
          stderr: words,
        },
      );
    } finally {
      news.close();
      this.child.keepAlive(-1);
    }
  }
}

/**
 * The registry as the server gets it: each entry by itself, as bytes, because it may turn out over there that a function is not exported. Then the manager's class
 * says what it is.
 */
function sendable(managerClass: AnyFunction): Pick<ServerOrders, 'managerClass' | 'types'> {
  const registry = registryOf(managerClass);
  const isNamed = Object.hasOwn(managerClass, MANAGER_REFERENCE);
  const named = isNamed ? (managerClass as { [MANAGER_REFERENCE]?: AnyFunction })[MANAGER_REFERENCE] : managerClass;
  const packed = new Map([...registry].map(([typeid, spec]) => [typeid, isNamed ? undefined : tryEncode(spec, typeid)]));
  const classBytes = tryEncode(named, managerClass.name);
  for (const bytes of packed.values()) if (bytes instanceof Error && !(classBytes instanceof Uint8Array)) throw bytes;
  const types = [...packed].map(([typeid, bytes]) => [typeid, bytes instanceof Uint8Array ? bytes : null] as const);
  return { managerClass: classBytes instanceof Uint8Array ? classBytes : null, types };
}

/** Bytes, or why there are none. */
function tryEncode(value: unknown, root: string): Uint8Array | Error {
  try {
    return copyBytes(encode(value, undefined, root));
  } catch (error) {
    if (!(error instanceof SerializationError)) throw error;
    return error.cause instanceof FunctionReferenceError ? error.cause : error;
  }
}
