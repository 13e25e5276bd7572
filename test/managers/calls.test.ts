/** Calls of methods through proxies: arguments, results, errors, order, cancelling, blocking calls. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AttributeError, MaybeEncodingError, ProcessError, RemoteError, SerializationError } from 'multiproc';
import { BaseProxy } from 'multiproc/managers';
import { onlyHere } from './only_here.js';
import { until } from './support.js';
import { MathsError, MyManager } from './types.js';

const manager = new MyManager();
before(() => manager.start());
after(() => manager.shutdown());

test('a method is called in the server, with its arguments, and its result comes back', async () => {
  using maths = await manager.Maths();
  assert.equal(await maths.add(1, 2), 3);
  assert.equal(await maths.later('x'), 'x');
  const value = { a: [1n, undefined, new Map([[{}, new Set([1])]])], date: new Date(0), bytes: new Uint8Array(100_000) };
  assert.deepEqual(await maths.echo(value), value);
  assert.equal(((await maths.echo(new Array(3))) as unknown[]).length, 3);
});

test('awaiting a proxy gives the proxy: then is never a method', async () => {
  using maths = await manager.Maths();
  assert.equal(await maths, maths);
  assert.ok(maths instanceof BaseProxy);
});

test('getValue copies the referent, and String is its text', async () => {
  using counter = await manager.counter();
  await counter.set('a', 1);
  const copy = await counter.getValue();
  assert.deepEqual(copy, new Map([['a', 1]]));
  copy.set('b', 2);
  assert.equal(await counter.has('b'), false);
  using part = await manager.Part('p');
  assert.equal(String(part), 'Part p');
  assert.equal(String(counter), "Map(1) { 'a' => 1 }");
});

test('what a referent throws arrives as its own class, with the stack of the server in its cause', async () => {
  using maths = await manager.Maths();
  const error = await maths.fail('look there').then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof MathsError);
  assert.equal(error.message, 'it fails');
  assert.equal(error.hint, 'look there');
  assert.ok(error.cause instanceof RemoteError);
  assert.match(String(error.cause.stack), /Error: it fails\n.*at Maths\.fail/);
  await assert.rejects(maths.throwText(), (thrown: unknown) => thrown instanceof RemoteError && thrown.cause === 'a text');
  await assert.rejects(manager.Part(''), { name: 'RangeError', message: 'a part needs a name' });
});

test('only exposed methods can be called, whatever they are named', async () => {
  using maths = await manager.Maths();
  using counter = await manager.counter();
  const call = (proxy: object, name: string): Promise<unknown> => (proxy as any).callMethod(name, ['x']);
  for (const name of [
    '_hidden',
    '__proto__',
    'constructor',
    'then',
    'toString',
    'hasOwnProperty',
    'valueOf',
    'nothing',
    'calls',
    '',
  ])
    await assert.rejects(
      call(maths, name),
      (error: unknown) => error instanceof AttributeError && /Exposed are: add, /.test(error.message),
    );
  await assert.rejects(call(counter, 'delete'), AttributeError);
  assert.equal((counter as any).delete, undefined);
  assert.equal(await maths.add(1, 1), 2);
});

test('bad input is a named error, and the server serves on', async () => {
  using maths = await manager.Maths();
  await assert.rejects(manager.create('Nothing'), {
    name: 'RangeError',
    code: 'ERR_MULTIPROC_ARGUMENT',
    message: /no typeid 'Nothing'.*Maths, Part/,
  });
  await assert.rejects(manager.create('__proto__'), /no typeid '__proto__'/);
  await assert.rejects(manager.create('nothing'), { name: 'TypeError', message: /makes no nothing/ });
  await assert.rejects(
    maths.echo(() => 1),
    (error: unknown) => error instanceof SerializationError && error.path === 'args[0]',
  );
  await assert.rejects(
    maths.echo({ deep: [Symbol('s')] }),
    (error: unknown) => error instanceof SerializationError && error.path === 'args[0].deep[0]',
  );
  await assert.rejects(
    maths.unsendable(),
    (error: unknown) => error instanceof MaybeEncodingError && /result.inside/.test(error.message),
  );
  maths[Symbol.dispose]();
  await assert.rejects(maths.add(1, 2), (error: unknown) => error instanceof ProcessError && /disposed/.test(error.message));
  using other = await manager.Maths();
  assert.equal(await other.add(1, 2), 3);
});

test('a module that cannot be imported over there is an error of its call alone', async () => {
  using maths = await manager.Maths();
  const [broken, sum] = [maths.echo(onlyHere), maths.add(1, 2)];
  await assert.rejects(broken, { name: 'FunctionReferenceError', message: /only_here.*this module is for the program itself/s });
  assert.equal(await sum, 3);
  assert.equal(await maths.add(2, 2), 4);
});

test('results and errors that throw when they are looked at are errors of their calls alone', async () => {
  using maths = await manager.Maths();
  for (const how of ['then', 'thenable', 'inspect', 'iterator', 'error'] as const)
    await assert.rejects(maths.hostile(how), (error: unknown) => error instanceof Error, how);
  assert.equal(await maths.add(1, 2), 3);
});

test('many calls are under way at once, and begin in the order in which they were made', async () => {
  using maths = await manager.Maths();
  const count = 20_000;
  const lengths = await Promise.all(Array.from({ length: count }, (_, i) => maths.note(i)));
  assert.deepEqual(
    lengths,
    Array.from({ length: count }, (_, i) => i + 1),
  );
  assert.deepEqual(
    await maths.noted(),
    Array.from({ length: count }, (_, i) => i),
  );
});

test('large arguments and results go between small ones', async () => {
  using maths = await manager.Maths();
  const large = 'x'.repeat(1_000_000);
  const values = await Promise.all([maths.echo(1), maths.echo(large), maths.echo(2), maths.echo(large), maths.echo(3)]);
  assert.deepEqual(
    values.map((value) => (typeof value === 'string' ? value.length : value)),
    [1, 1_000_000, 2, 1_000_000, 3],
  );
});

test('an aborted call rejects with the reason, whether its method heeds it or not', async () => {
  using maths = await manager.Maths();
  using board = await manager.Board();
  const reason = new Error('enough');
  const controller = new AbortController();
  const deaf = (maths as any).never({ signal: controller.signal });
  const heeding = board.wait({ signal: controller.signal });
  const kept = board.keep({ signal: controller.signal });
  await until(() => board.waiting(), 1, 'calls that wait');
  controller.abort(reason);
  assert.equal(await deaf.catch((error: unknown) => error), reason);
  assert.equal(await heeding.catch((error: unknown) => error), reason);
  assert.equal(await kept, 'kept');
  assert.deepEqual(await board.log(), ['aborted: enough']);
  await assert.rejects(board.wait({ signal: controller.signal }), reason);
});

test('sync calls block, and what comes meanwhile for others goes to them', async () => {
  using maths = await manager.Maths();
  const pending = [maths.later(1), maths.later(2)];
  assert.equal(maths.sync.add(3, 4), 7);
  assert.equal(maths.sync.later('x'), 'x');
  assert.deepEqual(await Promise.all(pending), [1, 2]);
  assert.throws(() => maths.sync.fail('h'), MathsError);
  assert.throws(() => (maths.sync as any)._hidden(), AttributeError);
  assert.deepEqual([...maths.sync.count(3)], [0, 1, 2]);
  using counter = await manager.counter();
  assert.deepEqual(counter.sync.getValue(), new Map());
});

test('a generator is pulled lazily, and ended by the loop that leaves it', async () => {
  using maths = await manager.Maths();
  const seen: number[] = [];
  for await (const n of maths.count(1_000_000_000)) {
    seen.push(n);
    if (n === 2) break;
  }
  assert.deepEqual(seen, [0, 1, 2]);
  assert.deepEqual(await maths.noted(), ['count ended']);
  const iterator = maths.count(1);
  assert.deepEqual(await iterator.next(), { done: false, value: 0 });
  assert.deepEqual(await iterator.next(), { done: true, value: 'all' });
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
  const later: number[] = [];
  for await (const n of maths.countLater(3)) later.push(n);
  assert.deepEqual(later, [0, 1, 2]);
  const made: number[] = [];
  for await (const n of await manager.numbers(3)) made.push(n);
  assert.deepEqual(made, [0, 1, 2]);
  await until(() => manager.numberOfObjects(), 1, 'objects');
});

test('a method in methodToTypeid gives a proxy, a maker may be async, a proxy class may be the program’s', async () => {
  using factory = await manager.Factory();
  using part = await factory.make('x');
  assert.equal(await part.getName(), 'x');
  assert.equal(factory.sync.make('y').sync.getName(), 'y');
  using late = await manager.late('z');
  assert.equal(await late.getName(), 'z');
  using smart = await manager.smart();
  await smart.increment('a');
  assert.equal(await smart.increment('a', 2), 3);
  assert.deepEqual(await smart.getValue(), new Map([['a', 3]]));
});

test('debugInfo names the objects', async () => {
  using part = await manager.Part('named');
  assert.match(await manager.debugInfo(), /\d+: Part\n {4}Part named/);
  assert.equal(await part.getName(), 'named');
});
