/** A client that asks for much, or does not read what it asked for: the server stays small, and serves the others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Process, Queue } from 'multiproc';
import { connectManager } from 'multiproc/managers';
import { within } from '../support/within.js';
import { askAndStop, askForSlow, Factory } from './floods.js';
import { until } from './support.js';

const CALLS = 200;
/** Of these as many are made for a client that reads nothing (8 MiB), and one. */
const MOST_MADE = 10;
const MIB = 1024 * 1024;

test('a client that does not read gets no more results made, until it reads or is killed', async (t) => {
  await using factory = new Factory();
  await factory.start();
  using works = await factory.Works();
  const queue = new Queue<number>();
  let before = 0;
  for (const how of ['SIGCONT', 'SIGKILL'] as const) {
    const client = new Process({ target: askAndStop, args: [works, CALLS, queue] }).start();
    t.after(() => client.kill());
    await until(async () => (await works.made()) > before, true, 'the first result');
    for (let i = 0; i < 100; i++) await works.made();
    assert.ok((await works.made()) - before <= MOST_MADE);
    process.kill(client.pid!, how);
    if (how === 'SIGCONT') assert.equal(await within(queue.get(), 'all results'), CALLS * MIB);
    await within(client.join(), 'the end of the client');
    before += CALLS;
    // What a client had sent is done, also when it is gone.
    await until(() => works.made(), before, 'calls');
  }
  assert.equal((await works.large()).length, MIB);
});

test('the same over an address', async (t) => {
  await using factory = new Factory({ address: ['127.0.0.1', 0], authkey: 'floods' });
  await factory.start();
  await using remote = await connectManager<Factory>({ address: factory.address!, authkey: 'floods' });
  using works = await remote.Works();
  const queue = new Queue<number>();
  const client = new Process({ target: askAndStop, args: [works, CALLS, queue] }).start();
  t.after(() => client.kill());
  await until(async () => (await works.made()) > 0, true, 'the first result');
  for (let i = 0; i < 100; i++) await works.made();
  // The system's buffers take some, too.
  assert.ok((await works.made()) <= CALLS / 2);
  process.kill(client.pid!, 'SIGCONT');
  assert.equal(await within(queue.get(), 'all results'), CALLS * MIB);
  await within(client.join(), 'the end of the client');
});

test('the call of a client is answered between those of another that has sent many', async () => {
  await using factory = new Factory();
  await factory.start();
  using works = await factory.Works();
  const client = new Process({ target: askForSlow, args: [works, CALLS] }).start();
  await until(async () => (await works.made()) > 0, true, 'the first result');
  assert.ok((await works.made()) < CALLS);
  await within(client.join(), 'the end of the client');
  assert.equal(await works.made(), CALLS);
});
