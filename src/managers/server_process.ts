/** What the process of a manager's server runs. */
import { BootstrapError, FunctionReferenceError, RemoteError } from '../base/errors.ts';
import type { Connection } from '../channels/connection.ts';
import type { PipeConnection } from '../channels/pipe_connection.ts';
import type { Queue } from '../channels/queue.ts';
import { session } from '../memory/session.ts';
import type { Address } from '../net/addresses.ts';
import { decode } from '../serialization/codec.ts';
import { readImporting } from '../serialization/importing.ts';
import { type Registry, registryOf, type TypeSpec } from './registry.ts';
import { type ListenOptions, Server } from './server.ts';

export interface ServerOrders {
  readonly queue: Queue<PipeConnection<any, any>>;
  /** Told that it serves, or why it cannot. */
  readonly ready: Connection<any, ServerReady>;
  /** The manager's class, encoded: it knows what cannot be sent one by one. null = it cannot be found by others. */
  readonly managerClass: Uint8Array | null;
  /** Specifications by typeid, encoded. null = as the class says. */
  readonly types: readonly (readonly [typeid: string, spec: Uint8Array | null])[];
  /** Where it listens for other programs. */
  readonly listen: ListenOptions | undefined;
  readonly initializer: ((...args: any[]) => unknown) | undefined;
  readonly initargs: readonly unknown[];
}

export type ServerReady = { readonly server: number; readonly address: Address | undefined } | { readonly error: unknown };

/** The target of the server's process. */
export async function serverMain(orders: ServerOrders): Promise<void> {
  const { queue, ready, managerClass, types, listen, initializer, initargs } = orders;
  let server: Server;
  let address: Address | undefined;
  try {
    server = new Server(await resolve(managerClass, types), queue);
    await initializer?.(...initargs);
    address = listen && (await server.listen(listen));
  } catch (error) {
    fail(ready, error);
    process.exit(1);
  }
  ready.trySend({ server: session().self, address });
  ready.close();
  await server.serve();
  // What referents have left open (a timer, a socket) does not keep a server that was shut down.
  process.exit(0);
}

async function resolve(managerClass: Uint8Array | null, types: ServerOrders['types']): Promise<Map<string, TypeSpec>> {
  const registry = new Map<string, TypeSpec>();
  let ofClass: Registry | undefined;
  for (const [typeid, bytes] of types) {
    const sent = bytes === null ? { error: missing(typeid) } : await tryRead(bytes);
    if (!('spec' in sent) && managerClass) ofClass ??= registryOf((await read(managerClass)) as object);
    const spec = 'spec' in sent ? sent.spec : ofClass?.get(typeid);
    if (!spec) throw 'error' in sent ? sent.error : missing(typeid);
    registry.set(typeid, spec);
  }
  return registry;
}

async function tryRead(bytes: Uint8Array): Promise<{ readonly spec: TypeSpec } | { readonly error: unknown }> {
  try {
    return { spec: (await read(bytes)) as TypeSpec };
  } catch (error) {
    return { error };
  }
}

function read(bytes: Uint8Array): Promise<unknown> {
  return readImporting(() => decode(bytes));
}

function missing(typeid: string): FunctionReferenceError {
  return new FunctionReferenceError(
    `the manager's class has no '${typeid}' in its server's process: register it where the class is made, not under isMain, or export what makes it`,
  );
}

function fail(ready: ServerOrders['ready'], error: unknown): void {
  try {
    ready.trySend({ error });
  } catch {
    const { message = String(error) } = error as { message?: string };
    ready.trySend({ error: error instanceof BootstrapError ? error : new RemoteError(message) });
  }
}
