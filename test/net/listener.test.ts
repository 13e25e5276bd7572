/** Addresses of every form, what is wrong with them, and what a listener leaves behind: nothing. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { Pipe, Process } from 'multiproc';
import { type Address, Client, Listener } from 'multiproc/connection';
import { until } from '../support/programs.js';
import { within } from '../support/within.js';
import { listenAndEnd, listenUntilKilled } from './tasks.js';

const folder = mkdtempSync(join(tmpdir(), 'listener-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test('what is no address is refused at the call', async () => {
  const wrong: [any, string, RegExp][] = [
    [5, 'TypeError', /\[host, port\] or a path/],
    [null, 'TypeError', /not null/],
    ['', 'RangeError', /empty/],
    [['localhost'], 'TypeError', /array of 1/],
    [['localhost', '80'], 'TypeError', /string, string/],
    [['localhost', 65536], 'RangeError', /0 to 65535/],
    [['localhost', 1.5], 'RangeError', /0 to 65535/],
    [['a host', 80], 'RangeError', /name or IP/],
    [`/${'x'.repeat(200)}`, 'RangeError', /201/],
    ['/tmp/a\0b', 'RangeError', /NUL/],
    ['localhost:6000', 'RangeError', /\['localhost', 6000\]; for a file of that name '\.\/localhost:6000'/],
    ['tcp://localhost:6000', 'RangeError', /for TCP give \[host, port\]/],
  ];
  for (const [address, name, message] of wrong) {
    if (address !== undefined) assert.throws(() => new Listener({ address }), { name, message, code: 'ERR_MULTIPROC_ARGUMENT' });
    await assert.rejects(Client(address), { name, message, code: 'ERR_MULTIPROC_ARGUMENT' });
  }
  assert.throws(() => new Listener({ address: '/tmp/x', family: 'AF_INET' }), {
    name: 'RangeError',
    message: /AF_UNIX, not AF_INET/,
  });
  // As CPython takes them.
  for (const address of [['localhost', 0], 'localhost', Buffer.from('key'), null] as any[]) {
    const message = /must be an object like \{ /;
    assert.throws(() => new Listener(address), { name: 'TypeError', message });
    await assert.rejects(Client(['localhost', 1], address), { name: 'TypeError', message });
  }
  const options = [
    { authKey: 'k' },
    { backlog: 0 },
    { backlog: 'x' },
    { authkey: 5 },
    { allowMd5: 1 },
    { serializer: 'xml' },
    { allowModules: 5 },
    { handshakeTimeout: -1 },
  ];
  for (const option of options as any[])
    assert.throws(() => new Listener(option), { code: 'ERR_MULTIPROC_ARGUMENT', message: new RegExp(Object.keys(option)[0]) });
});

test('what cannot be listened at or connected to is an error that says why', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const listening: [Address, string, RegExp][] = [
    [file, 'AddressInUseError', /exists already/],
    [join(folder, 'missing', 'socket'), 'AddressError', /folder .* does not exist/],
    [['192.0.2.1', 0], 'AddressError', /not an address of this machine/],
  ];
  for (const [address, name, message] of listening) {
    using listener = new Listener({ address });
    await assert.rejects(
      listener.accept(),
      (error: any) => error.name === name && message.test(error.message) && error.cause instanceof Error,
    );
  }
  using listener = new Listener({ address: ['localhost', 0] });
  await listener.listen();
  const free = listener.address!;
  listener.close();
  const connecting: [Address, string, RegExp][] = [
    [free, 'ConnectionRefusedError', /nobody listens/],
    [join(folder, 'missing'), 'ConnectionRefusedError', /there is no/],
    [file, 'ConnectionRefusedError', /nobody listens/],
    ['\0multiproc-nobody', 'ConnectionRefusedError', /nobody listens/],
    [['no-such-host.invalid', 80], 'AddressError', /no host/],
  ];
  for (const [address, name, message] of connecting) await assert.rejects(Client(address), { name, message });
});

test('an address of its own is private, and goes with the listener', async () => {
  const listener = new Listener();
  assert.equal(String(listener), '<Listener(not listening)>');
  await listener.listen();
  const path = listener.address as string;
  assert.equal(mode(path), '600');
  assert.equal(mode(dirname(path)), '700');
  assert.match(String(listener), /^<Listener\(listening\) at "/);
  const [client, accepted] = await Promise.all([Client(path), listener.accept()]);
  assert.equal(listener.lastAccepted, '');
  listener.close();
  assert.equal(exists(path), false);
  assert.equal(String(listener), `<Listener(closed) at "${path}">`);
  // Those that were accepted stay.
  await client.send('still');
  assert.equal(await accepted.recv(), 'still');
  for (const end of [client, accepted]) end.close();
});

test('so does a path that was given', async () => {
  const path = join(folder, 'given');
  using listener = new Listener({ address: path });
  await listener.listen();
  assert.equal(mode(path), '600');
  listener.close();
  assert.equal(exists(path), false);
});

test('the end of its process takes the socket along, be it killed', async () => {
  for (const [target, end] of [
    [listenAndEnd, 0],
    [listenUntilKilled, -9],
  ] as const) {
    const [hear, told] = Pipe<any>(false);
    const child = new Process({ target, args: [told as any] }).start();
    const path = await within(hear.recv(), 'the path');
    if (end !== 0) {
      assert.equal(exists(path), true);
      child.kill();
    }
    assert.equal(await child.join(), end);
    await until(
      () => !exists(path),
      () => `${path} is still there`,
    );
    for (const pipe of [hear, told]) pipe.close();
  }
});

test('accepting: time runs out, a signal, the listener is closed', async () => {
  using listener = new Listener({ address: ['localhost', 0] });
  for (const timeout of [0, 10]) await assert.rejects(listener.accept({ timeout }), { name: 'TimeoutError' });
  const stop = new AbortController();
  const aborted = listener.accept({ signal: stop.signal });
  const next = listener.accept();
  stop.abort(new Error('enough'));
  await assert.rejects(aborted, { message: 'enough' });
  using client = await Client(listener.address!);
  using accepted = await within(next, 'the client');
  const [host, port] = listener.lastAccepted as [string, number];
  assert.equal(host, '127.0.0.1');
  assert.ok(port > 0);
  const pending = listener.accept();
  const unaccepted = await Client(listener.address!);
  await within(pending, 'the second client').then((connection) => connection.close());
  const last = listener.accept();
  listener.close();
  await assert.rejects(last, { name: 'ConnectionClosedError' });
  await assert.rejects(listener.listen(), { name: 'ConnectionClosedError' });
  await assert.rejects(unaccepted.recv(), { name: 'EOFError' });
  for (const end of [unaccepted, client, accepted]) end.close();
});
