/** CPython's tests of what is passed from process to process as a descriptor, by their names there (test/_test_multiprocessing.py). */
import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Connection, Descriptor, Pipe, Process } from 'multiproc';
import { hear } from './support.js';
import { listenAndPassOn, sendPretence, writeReceived } from './tasks.js';

const folder = mkdtempSync(join(tmpdir(), 'handles-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('_TestConnection.test_fd_transfer', async () => {
  const [receiver, sender] = Pipe<Descriptor>(false);
  const process = new Process({ target: writeReceived, args: [receiver, 'foo'] }).start();
  const file = join(folder, 'written');
  const fd = openSync(file, 'w');
  const descriptor = new Descriptor(fd);
  closeSync(fd);
  await sender.send(descriptor);
  descriptor.close();
  assert.equal(await process.join(), 0);
  assert.equal(readFileSync(file, 'utf8'), 'foo');
});

test('_TestConnection.test_missing_fd_transfer', async () => {
  const [here, there] = Pipe<any>();
  const process = new Process({ target: sendPretence, args: [there] }).start();
  there.close();
  await assert.rejects(here.recv(), {
    name: 'HandleLostError',
    code: 'ERR_MULTIPROC_HANDLE_LOST',
    message: /has none. Send it again/,
  });
  await here.send(null);
  assert.equal(await process.join(), 0);
});

test('_TestPicklingConnections.test_pickling', async () => {
  const [here, there] = Pipe<any>();
  const process = new Process({ target: listenAndPassOn, args: [there] }).start();
  there.close();
  // A connection that is received is used here, and its other end there.
  const passed: Connection<string, string> = await here.recv();
  await passed.send('hello');
  assert.equal(await passed.recv(), 'HELLO');
  passed.close();
  // A socket which the child has accepted.
  const port: number = await here.recv();
  const client = connect(port);
  client.write('raw');
  const accepted: Socket = await here.recv();
  assert.equal(await hear(accepted), 'raw');
  accepted.end('back');
  assert.equal(await hear(client), 'back');
  client.destroy();
  accepted.destroy();
  await here.send(null);
  assert.equal(await process.join(), 0);
});
