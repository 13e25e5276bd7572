/** What goes wrong between programs has a name, and costs the server nothing. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { type Address, Listener } from 'multiproc/connection';
import { connectManager } from 'multiproc/managers';
import { Request } from '#dist/managers/protocol.js';
import { RemoteHome } from '#dist/managers/remote_home.js';
import { openDescriptors, startProgram } from '../support/programs.js';
import { within } from '../support/within.js';
import { until } from './support.js';
import { MyManager } from './types.js';

const KEY = 'a key';
const manager = new MyManager({ address: ['127.0.0.1', 0], authkey: KEY });
before(() => manager.start());
after(() => manager.shutdown());
const address = (): string => JSON.stringify(manager.address);

/** A port at which nobody listens. */
async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

test('each has an error of its own', async () => {
  const args = [address(), String(await unusedPort())];
  const { stdout, stderr, code } = await startProgram('programs/error_client.js', import.meta, { args }).ended;
  assert.deepEqual(
    stdout.split('\n').map((line) => line.trimEnd()),
    [
      'malformed TypeError ERR_MULTIPROC_ARGUMENT',
      'malformed TypeError ERR_MULTIPROC_ARGUMENT',
      'malformed RangeError ERR_MULTIPROC_ARGUMENT',
      'malformed RangeError ERR_MULTIPROC_ARGUMENT',
      'malformed TypeError ERR_MULTIPROC_ARGUMENT',
      'malformed TypeError ERR_MULTIPROC_ARGUMENT',
      'malformed RangeError ERR_MULTIPROC_ARGUMENT',
      'malformed start RangeError ERR_MULTIPROC_ARGUMENT',
      'no key AuthenticationError ERR_MULTIPROC_AUTHENTICATION',
      'wrong key AuthenticationError ERR_MULTIPROC_AUTHENTICATION',
      'refused ConnectionRefusedError ERR_MULTIPROC_CONNECTION_REFUSED',
      'no such path ConnectionRefusedError ERR_MULTIPROC_CONNECTION_REFUSED',
      'in use AddressInUseError ERR_MULTIPROC_ADDRESS_IN_USE',
      'unknown typeid RangeError ERR_MULTIPROC_ARGUMENT',
      'not exposed AttributeError ERR_MULTIPROC_ATTRIBUTE',
      'a result that cannot be sent MaybeEncodingError ERR_MULTIPROC_MAYBE_ENCODING',
      'an argument that cannot be sent SerializationError ERR_MULTIPROC_SERIALIZATION',
      'a function FunctionReferenceError ERR_MULTIPROC_FUNCTION_REFERENCE',
      'blocking DeadlockError ERR_MULTIPROC_DEADLOCK',
      'shutdown ProcessError ERR_MULTIPROC',
      'still 3',
      '',
    ],
  );
  assert.deepEqual([code, stderr], [0, '']);
  await until(() => manager.numberOfObjects(), 0, 'objects');
});

test('two hundred that stall or talk nonsense cost its clients nothing, and are dropped', async () => {
  const program = startProgram('programs/strangers.js', import.meta, { args: [address()] });
  await program.saw(/all came/);
  const clients = await within(
    Promise.all(Array.from({ length: 10 }, () => connectManager<MyManager>({ address: manager.address!, authkey: KEY }))),
    'clients beside the strangers',
  );
  for (const client of clients) {
    using maths = await client.Maths();
    assert.equal(await maths.add(1, 2), 3);
    await client[Symbol.asyncDispose]();
  }
  const { stdout } = await program.ended;
  assert.equal(stdout, 'all came\nall dropped\n');
});

test('what answers at the address is no manager', async () => {
  using listener = new Listener({ address: ['127.0.0.1', 0], authkey: KEY });
  await listener.listen();
  const other = listener.accept().then(async (connection) => {
    await connection.recvBytes();
    await connection.sendBytes(Buffer.from('hello'));
  });
  await assert.rejects(connectManager({ address: listener.address!, authkey: KEY }), { name: 'ManagerGoneError' });
  await other;
});

/** Takes a connection and authenticates at the most, and tells when that one was closed. */
async function silent(hasKey: boolean): Promise<{ address: Address; closed: Promise<unknown> } & Disposable> {
  if (hasKey) {
    const listener = new Listener({ address: ['127.0.0.1', 0], authkey: KEY });
    await listener.listen();
    const closed = listener.accept().then(async (connection) => {
      using end = connection;
      // Its greeting and its question.
      for (;;) await end.recvBytes();
    });
    return { address: listener.address!, closed, [Symbol.dispose]: () => listener.close() };
  }
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const closed = once(server, 'connection').then(([socket]) => once(socket.on('error', () => {}).resume(), 'close'));
  const { port } = server.address() as { port: number };
  return { address: ['127.0.0.1', port], closed, [Symbol.dispose]: () => server.close() };
}

for (const hasKey of [false, true])
  test(`a server that says nothing ${hasKey ? 'after' : 'before'} it has authenticated is given up in time`, async () => {
    // Where it has a key, long enough for the handshake.
    const timeout = hasKey ? 4000 : 200;
    const message = hasKey
      ? /^127\.0\.0\.1:\d+ has let this program in, and has not answered within 4000 ms: .*connect\(\{ timeout \}\)/
      : /^127\.0\.0\.1:\d+ was reached and did not authenticate within 200 ms/;
    const descriptors = openDescriptors();
    const stop = new AbortController();
    const attempts: readonly [(address: Address) => Promise<unknown>, object][] = [
      [(address) => connectManager({ address, authkey: KEY, timeout }), { name: 'TimeoutError', message }],
      [(address) => new MyManager({ address, authkey: KEY }).connect({ timeout }), { name: 'TimeoutError', message }],
      [(address) => connectManager({ address, authkey: KEY, signal: stop.signal }), { message: 'enough' }],
    ];
    const tried = attempts.map(async ([connect, error]) => {
      using server = await silent(hasKey);
      await assert.rejects(within(connect(server.address), 'the end of time'), error);
      await within(
        server.closed.catch(() => {}),
        'the end of the connection',
      );
    });
    await Promise.all(tried.slice(0, 2));
    stop.abort(new Error('enough'));
    await tried[2];
    await until(async () => openDescriptors() <= descriptors, true, 'descriptors');
  });

test('so it is where a proxy was sent on', async () => {
  using server = await silent(true);
  const { setTimeout: real } = globalThis;
  // What is left of the 20 s after the connection was begun is soon over.
  globalThis.setTimeout = ((run: () => void, ms: number) => real(run, ms > 19_000 && ms < 20_000 ? 50 : ms)) as never;
  const home = RemoteHome.of(['an-identity', server.address, Buffer.from(KEY), undefined]);
  const pending = home.client.call(Request.CALL, 1, 'getName', []);
  try {
    await assert.rejects(within(pending, 'the end of time'), (error: any) => {
      assert.match(
        error.message,
        /^the manager of this proxy cannot be reached: 127\.0\.0\.1:\d+ has let this program in, and has/,
      );
      return error.name === 'ManagerGoneError' && error.cause.name === 'TimeoutError';
    });
  } finally {
    globalThis.setTimeout = real;
  }
  await assert.rejects(within(server.closed, 'the end of the connection'), { name: 'EOFError' });
});

test('a manager that could not connect or start can try again', async () => {
  const port = await unusedPort();
  const occupied = createServer().listen(port, '127.0.0.1');
  await once(occupied, 'listening');
  const own = new MyManager({ address: ['127.0.0.1', port], authkey: KEY });
  const client = new MyManager({ address: ['127.0.0.1', port], authkey: KEY });
  const server = new MyManager({ address: ['127.0.0.1', port], authkey: KEY }).getServer();
  await assert.rejects(own.start(), { name: 'AddressInUseError' });
  await assert.rejects(server.listen(), { name: 'AddressInUseError' });
  await assert.rejects(client.connect({ timeout: 50 }), { name: 'TimeoutError' });
  await assert.rejects(client.connect({ timeout: 'x' as never }), { name: 'TypeError', message: /timeout/ });
  occupied.close();
  await once(occupied, 'close');
  await server.listen();
  server.stop();
  await own.start();
  await client.connect();
  using maths = await client.Maths();
  assert.equal(await maths.add(1, 2), 3);
  await own.shutdown();
});
