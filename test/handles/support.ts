/** What the tests of handles share. */
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Says something over a connection of its own, and returns all that comes back. */
export async function say(where: number | string, text: string): Promise<string> {
  const socket = typeof where === 'number' ? connect(where) : connect(where);
  socket.setEncoding('utf8').end(text);
  return (await socket.toArray()).join('');
}

/** The same over HTTP. */
export function ask(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: false });
    get({ port, path, agent }, async (response) => resolve((await response.setEncoding('utf8').toArray()).join(''))).on(
      'error',
      reject,
    );
  });
}

export async function listening(options = {}): Promise<{ server: Server; port: number }> {
  const server = createServer(options).listen(0);
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** Two ends of a TCP connection; what comes to `there` is not read. */
export async function connected(options = {}): Promise<{ here: Socket; there: Socket }> {
  const { server, port } = await listening({ pauseOnConnect: true, ...options });
  const here = connect(port);
  const [there] = (await once(server, 'connection')) as [Socket];
  if (here.connecting) await once(here, 'connect');
  server.close();
  return { here, there };
}

/** How many descriptors a process has open; the one that counts is not among them. */
export function descriptorsOf(pid: number | 'self'): number {
  return readdirSync(`/proc/${pid}/fd`).length - (pid === 'self' ? 1 : 0);
}

/** The next text that comes over a socket. */
export async function hear(socket: Socket): Promise<string> {
  return String((await once(socket, 'data'))[0]);
}
