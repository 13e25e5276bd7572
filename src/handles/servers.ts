/**
 * Listening servers. The receiver's `net.Server` shares the listening socket; each connection goes to one of those who accept.
 *
 * It accepts when somebody listens to 'connection', or it was given to the `listen()` of another server; before that it is parked: a server that is only passed
 * on must not take connections which nobody answers.
 */
import type { Server } from 'node:net';
import { platform } from '../platform/current.ts';
import { type Built, descriptorBelow, type Form, type NodeHandle, parked, refuse } from './forms.ts';

interface Options {
  readonly allowHalfOpen: boolean;
  readonly pauseOnConnect: boolean;
  readonly noDelay: boolean;
  readonly keepAlive: boolean;
  readonly keepAliveInitialDelay: number;
  readonly maxConnections?: number;
  /** Of a server on a Unix socket. */
  readonly path?: string;
}

/** What Node keeps in a server, and what its `listen(handle)` reads. */
type OpenServer = Server & Omit<Partial<Options>, 'maxConnections'> & { _handle: NodeHandle | null; _pipeName?: string };

export const servers: Form<Server> = {
  is: (object) => object instanceof process.getBuiltinModule('node:net').Server,
  fdOf(server) {
    if ('setSecureContext' in server)
      refuse(
        'a TLS server has keys and sessions in its process; send a net.Server, and give it to listen() of a TLS server there',
      );
    if (!server.listening) refuse('this server does not listen: send it after its listening event');
    return descriptorBelow((server as OpenServer)._handle, 'this server');
  },
  optionsOf(server): Options {
    const { allowHalfOpen, pauseOnConnect, noDelay, keepAlive, keepAliveInitialDelay, maxConnections } = server as OpenServer;
    const address = server.address();
    return {
      allowHalfOpen: allowHalfOpen === true,
      pauseOnConnect: pauseOnConnect === true,
      noDelay: noDelay === true,
      keepAlive: keepAlive === true,
      // Node keeps seconds.
      keepAliveInitialDelay: (keepAliveInitialDelay ?? 0) * 1000,
      maxConnections: maxConnections as number | undefined,
      path: typeof address === 'string' ? address : undefined,
    };
  },
  build: buildServer,
};

function buildServer(fd: number, { maxConnections, path, ...options }: Options): Built<Server> {
  const { Server, Socket } = process.getBuiltinModule('node:net');
  // The public way to what Node calls a handle: `listen()` takes any object that has one.
  const { _handle: handle } = new Socket({ fd, manualStart: true } as object) as unknown as { _handle: NodeHandle };
  const server = new Server(options) as OpenServer;
  if (maxConnections !== undefined) server.maxConnections = maxConnections;
  server._handle = handle;
  server._pipeName = path;
  if (handle.constructor.name === 'Pipe') {
    // Of these `listen()` would open the descriptor a second time, and it would be closed twice.
    parked.set(handle, fd);
    Object.defineProperty(handle, 'fd', { value: -1 });
  }
  const accept = (event: string | symbol): void => {
    if (event !== 'connection') return;
    server.off('newListener', accept);
    if (server._handle === handle) unpark(server, handle);
  };
  server.on('newListener', accept);
  return { value: server, dismiss: () => handle.close() };
}

function unpark(server: OpenServer, handle: NodeHandle): void {
  server._handle = null;
  const fd = parked.get(handle);
  if (fd === undefined) {
    server.listen({ _handle: handle });
    return;
  }
  const own = platform().passing.duplicate(fd);
  parked.delete(handle);
  handle.close();
  server.listen({ fd: own });
}
