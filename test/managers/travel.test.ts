/** Proxies in other processes, in channels, inside each other, and at home; and how long their referents stay. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Pipe, Pool, Process, Queue, SimpleQueue } from 'multiproc';
import type { Remote } from 'multiproc/managers';
import { sweepCollected } from '#dist/memory/collected.js';
import { until } from './support.js';
import { type Box, type Maths, MyManager, type Part } from './types.js';
import { connectAndAdd, keep, name, nameOf, note, noteSync, putInto, same } from './workers.js';

const manager = new MyManager();
before(() => manager.start());
after(() => manager.shutdown());

const objects = (): Promise<number> => manager.numberOfObjects();
const run = async (process: Process): Promise<void> => assert.equal(await process.start().join(), 0);

test('as an argument of a process, used with and without blocking', async () => {
  using maths = await manager.Maths();
  await run(new Process({ target: note, args: [maths, 'a'] }));
  await run(new Process({ target: noteSync, args: [maths, 'b'] }));
  assert.deepEqual(await maths.noted(), ['a', 'b']);
});

test('through a pipe and a queue, into a child and back', async () => {
  const [here, there] = Pipe<string, Remote<Part>>();
  const child = new Process({ target: name, args: [there as never] }).start();
  there.close();
  for (const text of ['x', 'y']) {
    using part = await manager.Part(text);
    await here.send(part);
    assert.equal(await here.recv(), text);
  }
  here.close();
  assert.equal(await child.join(), 0);
  const queue = new SimpleQueue<Remote<Part>>();
  await queue.put(await manager.Part('queued'));
  using back = await queue.get();
  assert.equal(await back.getName(), 'queued');
});

test('through a pool, as argument and as result', async () => {
  await using pool = new Pool(1);
  using part = await manager.Part('pooled');
  assert.equal(await pool.apply(nameOf, [part]), 'pooled');
  using back = await pool.apply(same<Remote<Part>>, [part]);
  assert.equal(await back.getName(), 'pooled');
  assert.notEqual(back, part);
});

test('at home it is the referent itself, and leaves as a proxy again', async () => {
  using outer = await manager.Box();
  using inner = await manager.Box('item');
  await outer.put(inner);
  await outer.put({ nested: [inner] });
  await outer.put(inner);
  assert.equal(await outer.same(0, 2), true);
  using again = (await outer.at(0)) as Remote<Box>;
  assert.equal(await again.at(0), 'item');
  await again.put('more');
  assert.equal(await inner.size(), 2);
  const { nested } = (await outer.at(1)) as { nested: Remote<Box>[] };
  assert.equal(await nested[0].size(), 2);
  nested[0][Symbol.dispose]();
});

test('what came home leaves as a proxy by any way', async () => {
  using outer = await manager.Box();
  const queue = new Queue<{ item: Remote<Box> }>();
  {
    using inner = await manager.Box('item');
    await outer.put(inner);
    await outer.passOn(queue, 0);
  }
  using inner = (await queue.get()).item;
  assert.equal(await inner.at(0), 'item');
  await inner.put('more');
  using same = (await outer.at(0)) as Remote<Box>;
  assert.equal(await same.size(), 2);
});

test('a referent inside another stays without any proxy, and goes with it; circles too', async () => {
  await until(objects, 0, 'objects');
  using outer = await manager.Box();
  {
    using inner = await manager.Box('kept');
    await outer.put(inner);
    await outer.put(outer);
  }
  await until(objects, 1, 'objects');
  {
    using inner = (await outer.at(0)) as Remote<Box>;
    assert.equal(await inner.at(0), 'kept');
    assert.equal(await objects(), 2);
  }
  outer[Symbol.dispose]();
  await until(objects, 0, 'objects');
});

test('in another manager it is a proxy', async () => {
  await using other = new MyManager();
  await other.start();
  using box = await other.Box();
  using part = await manager.Part('far');
  await box.put(part);
  using back = (await box.at(0)) as Remote<Part>;
  assert.equal(await back.getName(), 'far');
  await box.drop();
});

test('a message on its way keeps the referent; it goes with the message', async () => {
  const queue = new Queue<Remote<Part>>();
  {
    using part = await manager.Part('travels');
    await queue.put(part);
  }
  const before = await objects();
  using part = await queue.get();
  assert.equal(await part.getName(), 'travels');
  part[Symbol.dispose]();
  await until(objects, before - 1, 'objects');
});

test('it goes when the last proxy is disposed of, collected, or its holder killed', async () => {
  const before = await objects();
  const part = await manager.Part('held');
  const queue = new Queue<string>();
  const holder = new Process({ target: keep, args: [queue as never, part] }).start();
  assert.equal(await queue.get(), 'kept 1');
  part[Symbol.dispose]();
  part[Symbol.dispose]();
  assert.equal(await objects(), before + 1);
  holder.kill();
  await holder.join();
  await until(objects, before, 'objects');
  await (async () => {
    const dropped = await manager.Maths();
    await dropped.add(1, 2);
  })();
  const collected = async (): Promise<number> => {
    sweepCollected();
    return objects();
  };
  await until(collected, before, 'objects');
});

test('a child that knows none of the classes connects by the address', async () => {
  const queue = new Queue<unknown>();
  await run(new Process({ target: connectAndAdd, args: [manager.address!, queue] }));
  assert.deepEqual(((await queue.get()) as unknown[]).slice(0, 2), [3, false]);
});

test('children put proxies into each other', async () => {
  using outer = await manager.Box();
  using inner = await manager.Box('from a child');
  await run(new Process({ target: putInto, args: [outer as unknown as Remote<Box>, inner as unknown as Remote<Box>] }));
  using back = (await outer.at(0)) as Remote<Box>;
  assert.equal(await back.at(0), 'from a child');
  const maths: Remote<Maths> = await manager.Maths();
  maths[Symbol.dispose]();
});
