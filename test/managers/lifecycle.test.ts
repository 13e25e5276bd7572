/** Making managers: define and register, start, connect, serve, shut down. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  activeChildren,
  BootstrapError,
  DeadlockError,
  FunctionReferenceError,
  ManagerGoneError,
  ProcessError,
  Queue,
} from 'multiproc';
import { BaseManager, connectManager } from 'multiproc/managers';
import { within } from '../support/within.js';
import { failToPrepare, Maths, MyManager, Part, PreparedManager, prepare } from './types.js';

test('what is registered belongs to the class and those below it', async () => {
  class Above extends BaseManager.define({ Maths }) {}
  class Below extends Above {}
  class Beside extends BaseManager.define({}) {}
  Below.register('Part', Part);
  assert.equal('Part' in Above.prototype, false);
  assert.equal('Part' in Beside.prototype, false);
  assert.equal('Maths' in BaseManager.prototype, false);
  assert.equal('Maths' in Beside.prototype, false);
  await using manager = new Below();
  await manager.start();
  using maths = await manager.Maths();
  assert.equal(await maths.add(1, 2), 3);
  using part = await manager.create('Part', 'x');
  assert.equal(await part.getName(), 'x');
  using same = await (manager as unknown as { Part(name: string): Promise<any> }).Part('y');
  assert.equal(await same.getName(), 'y');
});

test('bad registrations are refused where they are written', () => {
  class Some extends BaseManager {}
  const refused = { name: 'TypeError', code: 'ERR_MULTIPROC_ARGUMENT' };
  for (const name of ['start', 'create', 'address', 'then', '__proto__', 'constructor', ''])
    assert.throws(() => Some.register(name, Part), refused, name);
  assert.throws(() => Some.register('x', 3 as never), refused);
  assert.throws(() => Some.register('x', Part, { exposed: ['then'] }), refused);
  assert.throws(() => Some.register('x', Part, { exposed: 'a' as never }), refused);
  assert.throws(() => Some.register('x', Part, { methodToTypeid: { a: 1 } as never }), refused);
  assert.throws(() => Some.register('x', Part, { proxyType: 'X' as never }), refused);
  assert.throws(() => BaseManager.register('x', Part), refused);
  assert.throws(() => (BaseManager as any).define({ start: Part }), refused);
  assert.throws(() => (BaseManager as any).define({ x: 3 }), refused);
  Some.register('start', Part, { createMethod: false });
  assert.throws(() => new Some(3 as never), refused);
  assert.throws(() => new Some({ authkey: 3 as never }), refused);
});

test('a function that is not exported, of a class that is not either, is refused at the start', async () => {
  class Inside extends BaseManager.define({ x: () => new Part('x') }) {}
  await assert.rejects(
    new Inside().start(),
    (error: unknown) => error instanceof FunctionReferenceError || error instanceof BootstrapError,
  );
});

test('the initializer runs once, before the server serves', async () => {
  await using manager = new PreparedManager();
  await manager.start({ initializer: prepare, initargs: ['ready'] });
  using one = await manager.Prepared();
  using two = await manager.Prepared();
  assert.deepEqual([await one.text(), await two.text()], ['ready', 'ready']);
});

test('a start that fails rejects with the cause', async () => {
  await assert.rejects(new PreparedManager().start({ initializer: failToPrepare }), {
    name: 'RangeError',
    message: 'cannot be prepared',
  });
  await assert.rejects(new PreparedManager().start({ initializer: 3 as never }), {
    name: 'TypeError',
    message: /initializer must be a function/,
  });
  await assert.rejects(new PreparedManager().start({ initializer: process.exit as never, initargs: [7] }), BootstrapError);
});

test('each thing in its time: errors say what is missing', async () => {
  const manager = new MyManager();
  assert.equal(manager.address, null);
  await assert.rejects(manager.Maths(), (error: unknown) => error instanceof ProcessError && /start\(\)/.test(error.message));
  await assert.rejects(manager.shutdown(), /not started by start/);
  await assert.rejects(manager.join(), /no process to wait for/);
  await assert.rejects(manager.connect(), { name: 'TypeError' });
  await manager.start();
  await assert.rejects(manager.start(), /started already/);
  assert.throws(() => manager.getServer(), /started already/);
  assert.equal(await manager.join({ timeout: 0 }), false);
  assert.equal(await manager.join({ timeout: 1 }), false);
  assert.match(String(manager), /^<MyManager started pid=\d+>$/);
  await manager.shutdown();
  await manager.shutdown();
  assert.equal(await manager.join(), true);
  await assert.rejects(
    manager.Maths(),
    (error: unknown) => error instanceof ManagerGoneError && /was shut down/.test(error.message),
  );
});

test('a server that cannot be asked to end is ended all the same, and shutdown waits for that', async () => {
  const manager = new MyManager();
  await manager.start();
  const child = activeChildren().find(({ name }) => name.startsWith('MyManager-'))!;
  process.kill(child.pid!, 'SIGSTOP');
  // No client can come in any more, and this program has none yet.
  (manager.address as unknown as { queue: Queue<unknown> }).queue.close();
  const [first, second] = [manager.shutdown(), manager.shutdown()];
  await within(Promise.race([first, second]), 'the end of the server');
  assert.equal(child.exitCode, -9);
  await within(Promise.all([first, second]), 'both calls');
});

test('others use a manager by its address, and cannot shut it down', async () => {
  await using manager = new MyManager();
  await manager.start();
  const client = new MyManager({ address: manager.address! });
  await client.connect();
  using counter = await client.counter();
  await counter.set('a', 1);
  assert.equal(await client.numberOfObjects(), 1);
  await assert.rejects(client.shutdown(), /not started by start/);
  const typed = await connectManager<MyManager>({ address: manager.address! });
  using maths = await typed.Maths();
  assert.equal(await maths.add(1, 2), 3);
  assert.equal((typed as any).nothing, undefined);
});

test('a server in this process serves until it is stopped', async () => {
  const manager = new MyManager();
  const server = manager.getServer();
  const serving = server.serveForever();
  using maths = await manager.Maths();
  assert.equal(await maths.add(1, 2), 3);
  assert.throws(() => maths.sync.add(1, 2), DeadlockError);
  const queue = new Queue();
  await maths.note(queue);
  assert.equal(((await maths.noted()) as unknown[])[0], queue);
  server.stop();
  await within(serving, 'the end of the server');
  await assert.rejects(maths.add(1, 2), ManagerGoneError);
  // The process lives, and its manager is gone: as others meet it, too.
  const late = new MyManager({ address: server.address });
  await assert.rejects(late.connect(), ManagerGoneError);
});
