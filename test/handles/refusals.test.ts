/** What cannot be sent says why, at the call, and leaves nothing open. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { connect, createServer, Socket } from 'node:net';
import { test } from 'node:test';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { Descriptor, Queue } from 'multiproc';
import { encode } from '#dist/serialization/codec.js';
import { connected, descriptorsOf, listening } from './support.js';

const skip = !existsSync('/proc/self/fd') && 'reads /proc';

const { server } = await listening();
const { here, there } = await connected();
const closed = new Socket();
closed.destroy();
const closedFile = await open('/dev/null');
await closedFile.close();
const tls = createTlsServer().listen(0);
const encrypted = new TLSSocket(connect((server.address() as { port: number }).port));
encrypted.on('error', () => {});

const refusals: readonly [what: string, handle: () => unknown, why: RegExp][] = [
  ['a server that does not listen', () => createServer(), /does not listen: send it after its listening event/],
  ['a socket that was closed', () => closed, /this socket is closed/],
  ['a socket that is not connected', () => new Socket(), /not connected yet/],
  ['a FileHandle that was closed', () => closedFile, /FileHandle is closed/],
  ['a TLS server', () => tls, /TLS server has keys/],
  ['a TLS socket', () => encrypted, /TLS socket has keys/],
  ['a handle inside an error', () => Object.assign(new Error('failed'), { there }), /property of an error/],
];

for (const [what, handle, why] of refusals) {
  test(`${what} is refused`, async () => {
    const queue = new Queue<unknown>();
    await assert.rejects(queue.put({ handle: handle() }), { code: 'ERR_MULTIPROC_SERIALIZATION', message: why });
    assert.throws(() => queue.putSync({ handle: handle() }), { message: why });
    assert.equal(queue.qsize(), 0);
  });
}

test('a socket whose stream has read something is refused, and can be sent once that is taken', async () => {
  const queue = new Queue<Socket>();
  const { here, there } = await connected({ pauseOnConnect: false });
  here.write('bytes');
  await once(there, 'readable');
  assert.throws(() => queue.putSync(there), { message: /has read 5 bytes from the socket already/ });
  assert.equal(String(there.read()), 'bytes');
  queue.putSync(there);
  here.write('more');
  const received = queue.getSync();
  assert.equal(String((await once(received, 'data'))[0]), 'more');
  for (const socket of [here, there, received]) socket.destroy();
});

test('a socket with bytes that are not written yet is refused', async () => {
  const queue = new Queue<Socket>();
  const { here, there } = await connected();
  while (here.write(Buffer.alloc(1 << 20)));
  assert.throws(() => queue.putSync(here), { message: /not written yet: wait for drain/ });
  for (const socket of [here, there]) socket.destroy();
});

test('outside a channel of this library there is nobody to fetch it', () => {
  assert.throws(() => encode({ server }), { message: /it goes through a Pipe or a Queue/ });
});

test('no descriptor, a closed one, and something else', () => {
  for (const bad of [-1, 0.5, NaN, 2 ** 31])
    assert.throws(() => new Descriptor(bad), { name: 'RangeError', code: 'ERR_MULTIPROC_ARGUMENT' });
  for (const bad of ['1', null, undefined, {}, createServer])
    assert.throws(() => new Descriptor(bad as never), { name: 'TypeError', code: 'ERR_MULTIPROC_ARGUMENT' });
  assert.throws(() => new Descriptor(1_000_000), { code: 'ERR_MULTIPROC_PLATFORM', message: /EBADF/ });
});

test('what is refused half-way leaves nothing open', { skip }, async () => {
  const queue = new Queue<unknown>();
  const before = descriptorsOf('self');
  for (let i = 0; i < 50; i++) assert.throws(() => queue.putSync([there, server, Symbol('no')]), { path: 'value[2]' });
  // They go when the call is over.
  while (descriptorsOf('self') > before) await new Promise((resolve) => setImmediate(resolve));
});

test('the end', () => {
  for (const handle of [server, tls]) handle.close();
  for (const socket of [here, there, encrypted]) socket.destroy();
});
