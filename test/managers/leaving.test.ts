/** Managers that have connected, and leave: the connection goes with the manager and the last proxy. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ManagerGoneError } from 'multiproc';
import { connectManager } from 'multiproc/managers';
import { sweepCollected } from '#dist/memory/collected.js';
import { openDescriptors, startProgram } from '../support/programs.js';
import { until } from './support.js';
import { MyManager } from './types.js';

const KEY = 'k';
const manager = new MyManager({ address: ['127.0.0.1', 0], authkey: KEY });
before(() => manager.start());
after(() => manager.shutdown());
const connect = () => connectManager<MyManager>({ address: manager.address!, authkey: KEY });
const descriptors = async (): Promise<number> => {
  sweepCollected();
  return openDescriptors();
};

test('with the scope of the manager, the last proxy, and the last answer', async () => {
  await (await connect())[Symbol.asyncDispose]();
  const without = openDescriptors();
  const left = await connect();
  let pending: Promise<unknown>;
  {
    await using remote = left;
    using maths = await remote.Maths();
    {
      using part = await remote.Part('stays');
      await remote[Symbol.asyncDispose]();
      await assert.rejects(remote.numberOfObjects(), ManagerGoneError);
      assert.equal(await part.getName(), 'stays');
      assert.ok(openDescriptors() > without);
    }
    pending = maths.later(3);
  }
  assert.equal(await pending, 3);
  await until(descriptors, without, 'descriptors');
  await until(() => manager.numberOfObjects(), 0, 'objects');
});

test('with the garbage', async () => {
  const without = await descriptors();
  await (async () => {
    const remote = await connect();
    await remote.Part('collected');
  })();
  await until(descriptors, without, 'descriptors');
});

test('by shared memory: the manager is left, its objects stay', async () => {
  const own = new MyManager();
  await own.start();
  const client = new MyManager({ address: own.address! });
  await client.connect();
  using maths = await client.Maths();
  await client[Symbol.asyncDispose]();
  await assert.rejects(client.Maths(), { name: 'ManagerGoneError', message: /was left/ });
  assert.equal(await maths.add(1, 2), 3);
  assert.match(String(client), /left/);
  await own.shutdown();
});

test('a program that has a manager and proxies, and nothing pending, ends', async () => {
  const program = startProgram('programs/leaver.js', import.meta, { args: [JSON.stringify(manager.address), KEY] });
  const { code, stdout, stderr } = await program.ended;
  assert.deepEqual([code, stdout, stderr], [0, 'answered\n', '']);
  await until(() => manager.numberOfObjects(), 0, 'objects');
});
