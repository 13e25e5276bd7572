/** Listening at an address: what `node:net` does, and where it does not do what other programs expect, what the system does. */
import { chmodSync, unlinkSync } from 'node:fs';
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { session } from '../memory/session.ts';
import { platform } from '../platform/current.ts';
import { type Address, listenError, type Place, placeOf } from './addresses.ts';
import { resolveHost } from './connecting.ts';

/** Of private paths in this thread. */
let paths = 0;

/** A path that nobody else has, in a folder that only this user may enter, and that goes with this thread. */
export function privatePlace(): Place {
  return placeOf(join(session().ownFolder(), `listener-${++paths}`), 'AF_UNIX');
}

/** A server that listens, and does not keep the event loop alive. Throws AddressError and its kinds. */
export async function listenAt(place: Place, backlog: number, accepted: (socket: Socket) => void): Promise<Server> {
  // Nothing is read before the descriptor has got a stream of ours.
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, accepted);
  server.unref();
  try {
    await start(server, await targetOf(place), backlog);
  } catch (cause) {
    throw listenError(place, cause);
  }
  // Where no descriptors are left libuv closes who comes, and tells nobody.
  server.on('error', () => {});
  return server;
}

function start(server: Server, target: ListenOptions, backlog: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    server.listen({ ...target, backlog });
    // The call above binds a path before it returns: nobody else could connect so far.
    if (target.path !== undefined && server.listening) chmodSync(target.path, 0o600);
  });
}

async function targetOf(place: Place): Promise<ListenOptions> {
  if (place.family === 'AF_INET') return { host: (await resolveHost(place)) || '0.0.0.0', port: place.port };
  // Node 20 fills an abstract name up to the end of its structure, which makes it another name.
  if (place.path.startsWith('\0')) return { fd: platform().passing.listen(place.path) } as ListenOptions;
  return { path: place.path };
}

/** Where it listens, as others have to write it. */
export function addressOf(place: Place, server: Server): Address {
  const address = server.address();
  return place.family === 'AF_INET' && typeof address === 'object' && address !== null
    ? [address.address, address.port]
    : (place as { path: string }).path;
}

/** Node removes the path of a server that is closed; one of a server that was not closed stays. */
export function removePath(place: Place): void {
  if (place.family !== 'AF_UNIX' || place.path.startsWith('\0')) return;
  try {
    unlinkSync(place.path);
  } catch {
    // Gone with the server, or with its folder.
  }
}
