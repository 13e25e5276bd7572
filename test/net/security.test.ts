/** What the other side of a socket can do to a listener before it is known, and after: nothing but lose its own connection. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { getLogger } from 'multiproc';
import { Client, Listener } from 'multiproc/connection';
import { within } from '../support/within.js';
import { type Any, pair } from './support.js';

const KEY = 'the key of the tests';
const MANY = 1000;

async function socketTo(address: any): Promise<Socket> {
  const socket = typeof address === 'string' ? connect(address) : connect(address[1], address[0]);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

const ended = (socket: Socket): Promise<unknown> =>
  within(new Promise((resolve) => socket.resume().on('close', resolve)), 'the end of a connection');

/** What strangers do after they have connected. */
const STRANGERS: readonly ((socket: Socket) => void)[] = [
  () => {},
  (socket) => socket.write('GET / HTTP/1.1\r\n\r\n'),
  (socket) => socket.write(Buffer.from([0x7f, 0xff, 0xff, 0xff])),
  (socket) => socket.write(Buffer.concat([Buffer.from([0, 0, 1, 1]), Buffer.alloc(257)])),
  (socket) => socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
  (socket) => socket.write(Buffer.from([0x80, 0, 0, 0])),
  (socket) => socket.write(Buffer.from([0, 0, 0, 16, 1])),
  (socket) => socket.end(),
  (socket) => socket.resetAndDestroy(),
];

test('a thousand that stall or talk nonsense cost the others nothing, and are dropped', async () => {
  using listener = new Listener<string>({ address: ['127.0.0.1', 0], authkey: KEY, handshakeTimeout: 4000 });
  await listener.listen();
  const strangers: Socket[] = [];
  for (let i = 0; i < MANY; i++) {
    const socket = await socketTo(listener.address);
    STRANGERS[i % STRANGERS.length](socket);
    strangers.push(socket);
  }
  const began = performance.now();
  for (let i = 0; i < 20; i++) {
    const [client, accepted] = await within(
      Promise.all([Client<string>(listener.address!, { authkey: KEY }), listener.accept()]),
      'a client',
    );
    await client.send(`hello ${i}`);
    assert.equal(await accepted.recv(), `hello ${i}`);
    client.close();
    accepted.close();
  }
  // One after the other they would have waited for all that stall: 111 of them, 4 s each.
  assert.ok(performance.now() - began < 60_000);
  await Promise.all(strangers.map((socket) => socket.destroyed || ended(socket)));
});

test('nonsense behind half a header, more than is read at a time, is an error of that connection only', async () => {
  using listener = new Listener<string>({ address: ['127.0.0.1', 0], authkey: KEY, handshakeTimeout: 60_000 });
  await listener.listen();
  using open = new Listener<string>({ address: ['127.0.0.1', 0] });
  await open.listen();
  const nonsense = Buffer.alloc(256 * 1024, 0xfe);
  // The rest of a header, and its message.
  nonsense.fill(0, 0, 2).writeUInt8(5, 1);
  const socket = await socketTo(listener.address);
  const begins = once(socket, 'data');
  const isDropped = new Promise((resolve) => socket.on('close', resolve));
  socket.write(Buffer.alloc(2));
  // The challenge: the listener waits for an answer.
  await begins;
  socket.write(nonsense);
  const other = await socketTo(open.address);
  const connection = await open.accept();
  const received = connection.recvBytes();
  other.write(Buffer.alloc(2));
  other.write(nonsense);
  assert.equal((await received).length, 5);
  await assert.rejects(connection.recvBytes(), { name: 'ConnectionClosedError', message: /no message of multiprocessing/ });
  await within(isDropped, 'the end of the connection');
  connection.close();
  other.destroy();
});

test('before both are known nothing is decoded, and nobody gets a connection', async () => {
  using listener = new Listener<string>({ authkey: KEY });
  await listener.listen();
  using eager = await Client<any>(listener.address!);
  // A value, where the answer to the challenge belongs.
  await eager.send({ not: 'an answer' });
  await assert.rejects(within(listener.accept(), 'the refusal'), { name: 'AuthenticationError' });
  assert.match(String(await eager.recvBytes()), /^#CHALLENGE#/);
  assert.equal(String(await eager.recvBytes()), '#FAILURE#');
  await assert.rejects(eager.recvBytes(), { name: 'EOFError' });
});

test('a wrong key is an AuthenticationError at both sides, which does not show it; iterating goes on', async () => {
  using listener = new Listener<string>({ authkey: KEY });
  await listener.listen();
  const refused = await Client(listener.address!, { authkey: 'a wrong key' }).catch((error: Error) => error as never);
  const seen = listener.accept().catch((error: Error) => error as never);
  for (const error of [refused, await within(seen, 'the refusal')] as unknown as Error[]) {
    assert.equal(error.name, 'AuthenticationError');
    assert.doesNotMatch(`${error.stack}`, /wrong key|key of the tests/);
  }
  await assert.rejects(Client(listener.address!, { authkey: 'another' }), { name: 'AuthenticationError' });
  const good = Client<string>(listener.address!, { authkey: KEY });
  for await (const connection of listener) {
    await (await good).send('hello');
    assert.equal(await connection.recv(), 'hello');
    connection.close();
    listener.close();
  }
  (await good).close();
});

test('a client gives up on a server that stalls or talks nonsense', async () => {
  for (const said of ['', 'HTTP/1.1 200 OK\r\n\r\n']) {
    const { createServer } = await import('node:net');
    const server = createServer((socket) => socket.on('error', () => {}).write(said)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await assert.rejects(Client(['127.0.0.1', port], { authkey: KEY, timeout: 200 }), {
      name: said === '' ? 'TimeoutError' : 'AuthenticationError',
    });
    server.close();
  }
});

test('keys are in no log', async () => {
  const lines: string[] = [];
  const logger = getLogger();
  const { write } = process.stderr;
  process.stderr.write = ((text: string) => lines.push(text) > 0) as never;
  try {
    using listener = new Listener({ authkey: KEY });
    await listener.listen();
    await Client(listener.address!, { authkey: 'a wrong key' }).catch(() => {});
    await listener.accept().catch(() => {});
    assert.ok(logger);
  } finally {
    process.stderr.write = write;
  }
  assert.doesNotMatch(lines.join(''), /wrong key|key of the tests/);
});

/** Bytes as they may come, and connections that survive: their own error, and the next message or the end. */
test('whatever bytes come are an error of that connection, or a message', async () => {
  using listener = new Listener<any>({ address: ['127.0.0.1', 0] });
  await listener.listen();
  const [other, otherAccepted]: Any[] = await Promise.all([Client<any>(listener.address!), listener.accept()]);
  const frame = (bytes: Uint8Array): Buffer => {
    const header = Buffer.alloc(4);
    header.writeInt32BE(bytes.length);
    return Buffer.concat([header, bytes]);
  };
  const greeting = Uint8Array.of(0x93, 0x4d, 1, 0x4c, 0xa1);
  const chunk = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 100 }).map(frame),
    fc.uint8Array({ maxLength: 100 }).map((bytes) => frame(Buffer.concat([greeting, bytes]))),
  );
  const known = new Set(['EOFError', 'SerializationError', 'TypeError', 'ConnectionClosedError', 'FunctionReferenceError']);
  await fc.assert(
    fc.asyncProperty(fc.array(chunk, { maxLength: 5 }), async (chunks) => {
      const socket = await socketTo(listener.address);
      const connection = await listener.accept();
      for (const bytes of chunks) socket.write(bytes);
      socket.end();
      for (;;) {
        const error = await within(
          connection.recv().then(
            () => undefined,
            (thrown) => thrown,
          ),
          'an outcome',
        );
        if (error === undefined) continue;
        assert.ok(known.has(error.name), `${error.stack}`);
        // It stays, for those who want bytes.
        if (error.name === 'TypeError') await connection.recvBytes();
        else if (error.name !== 'SerializationError' && error.name !== 'FunctionReferenceError') break;
      }
      connection.close();
      socket.destroy();
      await other.send('still here');
      assert.equal(await otherAccepted.recv(), 'still here');
    }),
    { numRuns: 200 },
  );
  for (const end of [other, otherAccepted]) end.close();
});

test('a message that says it is huge takes no memory before its bytes come', async () => {
  const [client, accepted] = await pair('AF_INET');
  const before = process.memoryUsage().external;
  using listener = new Listener<any>({ address: ['127.0.0.1', 0] });
  await listener.listen();
  const socket = await socketTo(listener.address);
  const connection = await listener.accept();
  socket.write(Buffer.from([0x7f, 0xff, 0xff, 0xff, 1, 2, 3]));
  await assert.rejects(connection.recv({ timeout: 100 }), { name: 'TimeoutError' });
  assert.ok(process.memoryUsage().external - before < 64 * 1024 * 1024);
  await assert.rejects(connection.recvBytes({ maxLength: 1000 }), { name: 'ConnectionClosedError', message: /2147483647/ });
  assert.equal(connection.readable, false);
  socket.destroy();
  for (const end of [connection, client, accepted]) end.close();
});
