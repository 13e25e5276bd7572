/** Calls with a wrong number of arguments: refused by name, and the server serves on. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Manager } from 'multiproc';
import * as managers from 'multiproc/managers';
import { BaseManager } from 'multiproc/managers';
import { registryOf } from '#dist/managers/registry.js';
import { CountedManager } from './types.js';

const m = await Manager();
after(() => m.shutdown());
const refused = (message: string) => ({ name: 'TypeError', code: 'ERR_MULTIPROC_ARGUMENT', message });

test('each method of the types has a count, in which its parameters are', () => {
  const registry = registryOf(managers.SyncManager);
  assert.equal(registry.size, 16);
  for (const [typeid, { callable, exposed, argumentCounts }] of registry) {
    const names = Object.keys(argumentCounts!).filter((name) => name !== 'new');
    assert.deepEqual(names, exposed, typeid);
    for (const name of ['new', ...names]) {
      const count = argumentCounts![name];
      const [least, most] = typeof count === 'number' ? [count, count] : count;
      const { length } = name === 'new' ? (callable as object as { length: number }) : callable!.prototype[name];
      // A derived class without a constructor of its own says 0.
      if (name === 'new' && length === 0) continue;
      assert.ok(least <= length && length <= most, `${typeid}.${name}: ${length} is not from ${least} to ${most}`);
    }
  }
});

test('too few and too many are refused by each kind of proxy and call, and nothing is done', async () => {
  const list: any = await m.list([1, 2]);
  await assert.rejects(list.set(0), refused('set() of list takes 2 arguments, and was called with 1: add what is missing'));
  await assert.rejects(list.pop(1), refused('pop() of list takes no arguments, and was called with 1: leave out the last 1'));
  await assert.rejects(list.slice(0, 1, 2), {
    message: 'slice() of list takes 0 to 2 arguments, and was called with 3: leave out the last 1',
  });
  await assert.rejects(list.update(0), { message: /takes at least 2 arguments, and was called with 1/ });
  assert.throws(() => list.sync.set(0), refused('set() of list takes 2 arguments, and was called with 1: add what is missing'));
  await assert.rejects(list.callMethod('set', [0]), refused(/^set\(\) of list takes 2/ as never));
  assert.deepEqual(await list.getValue(), [1, 2]);

  const dict: any = await m.dict();
  await assert.rejects(dict.get(), {
    message: 'get() of dict takes 1 to 2 arguments, and was called with 0: add what is missing',
  });
  // What is undefined is there all the same.
  assert.equal(await dict.get(undefined), undefined);
  const [lock, queue, tasks, value, barrier]: any[] = [
    await m.RLock(),
    await m.Queue(),
    await m.JoinableQueue(),
    await m.Value('i'),
    await m.Barrier(1),
  ];
  await assert.rejects(lock.acquire({}, 1), { message: /^acquire\(\) of RLock takes 0 to 1 arguments/ });
  await assert.rejects(queue.put(), { message: /^put\(\) of Queue takes 1 to 2/ });
  await assert.rejects(tasks.put(), { message: /^put\(\) of JoinableQueue takes 1 to 2/ });
  await assert.rejects(tasks.taskDone(1), { message: /^taskDone\(\) of JoinableQueue takes no arguments/ });
  assert.throws(() => queue.sync.put(), { message: /^put\(\) of Queue/ });
  await assert.rejects(value.add(), { message: /^add\(\) of Value takes 1 argument, / });
  await assert.rejects(barrier.wait(1, 2), { message: /^wait\(\) of Barrier/ });
  assert.deepEqual([await queue.qsize(), await tasks.qsize(), await value.get(), await lock.locked()], [0, 0, 0, false]);
});

test('so are objects that are made with too few and too many', async () => {
  const any: any = m;
  await assert.rejects(any.Barrier(), refused('Barrier() takes 1 to 2 arguments, and was called with 0: add what is missing'));
  await assert.rejects(any.list([1], [2]), refused('list() takes 0 to 1 arguments, and was called with 2: leave out the last 1'));
  await assert.rejects(any.create('Lock', 1), refused('Lock() takes no arguments, and was called with 1: leave out the last 1'));
  assert.equal(await (await m.list()).length(), 0);
});

test('a class of the program says it itself, or nothing is checked', async () => {
  await using manager = new CountedManager();
  await manager.start();
  const [counted, uncounted]: any[] = [await manager.Counted(1), await manager.Uncounted(1)];
  for (const args of [[], [1, 2]])
    await assert.rejects((manager as any).Counted(...args), {
      message: new RegExp(`^Counted\\(\\) takes 1 argument, .* ${args.length}:`),
    });
  assert.deepEqual([await counted.scale(2), await counted.scale(2, 3), await counted.sum(1, 2, 3, 4)], [2, 6, 10]);
  await assert.rejects(
    counted.scale(),
    refused('scale() of Counted takes 1 to 2 arguments, and was called with 0: add what is missing'),
  );
  assert.throws(() => counted.sync.scale(1, 2, 3), { name: 'TypeError' });
  assert.equal(Number.isNaN(await uncounted.scale()), true);
  class Some extends BaseManager {}
  for (const argumentCounts of [3, { a: -1 }, { a: [2, 1] }, { a: [1] }, { a: 'two' }, { a: 1.5 }, { a: [Infinity, 1] }, null])
    assert.throws(() => Some.register('x', Map, { argumentCounts: argumentCounts as never }), {
      name: 'TypeError',
      message: /argumentCounts/,
    });
});
