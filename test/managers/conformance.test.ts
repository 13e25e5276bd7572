/** CPython's tests of customised managers, by their names. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { activeChildren, Process } from 'multiproc';
import { MyManager } from './foo_bar.js';
import { putValues, QueueManager, values } from './remote_queue.js';
import { PreparedManager, prepare } from './types.js';

async function common(manager: MyManager): Promise<void> {
  using foo = await manager.Foo();
  using bar = await manager.Bar();
  using squares = await manager.baz();
  const methods = (proxy: object): string[] => ['f', 'g', '_h'].filter((name) => name in proxy);
  assert.deepEqual(methods(foo), ['f', 'g']);
  assert.deepEqual(methods(bar), ['f', '_h']);
  assert.equal(await foo.f(), 'f()');
  await assert.rejects(foo.g(), { name: 'RangeError', message: 'g()' });
  await assert.rejects((foo as any).callMethod('_h'), { name: 'AttributeError' });
  assert.equal(await bar.f(), 'f()');
  assert.equal(await (bar as any)._h(), '_h()');
  for (let i = 0; i < 10; i++) assert.deepEqual(await squares.next(), { done: false, value: i * i });
  assert.deepEqual(await squares.next(), { done: true, value: undefined });
}

const server = (): Process => activeChildren().find(({ name }) => name.startsWith('MyManager-'))!;

test('_TestMyManager.test_mymanager', async () => {
  const manager = new MyManager();
  await manager.start();
  const child = server();
  await common(manager);
  await manager.shutdown();
  // -15 where it was slow.
  assert.ok([0, -15].includes(child.exitCode!), String(child.exitCode));
});

test('_TestMyManager.test_mymanager_context', async () => {
  let child: Process;
  {
    await using manager = new MyManager();
    await manager.start();
    child = server();
    await common(manager);
  }
  assert.ok([0, -15].includes(child.exitCode!), String(child.exitCode));
});

test('TestInitializers.test_manager_initializer', async () => {
  await assert.rejects(new PreparedManager().start({ initializer: 1 as never }), { name: 'TypeError' });
  await using manager = new PreparedManager();
  await manager.start({ initializer: prepare, initargs: ['once'] });
  using prepared = await manager.Prepared();
  assert.equal(await prepared.text(), 'once');
});

test('_TestRemoteManager.test_remote', async () => {
  const authkey = randomBytes(32);
  await using manager = new QueueManager({ address: ['127.0.0.1', 0], authkey });
  await manager.start();
  const child = new Process({ target: putValues, args: [manager.address!, authkey] }).start();
  const second = new QueueManager({ address: manager.address!, authkey });
  await second.connect();
  using queue = await second.getQueue();
  assert.deepEqual(await queue.get(), values);
  assert.equal(await child.join(), 0);
  await assert.rejects(queue.put(setTimeout), { name: 'FunctionReferenceError' });
  await assert.rejects(queue.put(new WeakMap()), { name: 'SerializationError' });
  await queue.put(values);
  assert.deepEqual(await queue.get(), values);
});
