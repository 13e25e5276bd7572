/** Proxies that came through an address, and are sent on to other processes: those connect themselves. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inspect } from 'node:util';
import { AttributeError, activeChildren, ManagerGoneError, Pipe, Pool, Process, Queue, SimpleQueue } from 'multiproc';
import { type ConnectedManager, connectManager, type Remote } from 'multiproc/managers';
import { within } from '../support/within.js';
import { holdBoard, nameOfNested, passOn, putParts, sendAndStay, takeAndBlock, takeAndUse } from './senders.js';
import { until } from './support.js';
import { type Box, MyManager, type Part } from './types.js';
import { name, nameOf, same } from './workers.js';

const KEY = 'a secret of this test';
const manager = new MyManager({ address: ['127.0.0.1', 0], authkey: KEY });
let remote: ConnectedManager<MyManager>;
before(async () => {
  await manager.start();
  remote = await connectManager<MyManager>({ address: manager.address!, authkey: KEY });
});
after(() => manager.shutdown());

const objects = (): Promise<number> => manager.numberOfObjects();
const kill = async (child: Process): Promise<void> => {
  child.kill();
  await within(child.join(), 'the end of a killed process');
};
const serverOf = (started: MyManager): Process => {
  const pid = Number(/pid=(\d+)/.exec(String(started))![1]);
  return activeChildren().find((child) => child.pid === pid)!;
};
const start = (target: (...args: any[]) => unknown, ...args: unknown[]): Process =>
  new Process<any>({ target, args, daemon: true }).start();

test('as argument, through a pipe, a queue and a pool, nested, and back; nothing is left', async () => {
  {
    using part = await remote.Part('far');
    using box = await remote.Box();
    const child = new Process({ target: putParts, args: [box as Remote<Box>, 'child', part as Remote<Part>] });
    assert.equal(await child.start().join(), 0);
    // What the child has put in is the object itself.
    await box.put(part);
    assert.equal(await box.same(0, 1), true);
    const [here, there] = Pipe<string, Remote<Part>>();
    const reader = new Process({ target: name, args: [there as never] }).start();
    there.close();
    await here.send(part);
    assert.equal(await here.recv(), 'far');
    here.close();
    assert.equal(await reader.join(), 0);
    const queue = new SimpleQueue<{ nested: Remote<Part>[] }>();
    await queue.put({ nested: [part] });
    using back = (await queue.get()).nested[0];
    assert.equal(await back.getName(), 'far');
    await using pool = new Pool(1);
    assert.equal(await pool.apply(nameOf, [part]), 'far');
    assert.equal(await pool.apply(nameOfNested, [{ nested: [part] }]), 'far');
    using again = await pool.apply(same<Remote<Part>>, [part]);
    assert.equal(await again.getName(), 'far');
  }
  await until(objects, 0, 'objects');
});

test('at its own server, which it comes to through shared memory, it is the object; in another manager it is a proxy', async () => {
  {
    using local = await manager.Box();
    using box = await remote.Box('inside');
    await local.put(box);
    await local.put(box);
    assert.equal(await local.same(0, 1), true);
    using second = await connectManager<MyManager>({ address: manager.address!, authkey: KEY }).then((m) => m.Box());
    await second.put(box);
    using seen = (await second.at(0)) as Remote<Box>;
    assert.equal(await seen.at(0), 'inside');
    await using other = new MyManager();
    await other.start();
    using elsewhere = await other.Box();
    await elsewhere.put(box);
    using back = (await elsewhere.at(0)) as Remote<Box>;
    assert.equal(await back.at(0), 'inside');
  }
  await until(objects, 0, 'objects');
});

test('the sender is killed before the receiver has claimed it: the calls say so; afterwards: nothing is lost', async () => {
  const parts = new Queue<{ nested: Remote<Part>[] }>();
  const tell = new Queue<string>();
  const lost = start(sendAndStay, manager.address, KEY, parts, tell);
  assert.equal(await within(tell.get(), 'the first sender'), 'sent');
  await kill(lost);
  await until(objects, 0, 'objects');
  const orphan = (await parts.get()).nested[0];
  for (let i = 0; i < 2; i++)
    await assert.rejects(
      orphan.getName(),
      (error: unknown) => error instanceof AttributeError && /end before/.test(error.message),
    );

  const sender = start(sendAndStay, manager.address, KEY, parts, tell);
  assert.equal(await within(tell.get(), 'the second sender'), 'sent');
  const part = (await parts.get()).nested[0];
  assert.equal(await part.getName(), 'sent on');
  await kill(sender);
  assert.equal(await part.getName(), 'sent on');
  part[Symbol.dispose]();
  await until(objects, 0, 'objects');
});

test('the receiver is killed before it has it, before it has claimed it, and afterwards: the object goes when nobody has it', async () => {
  const parts = new SimpleQueue<Remote<Part>>();
  const tell = new SimpleQueue<string>();
  const blocked = start(takeAndBlock, parts, tell);
  {
    using part = await remote.Part('p');
    await parts.put(part);
  }
  assert.equal(await within(tell.get(), 'the receiver'), 'took');
  assert.equal(await objects(), 1);
  await kill(blocked);
  await until(objects, 0, 'objects');

  const nested = new Queue<{ nested: Remote<Part>[] }>();
  const told = new Queue<string>();
  const user = start(takeAndUse, nested, told);
  {
    using part = await remote.Part('used');
    await nested.put({ nested: [part] });
  }
  assert.equal(await within(told.get(), 'the user'), 'used');
  await kill(user);
  await until(objects, 0, 'objects');

  const [here, there] = Pipe<unknown, unknown>();
  {
    using part = await remote.Part('on its way');
    await here.send(part);
  }
  assert.equal(await objects(), 1);
  here.close();
  there.close();
  await until(objects, 0, 'objects');
});

test('one that passes it on is killed: the first sender keeps it', async () => {
  const [from, to, tell] = [new Queue<unknown>(), new Queue<{ nested: Remote<Part>[] }>(), new Queue<string>()];
  const between = start(passOn, from, to, tell);
  {
    using part = await remote.Part('twice');
    await from.put({ nested: [part] });
    assert.equal(await within(tell.get(), 'the one between'), 'passed on');
    await kill(between);
    assert.equal(await nameOfNested(await to.get()), 'twice');
  }
});

test('each process is a client of its own: what it holds goes with it', async () => {
  using board = await remote.Board();
  const tell = new Queue<string>();
  const holder = start(holdBoard, board, tell);
  assert.equal(await within(tell.get(), 'the holder'), 'holds');
  assert.equal((await board.holders()).length, 1);
  await kill(holder);
  await until(async () => (await board.holders()).length, 0, 'holders');
});

test('a server that does not answer keeps nobody who only has a proxy', async () => {
  using part = await remote.Part('p');
  const { pid } = serverOf(manager);
  process.kill(pid!, 'SIGSTOP');
  const child = start(same, part);
  assert.equal(await within(child.join(), 'the end of a child'), 0);
  process.kill(pid!, 'SIGCONT');
  assert.equal(await part.getName(), 'p');
});

test('the key is not shown', async () => {
  using part = await remote.Part('p');
  for (const shown of [part, remote, manager])
    assert.doesNotMatch(inspect(shown, { showHidden: true, depth: 9, customInspect: false }) + inspect(shown), /secret/);
});

test('the server is killed: what is on its way fails by name, also where another server has come to the address', async () => {
  const first = new MyManager({ address: ['127.0.0.1', 0], authkey: KEY });
  await first.start();
  const { address } = first;
  const client = await connectManager<MyManager>({ address: address!, authkey: KEY });
  const parts = new Queue<{ nested: Remote<Part>[] }>();
  for (const text of ['a', 'b']) await parts.put({ nested: [await client.Part(text)] });
  await kill(serverOf(first));
  await assert.rejects(client.numberOfObjects(), ManagerGoneError);
  await assert.rejects(
    nameOfNested(await parts.get()),
    (error: any) => error instanceof ManagerGoneError && (error.cause as Error).name === 'ConnectionRefusedError',
  );
  await using second = new MyManager({ address: address!, authkey: KEY });
  await second.start();
  const other = await connectManager<MyManager>({ address: address!, authkey: KEY });
  const decoys = await Promise.all(['x', 'y', 'z'].map((text) => other.Part(text)));
  await assert.rejects(nameOfNested(await parts.get()), ManagerGoneError);
  assert.equal(decoys.length, 3);
  await first.shutdown();
});
