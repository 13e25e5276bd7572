/** Servers, sockets and files go to other processes in all the ways in which values go. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Descriptor, Pipe, Pool, Process, Queue } from 'multiproc';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { within } from '../support/within.js';
import { ask, connected, hear, listening, say } from './support.js';
import { answer, answerHttp, echo, echoReceived, listen, relay, rest, restOf, write } from './tasks.js';

const folder = mkdtempSync(join(tmpdir(), 'handles-'));
after(() => rmSync(folder, { recursive: true, force: true }));
after(() => assert.deepEqual(fsck(session()), []));

test('a server goes to several processes, the sender closes its own, and all connections are answered', async () => {
  const { server, port } = await listening();
  const processes = [0, 1].map(() => new Process({ target: answer, args: [server] }).start());
  server.close();
  const pids = new Set<number>();
  for (let i = 0; i < 20 || pids.size < 2; i++) {
    const [pid, text] = (await say(port, `${i}`)).split(':');
    assert.equal(text, `${i}`);
    pids.add(Number(pid));
  }
  assert.deepEqual([...pids].sort(), processes.map(({ pid }) => pid).sort());
  for (const _ of processes) await say(port, 'stop');
  assert.deepEqual(await Promise.all(processes.map((process) => process.join())), [0, 0]);
});

test('an HTTP server listens on a server that was received', async () => {
  const { server, port } = await listening();
  const process = new Process({ target: answerHttp, args: [server] }).start();
  server.close();
  assert.equal(await ask(port, '/a'), `${process.pid}:/a`);
  assert.equal(await ask(port, '/stop'), `${process.pid}:/stop`);
  assert.equal(await process.join(), 0);
});

test('an HTTP server arrives as the net.Server that it is', async () => {
  const http = createHttpServer().listen(0);
  const { port } = http.address() as { port: number };
  const process = new Process({ target: answer, args: [http] }).start();
  http.close();
  assert.equal(await say(port, 'stop'), `${process.pid}:stop`);
  assert.equal(await process.join(), 0);
});

test('a server on a Unix socket', async () => {
  const path = join(folder, 'socket');
  // Who made it goes on accepting, too: its close would take the path away.
  const server = createServer((socket) => socket.end('made it')).listen(path);
  await once(server, 'listening');
  const process = new Process({ target: answer, args: [server] }).start();
  const answers = new Set<string>();
  while (answers.size < 2) answers.add(await say(path, 'x'));
  assert.deepEqual(answers, new Set(['made it', `${process.pid}:x`]));
  while ((await say(path, 'stop')) === 'made it');
  assert.equal(await process.join(), 0);
  server.close();
});

test('a server that is only passed on takes no connection', async () => {
  const [first, second] = [new Queue<Server>(), new Queue<Server>()];
  const relays = new Process({ target: relay, args: [first, second] }).start();
  const { server, port } = await listening({ pauseOnConnect: true, allowHalfOpen: true });
  server.maxConnections = 7;
  await first.put(server);
  const received = await second.get();
  await relays.join();
  server.close();
  const { pauseOnConnect, allowHalfOpen, maxConnections } = received as Server & Record<string, unknown>;
  assert.deepEqual([pauseOnConnect, allowHalfOpen, maxConnections], [true, true, 7]);
  assert.deepEqual([received.listening, received.address()], [true, { address: '::', family: 'IPv6', port }]);
  // Nobody accepts; the connection waits in the socket.
  const socket = connect(port);
  await once(socket, 'connect');
  const [accepted] = (await once(received, 'connection')) as [Socket];
  accepted.end('hello');
  assert.equal(await hear(socket), 'hello');
  received.close();
  for (const end of [socket, accepted]) end.destroy();
  await once(received, 'close');
});

test('a socket is an argument, and its sender closes its own', async () => {
  const { here, there } = await connected();
  const process = new Process({ target: echo, args: [there] }).start();
  there.destroy();
  here.write('one');
  assert.equal(await hear(here), 'one');
  here.end('two');
  assert.equal(await hear(here), 'two');
  assert.equal(await process.join(), 0);
});

for (const form of ['recv', 'recvSync'] as const) {
  test(`sockets go through a pipe, TCP and Unix, received by ${form}`, async () => {
    const [receiver, sender] = Pipe<Socket>(false);
    const process = new Process({ target: echoReceived, args: [receiver, form] }).start();
    const { here, there } = await connected();
    const path = join(folder, form);
    const server = createServer({ pauseOnConnect: true }).listen(path);
    await once(server, 'listening');
    const client = connect(path);
    const [unix] = (await once(server, 'connection')) as [Socket];
    for (const socket of [there, unix]) {
      await sender.send(socket);
      socket.destroy();
    }
    for (const end of [here, client]) {
      end.write('to and fro');
      assert.equal(await hear(end), 'to and fro');
      end.end();
    }
    assert.equal(await process.join(), 0);
    server.close();
    receiver.close();
    sender.close();
  });
}

test('what came before the socket was sent is there for its receiver, and the rest too', async () => {
  const queue = new Queue<Socket>();
  const { here, there } = await connected();
  await new Promise<unknown>((resolve) => here.write('early ', resolve));
  await queue.put(there);
  there.destroy();
  const received = await queue.get();
  assert.equal(received instanceof Object.getPrototypeOf(there).constructor, true);
  here.end('late');
  assert.equal((await received.setEncoding('utf8').toArray()).join(''), 'early late');
  received.destroy();
});

test('nested in a value, several at once, and the same one twice', async () => {
  const queue = new Queue<any>();
  const { server } = await listening();
  const { here, there } = await connected();
  const descriptor = new Descriptor(server);
  await queue.put({ servers: new Map([['first', server]]), again: server, list: [there, descriptor] });
  const value = await queue.get();
  assert.equal(value.servers.get('first'), value.again);
  assert.deepEqual(value.again.address(), server.address());
  assert.equal(value.list[1] instanceof Descriptor, true);
  assert.notEqual(value.list[1].fd, descriptor.fd);
  value.again.close();
  server.close();
  for (const socket of [here, there, value.list[0]]) socket.destroy();
  descriptor.close();
  value.list[1].close();
});

test('tasks of a pool get handles and return them', async () => {
  await using pool = new Pool(2);
  const file = join(folder, 'task');
  writeFileSync(file, 'heading content');
  const handle = await open(file);
  await handle.read(Buffer.alloc(8), 0, 8);
  assert.equal(await pool.apply(rest, [handle]), 'content');
  await handle.close();
  const { server, port } = await pool.apply(listen);
  server.on('connection', (socket) => socket.end('from the parent'));
  // The worker accepts as well: asked until this process was it.
  const answers = connect(port).setEncoding('utf8');
  const first = Promise.race([once(answers, 'data'), once(answers, 'close')]);
  answers.on('error', () => {});
  await pool.terminate();
  await within(first, 'an answer, or the end of the worker');
  assert.equal(await say(port, ''), 'from the parent');
  server.close();
});

test('a FileHandle arrives as a FileHandle with the same position, also of a file that was removed', async () => {
  const queue = new Queue<any>();
  const file = join(folder, 'removed');
  writeFileSync(file, 'one two');
  const handle = await open(file, 'r+');
  rmSync(file);
  await handle.read(Buffer.alloc(4), 0, 4);
  await queue.put({ handle });
  const { handle: received } = await queue.get();
  assert.equal(received.constructor, handle.constructor);
  assert.equal(await received.readFile('utf8'), 'two');
  assert.equal((await handle.read(Buffer.alloc(4), 0, 4)).bytesRead, 0);
  await received.close();
  await handle.close();
});

test('a FileHandle cannot be opened by a blocking receive: the message is kept, and says what to do', async () => {
  const queue = new Queue<any>();
  const handle = await open('/dev/null');
  await queue.put(handle);
  await handle.close();
  for (const receive of [() => queue.getSync(), () => queue.tryGet()])
    assert.throws(receive, {
      code: 'ERR_MULTIPROC_SERIALIZATION',
      message: /Receive it with an async form, or send new Descriptor\(file\)/,
    });
  assert.equal(queue.qsize(), 1);
  await (await queue.get()).close();
});

test('a Descriptor of a number, of a server, of a file: written to by a child', async () => {
  const file = join(folder, 'written');
  const fd = openSync(file, 'w');
  const descriptor = new Descriptor(fd);
  closeSync(fd);
  for (const text of ['first', 'second']) {
    const process = new Process({ target: write, args: [descriptor, text] }).start();
    // The child fetches it from this process, which may be blocked.
    assert.equal(text === 'first' ? await process.join() : process.joinSync(), 0);
  }
  assert.equal(readFileSync(file, 'utf8'), 'firstsecond');
  descriptor.close();
  const handle = await open(file);
  const pool = new Pool(1);
  assert.equal(await pool.apply(restOf, [new Descriptor(handle)]), 'firstsecond');
  pool.close();
  await pool.join();
  await handle.close();
});

test('a Descriptor is closed once, and says so', async () => {
  const descriptor = new Descriptor(0);
  assert.match(String(descriptor), /^<Descriptor \d+>$/);
  const copy = new Descriptor(descriptor);
  descriptor.close();
  descriptor.close();
  assert.equal(String(descriptor), '<Descriptor closed>');
  assert.throws(() => descriptor.fd, { name: 'ProcessError', message: /closed or detached/ });
  const fd = copy.detach();
  assert.throws(() => copy.detach(), { name: 'ProcessError' });
  closeSync(fd);
  using scoped = new Descriptor(0);
  assert.ok(scoped.fd > 2);
});
