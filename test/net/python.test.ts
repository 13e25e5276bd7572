/** A real `multiprocessing.connection` of Python at the other side, as client and as server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, type Connection, Listener } from 'multiproc/connection';
import { within } from '../support/within.js';
import { FAMILIES, noPython, type Python, python, written } from './support.js';

const skip = noPython;
const KEY = 'not a good key: \u00e4';
/** In turn, with every size that the framing tells apart below 2 GiB. */
const SIZES = [0, 1, 100, 16 * 1024, 16 * 1024 + 1, 70_000, 16_000_000];

async function echoes(connection: Connection<any, any>): Promise<void> {
  for (const size of SIZES) {
    const message = Buffer.alloc(size, `${size}`);
    const sent = connection.sendBytes(message);
    assert.ok((await within(connection.recvBytes(), `an echo of ${size} bytes`)).equals(message));
    await sent;
  }
  await connection.sendBytes(Buffer.from('end'));
  await assert.rejects(connection.recvBytes(), { name: 'EOFError' });
}

for (const family of FAMILIES) {
  test(`Python is the client, ${family}`, { skip }, async () => {
    using listener = new Listener({ family, authkey: KEY, allowMd5: true });
    await listener.listen();
    const peer = python('peer.py', 'client', written(listener.address!), KEY);
    using connection = await within(listener.accept(), 'the client');
    assert.equal(await peer.line(), 'connected');
    await echoes(connection);
    assert.deepEqual(await peer.ended(), []);
  });

  test(`Python is the server, ${family}`, { skip }, async () => {
    const peer = python('peer.py', 'listener', family, KEY);
    using connection = await within(Client(JSON.parse(await peer.line()), { authkey: KEY, allowMd5: true }), 'the server');
    assert.equal(await peer.line(), 'accepted');
    await echoes(connection);
    assert.deepEqual(await peer.ended(), []);
  });
}

test('without a key', { skip }, async () => {
  using listener = new Listener({ address: ['localhost', 0] });
  await listener.listen();
  const peer = python('peer.py', 'client', written(listener.address!), '-');
  using connection = await within(listener.accept(), 'the client');
  await echoes(connection);
  assert.deepEqual(await peer.ended(), ['connected']);
});

test('wrong keys are an AuthenticationError at both sides, and both servers go on', { skip }, async () => {
  using listener = new Listener({ authkey: KEY, allowMd5: true });
  await listener.listen();
  const intruder = python('peer.py', 'client', written(listener.address!), 'wrong');
  await assert.rejects(within(listener.accept(), 'the refusal'), { name: 'AuthenticationError', message: /does not know/ });
  assert.deepEqual(await intruder.ended(), ['AuthenticationError']);
  const peer = python('peer.py', 'client', written(listener.address!), KEY);
  using connection = await within(listener.accept(), 'the client');
  await connection.sendBytes(Buffer.from('end'));
  assert.deepEqual(await peer.ended(), ['connected']);

  const server = python('peer.py', 'listener', 'AF_INET', KEY);
  const address = JSON.parse(await server.line());
  await assert.rejects(Client(address, { authkey: 'wrong', allowMd5: true }), {
    name: 'AuthenticationError',
    message: /not accept/,
  });
  assert.equal(await server.line(), 'AuthenticationError');
  using right = await Client(address, { authkey: KEY, allowMd5: true });
  await right.sendBytes(Buffer.from('end'));
  assert.deepEqual(await server.ended(), ['accepted']);
});

/** Python before 3.12 knows MD5 only: the errors at our side name what would allow it. */
test('MD5 has to be allowed', { skip }, async (t) => {
  const server: Python = python('peer.py', 'listener', 'AF_INET', KEY);
  const address = JSON.parse(await server.line());
  const refused = await Client(address, { authkey: KEY }).then(
    (connection) => connection,
    (error) => error,
  );
  if (!(refused instanceof Error)) {
    await refused.sendBytes(Buffer.from('end'));
    refused.close();
    assert.deepEqual(await server.ended(), ['accepted']);
    return t.skip('this Python knows SHA-256');
  }
  assert.match(`${refused}`, /^AuthenticationError: .*allowMd5: true/);
  assert.equal(await server.line(), 'EOFError');
  using connection = await Client(address, { authkey: KEY, allowMd5: true });
  await connection.sendBytes(Buffer.from('end'));
  await server.ended();

  using listener = new Listener({ authkey: KEY });
  await listener.listen();
  const client = python('peer.py', 'client', written(listener.address!), KEY);
  await assert.rejects(within(listener.accept(), 'the refusal'), { name: 'AuthenticationError', message: /allowMd5: true/ });
  assert.deepEqual(await client.ended(), ['AuthenticationError']);
});

for (const digest of ['sha256', 'sha384', 'sha3_256']) {
  test(`the protocol of Python 3.12 with ${digest}, both ways`, { skip }, async () => {
    const server = python('newer.py', 'listener', KEY, digest);
    using connection = await within(Client(JSON.parse(await server.line()), { authkey: KEY }), 'the server');
    await connection.sendBytes(Buffer.from('echo'));
    assert.equal(String(await within(connection.recvBytes(), 'the echo')), 'echo');
    assert.deepEqual(await server.ended(), ['asked for sha256', 'welcome']);

    using listener = new Listener({ authkey: KEY });
    await listener.listen();
    const client = python('newer.py', 'client', written(listener.address!), KEY, digest);
    using accepted = await within(listener.accept(), 'the client');
    await accepted.sendBytes(Buffer.from('echo'));
    assert.equal(String(await within(accepted.recvBytes(), 'the echo')), 'echo');
    assert.deepEqual(await client.ended(), ['asked for sha256', 'welcome']);
  });
}

test('the protocol of Python 3.12 with a wrong key', { skip }, async () => {
  const server = python('newer.py', 'listener', KEY);
  await assert.rejects(Client(JSON.parse(await server.line()), { authkey: 'wrong' }), { name: 'AuthenticationError' });
  assert.deepEqual(await server.ended(), ['refused']);
  using listener = new Listener({ authkey: KEY });
  await listener.listen();
  const client = python('newer.py', 'client', written(listener.address!), 'wrong');
  await assert.rejects(within(listener.accept(), 'the refusal'), { name: 'AuthenticationError' });
  assert.deepEqual(await client.ended(), ['asked for sha256', 'refused']);
});
