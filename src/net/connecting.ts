/** Connecting a socket to an address. */
import { lookup } from 'node:dns';
import { connect, isIP, type NetConnectOpts, type Socket } from 'node:net';
import { onAbort } from '../base/abort.ts';
import { platform } from '../platform/current.ts';
import { connectError, type Place } from './addresses.ts';
import { Ear, SocketStream } from './socket_stream.ts';
import { unlessAborted } from './time_limit.ts';

/** Until `signal` aborts. `isQuiet`: the event loop does not stay for it. Throws AddressError and its kinds, the signal's reason. */
export async function connectTo(place: Place, signal: AbortSignal, isQuiet: boolean): Promise<SocketStream> {
  if (place.family === 'AF_UNIX' && place.path.startsWith('\0')) return connectAbstract(place, place.path);
  const ear = new Ear();
  // A look-up cannot be stopped. Nobody waits for it any more.
  const target = place.family === 'AF_INET' ? await unlessAborted(inetTarget(place), signal) : { path: place.path };
  return new Promise((resolve, reject) => {
    const socket = connect({ ...target, allowHalfOpen: true, onread: ear.onread } as NetConnectOpts);
    if (isQuiet) socket.unref();
    const end = (): void => {
      socket.off('connect', connected).off('error', failed);
      ignoreAbort();
    };
    const connected = (): void => (end(), resolve(new SocketStream(socket, ear)));
    const failed = (cause: Error): void => (end(), reject(connectError(place, cause)));
    socket.on('connect', connected).on('error', failed);
    const ignoreAbort = onAbort(signal, () => {
      end();
      drop(socket);
      reject(signal.reason);
    });
  });
}

/** IPv4 before IPv6: it is what a Python Listener at 'localhost' listens at. */
export async function resolveHost(place: Place & { family: 'AF_INET' }): Promise<string> {
  const { host } = place;
  if (host === '' || isIP(host) !== 0) return host;
  const found = (await findHost(host, 4)) ?? (await findHost(host, 0));
  if (typeof found === 'string') return found;
  throw found;
}

async function inetTarget(place: Place & { family: 'AF_INET' }): Promise<{ host: string; port: number }> {
  try {
    return { host: (await resolveHost(place)) || '127.0.0.1', port: place.port };
  } catch (cause) {
    throw connectError(place, cause);
  }
}

/** An address; undefined or an error = there is none. */
function findHost(host: string, family: 0 | 4): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    lookup(host, { family }, (error, address) => {
      if (!error) resolve(address);
      else if (family === 4) resolve(undefined);
      else reject(error);
    });
  });
}

/** Node 20 fills an abstract name up to the end of its structure, which makes it another name: so the system is asked directly. */
function connectAbstract(place: Place, path: string): SocketStream {
  let fd: number | null;
  try {
    fd = platform().passing.connect(path);
  } catch (cause) {
    throw connectError(place, cause);
  }
  if (fd === null) throw connectError(place, Object.assign(new Error('ECONNREFUSED'), { code: 'ECONNREFUSED' }));
  if (fd === -1) throw connectError(place, Object.assign(new Error('EAGAIN'), { code: 'EAGAIN' }));
  return SocketStream.fromDescriptor(fd);
}

function drop(socket: Socket): void {
  socket.on('error', () => {});
  socket.destroy();
}
