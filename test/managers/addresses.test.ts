/** Managers that other programs use by an address. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { inspect } from 'node:util';
import { Client } from 'multiproc/connection';
import { connectManager, type Remote } from 'multiproc/managers';
import { startProgram } from '../support/programs.js';
import { encodeRequest, HEADER } from './requests.js';
import { until } from './support.js';
import { type Box, MyManager } from './types.js';

const manager = new MyManager({ address: ['127.0.0.1', 0], authkey: 'a key' });
before(() => manager.start());
after(() => manager.shutdown());

const client = (key: string) => {
  const [, port] = manager.address as readonly [string, number];
  return startProgram('programs/remote_client.js', import.meta, { args: [String(port), key] });
};

test('another program uses it as this one does, and is let go of when it is killed', async () => {
  using counter = await manager.counter();
  await counter.set('here', 1);
  const program = client('a key');
  await program.saw(/holds\n/);
  assert.deepEqual(program.stdout.split('\n').slice(0, -1), [
    '3 é null <Buffer 62>',
    'FunctionReferenceError: ERR_MULTIPROC_FUNCTION_REFERENCE',
    // Its class is not taken from the network.
    'Error it fails x',
    'MaybeEncodingError: ERR_MULTIPROC_MAYBE_ENCODING',
    '0',
    '1',
    'nested 4',
    'RangeError: ERR_MULTIPROC_ARGUMENT',
    "1000 <AutoProxy, typeid 'Part', id ",
    'holds',
  ]);
  program.process.kill('SIGKILL');
  await until(() => manager.numberOfObjects(), 1, 'objects');
  assert.equal(await counter.get('here'), 1);
});

test('who has another key is refused, and the others are served on', async () => {
  const program = client('another');
  const { stdout } = await program.ended;
  assert.equal(stdout, 'AuthenticationError: ERR_MULTIPROC_AUTHENTICATION\n');
  using maths = await manager.Maths();
  assert.equal(await maths.add(1, 1), 2);
});

test('a client over the address sends proxies home, and those of others not; blocking calls are refused', async () => {
  const remote = await connectManager<MyManager>({ address: manager.address!, authkey: 'a key' });
  using box = await remote.Box();
  using other = await remote.Box('inside');
  await box.put(other);
  using back = (await box.at(0)) as Remote<Box>;
  assert.equal(await back.at(0), 'inside');
  using local = await manager.Box();
  await assert.rejects(box.put(local), { name: 'SerializationError', message: /cannot go to another program/ });
  assert.throws(() => box.sync.size(), { name: 'DeadlockError' });
  await assert.rejects(
    remote.create('Maths').then((maths) => maths.add('a', () => 1)),
    { name: 'SerializationError' },
  );
});

test('a server in this process listens, too', async () => {
  const own = new MyManager({ address: ['127.0.0.1', 0], authkey: 'k' });
  const server = own.getServer();
  const serving = server.serveForever();
  await until(async () => Array.isArray(own.address) && own.address[1] > 0, true, 'the address');
  const remote = await connectManager<MyManager>({ address: own.address!, authkey: 'k' });
  using maths = await remote.Maths();
  assert.equal(await maths.add(1, 2), 3);
  server.stop();
  await serving;
  await assert.rejects(maths.add(1, 2), { name: 'ManagerGoneError' });
});

test('garbage from a client that knows the key costs that connection, and what it may not do is refused', async () => {
  using maths = await manager.Maths();
  const id = Number(/id (\d+)/.exec(inspect(maths))![1]);
  const send = async (bytes: Uint8Array): Promise<unknown> => {
    using connection = await Client(manager.address as readonly [string, number], { authkey: 'a key' });
    await connection.sendBytes(bytes);
    return await connection.recvBytes().catch((error: Error) => error.name);
  };
  // It may be reset, with what was on its way.
  const isClosed = async (bytes: Uint8Array, what: string): Promise<void> =>
    assert.ok(['EOFError', 'ConnectionClosedError'].includes(String(await send(bytes))), what);
  const garbage = Array.from({ length: 60 }, (_, i) => randomBytes(i * 3));
  for (const bytes of garbage)
    for (const all of [bytes, Buffer.concat([HEADER, bytes])]) await isClosed(all, String(bytes.length));
  const noRequests = [
    [99, 1, 0, '', []],
    [2, 'x', 0, '', []],
    [2, 1, 0, {}, []],
    [8, 1, 0, '', []],
    [1, 999, 1, 'old', []],
  ];
  for (const values of noRequests) await isClosed(encodeRequest(...values), String(values));
  const refused = [
    [2, 1, id, '__proto__', []],
    [2, 1, id, '_hidden', []],
    [2, 1, -1, 'add', []],
    [2, 1, id, 'add', 'x'],
    [3, 1, 0, 'constructor', []],
    [4, 1, 2 ** 40, '', []],
  ];
  for (const values of refused) assert.ok(Buffer.isBuffer(await send(encodeRequest(...values))), String(values));
  assert.equal(await maths.add(1, 2), 3);
});

test('an address in use, or where nobody listens, is an error of the start or of connect', async () => {
  await assert.rejects(new MyManager({ address: manager.address!, authkey: 'k' }).start(), { name: 'AddressInUseError' });
  await assert.rejects(connectManager({ address: ['127.0.0.1', 1], authkey: 'k' }), { name: 'ConnectionRefusedError' });
});
