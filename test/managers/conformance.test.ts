/** CPython's tests of customised managers, by their names. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activeChildren, type Process } from 'multiproc';
import { MyManager } from './foo_bar.js';
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
