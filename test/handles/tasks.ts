/** What processes do with handles in these tests. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { type Connection, type Descriptor, Pipe, type Queue } from 'multiproc';
import { keeper } from '#dist/handles/keeper.js';
import { createParcel } from '#dist/handles/parcels.js';
import { session } from '#dist/memory/session.js';
import { travelsAs } from '#dist/serialization/registry.js';
import { packReference } from '#dist/serialization/shared_objects.js';

/** Answers each connection with its pid, until one says 'stop'. */
export async function answer(server: Server): Promise<void> {
  server.on('connection', (socket) => {
    socket.on('data', (text) => {
      socket.end(`${process.pid}:${text}`);
      if (String(text) === 'stop') server.close();
    });
  });
  await once(server, 'close');
}

/** The same over HTTP, on the server itself. */
export function answerHttp(server: Server): void {
  const http = createHttpServer((request, response) => {
    response.setHeader('connection', 'close').end(`${process.pid}:${request.url}`);
    if (request.url === '/stop') http.close();
  });
  http.listen(server);
}

/** Says back what it reads. */
export function echo(socket: Socket): void {
  socket.on('data', (bytes) => socket.write(bytes)).on('end', () => socket.end());
}

/** Says back what comes over sockets that come. */
export async function echoReceived(sockets: Connection<Socket, never>, form: 'recv' | 'recvSync'): Promise<void> {
  for (let count = 0; count < 2; count++) echo(form === 'recv' ? await sockets.recv() : sockets.recvSync());
}

/** Passes on what it gets, without using it. */
export async function relay(from: Queue<unknown>, to: Queue<unknown>): Promise<void> {
  await to.put(await from.get());
}

export function write(descriptor: Descriptor, text: string): void {
  writeSync(descriptor.fd, text);
}

/** The rest of a file, from where it stands. */
export async function rest(file: FileHandle): Promise<string> {
  const text = await file.readFile('utf8');
  await file.close();
  return text;
}

export function restOf(descriptor: Descriptor): string {
  return readFileSync(descriptor.fd, 'utf8');
}

/** A server that listens, made here. */
export async function listen(): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  return { server, port: (server.address() as { port: number }).port };
}

/** Puts a server into a queue and ends, whether somebody has got it or not. */
export async function putServerAndEnd(queue: Queue<Server>): Promise<void> {
  const { server } = await listen();
  await queue.put(server);
  server.close();
}

/** The same, and is gone at once, or when it is killed. */
export async function putServerAnd(what: 'exit' | 'stay', queue: Queue<Server>, ready: Queue<number>): Promise<void> {
  const { server } = await listen();
  await queue.put(server);
  await ready.put(process.pid);
  if (what === 'exit') process.exit();
  await new Promise(() => setInterval(() => {}, 1000));
}

/** Puts many descriptors of one file and waits to be killed. */
export async function putManyAndStay(
  queue: Queue<Descriptor>,
  descriptor: Descriptor,
  count: number,
  ready: Queue<number>,
): Promise<void> {
  for (let i = 0; i < count; i++) queue.putSync(descriptor);
  await ready.put(process.pid);
  await new Promise(() => setInterval(() => {}, 1000));
}

/** Gets for ever, and keeps what it gets. */
export function getUntilKilled(queue: Queue<Descriptor>, ready: Queue<number>): void {
  const kept: Descriptor[] = [];
  ready.putSync(process.pid);
  for (;;) kept.push(queue.getSync());
}

/** Both sides do this with each other: sends as many as it receives, blocking all the time. */
export function exchange(
  to: Connection<never, Descriptor>,
  from: Connection<Descriptor, never>,
  own: Descriptor,
  rounds: number,
): void {
  for (let i = 0; i < rounds; i++) {
    to.sendSync(own);
    from.recvSync().close();
  }
}

/** Kills a process once it is stopped for good. */
export function killSoon(pid: number): void {
  // 300 ms: the other one waits by then, in a blocking call most likely. The test passes as well where it does not.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  process.kill(pid, 'SIGKILL');
}

export async function writeReceived(from: Connection<Descriptor, never>, text: string): Promise<void> {
  write(await from.recv(), text);
}

class Pretence {}

/** Says that it sends a descriptor, and has none when it is asked for it. */
export async function sendPretence(to: Connection<null, unknown>): Promise<void> {
  keeper(session());
  travelsAs(Pretence.prototype, {
    tag: 18,
    class: Pretence,
    encode: (_, context) => [packReference(createParcel().reference, 0, context), 0, undefined],
    decode: () => assert.fail('it is never received here'),
  });
  await to.send(new Pretence());
  await to.recv();
}

/** Passes on the end of a pipe, answers at the other; then a socket that it accepts, and waits until that was used. */
export async function listenAndPassOn(to: Connection<null, unknown>): Promise<void> {
  const [kept, passed] = Pipe<string, string>();
  await to.send(passed);
  passed.close();
  await kept.send((await kept.recv()).toUpperCase());
  const server = createServer({ pauseOnConnect: true }).listen(0);
  await once(server, 'listening');
  await to.send((server.address() as { port: number }).port);
  const [socket] = (await once(server, 'connection')) as [Socket];
  await to.send(socket);
  socket.destroy();
  server.close();
  await to.recv();
}
