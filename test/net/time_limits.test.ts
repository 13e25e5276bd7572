/** The time limit and the signal of Client() cover all that it does. Listening can be tried again. */
import assert from 'node:assert/strict';
import dns from 'node:dns';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Address } from 'multiproc/connection';
import { until } from '../support/programs.js';
import { within } from '../support/within.js';

/** Whether there is a name server. The library takes `lookup` when it is loaded. */
let areNamesAnswered = true;
const { lookup } = dns;
dns.lookup = ((...args: Parameters<typeof lookup>) => areNamesAnswered && lookup(...args)) as never;
syncBuiltinESMExports();
const { Client, Listener } = await import('multiproc/connection');

/** Takes connections, and says nothing. */
async function silent(): Promise<[Server, Address]> {
  const server = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return [server, ['127.0.0.1', (server.address() as { port: number }).port]];
}

test('the look-up of a name that nobody answers', async () => {
  areNamesAnswered = false;
  try {
    const address = ['a-host.example', 6000] as const;
    for (const timeout of [0, 20])
      await assert.rejects(within(Client(address, { timeout }), 'the end of time'), {
        name: 'TimeoutError',
        code: 'ERR_MULTIPROC_TIMEOUT',
        message: new RegExp(`a-host.example:6000 could not be reached within ${timeout} ms: .*name server`),
      });
    const stop = new AbortController();
    const aborted = Client(address, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await assert.rejects(within(aborted, 'the abort'), { message: 'enough' });
    await assert.rejects(Client(address, { signal: stop.signal }), { message: 'enough' });
  } finally {
    areNamesAnswered = true;
  }
});

test('a server that does not authenticate', async () => {
  const [server, address] = await silent();
  const connected = once(server, 'connection');
  await assert.rejects(within(Client(address, { authkey: 'k', timeout: 50 }), 'the end of time'), {
    name: 'TimeoutError',
    message: /^127\.0\.0\.1:\d+ was reached and did not authenticate within 50 ms: .*Else give more time/,
  });
  const [socket] = await connected;
  await within(Promise.resolve(socket.destroyed || once(socket, 'end')), 'the end of the connection');
  const stop = new AbortController();
  const again = once(server, 'connection');
  const aborted = Client(address, { authkey: 'k', signal: stop.signal });
  await again;
  stop.abort(new Error('enough'));
  await assert.rejects(within(aborted, 'the abort'), { message: 'enough' });
  server.close();
});

/** Whether the system will ask the other side whether it is still there: its timer in the table of connections. */
function isProbed(port: number): boolean {
  const to = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const entries = readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const [entry] = entries.filter(([, , remote, state]) => remote?.endsWith(to) && state === '01');
  return entry[5].startsWith('02:');
}

test('a server that has forgotten the client is noticed while it waits for the challenge', {
  skip: !existsSync('/proc/net/tcp') && 'reads /proc',
}, async () => {
  const [server, address] = await silent();
  const connected = once(server, 'connection');
  const stop = new AbortController();
  const waits = Client(address, { authkey: 'k', signal: stop.signal });
  await connected;
  await until(
    () => isProbed(address[1] as number),
    () => 'nobody asks',
  );
  stop.abort(new Error('enough'));
  await assert.rejects(waits, { message: 'enough' });
  server.close();
  using listener = new Listener({ address: ['127.0.0.1', 0], authkey: 'k' });
  await listener.listen();
  using client = await Client(listener.address!, { authkey: 'k' });
  using accepted = await listener.accept();
  assert.equal(isProbed(listener.address![1] as number), false);
  assert.ok(client && accepted);
});

test('listening at an address that was in use works once it is free', async () => {
  const [server, address] = await silent();
  using listener = new Listener<string>({ address, authkey: 'k' });
  const first = listener.listen();
  assert.equal(listener.listen(), first);
  await assert.rejects(first, { name: 'AddressInUseError' });
  await assert.rejects(listener.accept(), { name: 'AddressInUseError' });
  server.close();
  await once(server, 'close');
  await listener.listen();
  const [client, accepted] = await Promise.all([Client<string>(address, { authkey: 'k' }), listener.accept()]);
  await client.send('hello');
  assert.equal(await accepted.recv(), 'hello');
  for (const end of [client, accepted]) end.close();
});

test('so does a path; closed while it binds, it is not left', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'again-'));
  const address = join(folder, 'socket');
  writeFileSync(address, '');
  using listener = new Listener({ address });
  await assert.rejects(listener.listen(), { name: 'AddressInUseError', message: /remove the file/ });
  rmSync(address);
  await listener.listen();
  using late = new Listener({ address: ['localhost', 0] });
  const binding = late.listen();
  late.close();
  await assert.rejects(binding, { name: 'ConnectionClosedError' });
  assert.match(String(late), /closed/);
  listener.close();
  rmSync(folder, { recursive: true });
});
