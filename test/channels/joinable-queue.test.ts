import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { JoinableQueue } from '#dist/channels/joinable_queue.js';
import { Pipe } from '#dist/channels/pipe.js';
import { Queue } from '#dist/channels/queue.js';
import { sweepCollected } from '#dist/memory/collected.js';
import { fsck } from '#dist/memory/fsck.js';
import { forgetInstance } from '#dist/memory/instances.js';
import { session } from '#dist/memory/session.js';
import { startChild } from '../support/children.js';
import { repetitions } from '../support/repetitions.js';
import { within } from '../support/within.js';
import { Explosive } from './explosive.js';

const NOT_HELD = { name: 'NotHeldError', code: 'ERR_MULTIPROC_NOT_HELD', message: /called too many times/ };

/** A child that gets items by `form` and keeps them until it is told to go on, or killed. Settles when it has them. */
async function keeper(queue: JoinableQueue<any>, count: number, form: 'get' | 'many' | 'task' = 'get') {
  const child = startChild('children/keep-items.js', import.meta, queue, count, form);
  const items: { value: any; redelivered: boolean }[] = await within(child.told(), 'a child that has items');
  return { ...child, items };
}

test('join waits until each item is done, by all forms', async () => {
  const queue = new JoinableQueue<number>();
  queue.joinSync();
  await queue.join();
  assert.equal(queue.tryJoin(), true);
  queue.putSync(1);
  await queue.put(2);
  await queue.putMany([3, 4, 5]);
  assert.equal(inspect(queue), '<JoinableQueue(qsize=5, unfinished=5)>');
  let isJoined = false;
  const joined = queue.join().then(() => {
    isJoined = true;
  });
  assert.throws(() => queue.joinSync({ timeout: 5 }), { name: 'TimeoutError', message: /5 items/ });
  await assert.rejects(queue.join({ timeout: 5 }), { name: 'TimeoutError' });
  await assert.rejects(queue.join({ timeout: 0 }), { name: 'TimeoutError' });
  await assert.rejects(queue.join({ signal: AbortSignal.abort('no') }), (reason) => reason === 'no');
  assert.throws(() => queue.joinSync({ timeout: Number.NaN }), RangeError);
  assert.deepEqual([queue.getSync(), ...queue.getManySync(2), await queue.get(), queue.tryGet()], [1, 2, 3, 4, 5]);
  for (let i = 0; i < 4; i++) queue.taskDone();
  await turn();
  assert.deepEqual([queue.tryJoin(), isJoined, queue.qsize(), queue.empty()], [false, false, 0, true]);
  queue.taskDone();
  await joined;
  assert.equal(queue.tryJoin(), true);
  assert.throws(() => queue.taskDone(), NOT_HELD);
});

test('what was put and not got is not done', () => {
  const queue = new JoinableQueue<number>();
  assert.throws(() => queue.taskDone(), NOT_HELD);
  queue.putSync(1);
  assert.throws(() => queue.taskDone(), NOT_HELD);
  queue.getSync();
  queue.taskDone();
  queue.joinSync();
});

test('who joins learns that all was done, however much is put at once', async () => {
  const queue = new JoinableQueue<number>();
  queue.putSync(1);
  queue.getSync();
  const joined = queue.join();
  queue.taskDone();
  queue.putSync(2);
  await within(joined, 'a join whose moment has passed');
  assert.equal(queue.tryJoin(), false);
});

test('an item that an item gives rise to is waited for', async () => {
  const queue = new JoinableQueue<number>();
  queue.putSync(3);
  let isJoined = false;
  const joined = queue.join().then(() => {
    isJoined = true;
  });
  for (let n = queue.getSync(); n > 0; n = queue.getSync()) {
    queue.putSync(n - 1);
    queue.taskDone();
    await turn();
    assert.equal(isJoined, false);
  }
  queue.taskDone();
  await joined;
});

test('a task is done by itself, and by nothing else', async () => {
  const queue = new JoinableQueue<string>();
  queue.putManySync(['a', 'b', 'c', 'd']);
  const a = queue.getTaskSync();
  const b = await queue.getTask();
  const c = queue.tryGetTask()!;
  assert.deepEqual(
    [a, b, c].map(({ value, redelivered }) => [value, redelivered]),
    [
      ['a', false],
      ['b', false],
      ['c', false],
    ],
  );
  assert.throws(() => queue.taskDone(), NOT_HELD);
  assert.equal(queue.getSync(), 'd');
  queue.taskDone();
  assert.throws(() => queue.taskDone(), NOT_HELD);
  b.done();
  assert.throws(() => b.done(), { name: 'NotHeldError', message: /done already/ });
  a.done();
  assert.equal(queue.tryJoin(), false);
  c.done();
  queue.joinSync();
  assert.equal(queue.tryGetTask(), undefined);
  queue.putManySync(['e', 'f']);
  queue.close();
  const seen: string[] = [];
  for await (const task of queue.tasks()) {
    seen.push(task.value);
    task.done();
  }
  assert.deepEqual(seen, ['e', 'f']);
  assert.throws(() => queue.getTaskSync(), { name: 'QueueShutDown' });
});

test('a bounded one counts what waits, not what is undone', async () => {
  const queue = new JoinableQueue<number>(2);
  queue.putManySync([1, 2]);
  assert.deepEqual([queue.full(), queue.tryPut(3)], [true, false]);
  const late = queue.put(3);
  assert.equal(queue.getSync(), 1);
  await late;
  assert.deepEqual([queue.full(), queue.qsize()], [true, 2]);
  assert.throws(() => queue.putSync(4, { timeout: 5 }), { name: 'QueueFull' });
  for (const maxsize of [-1, NaN, 1.5, 2 ** 40]) assert.throws(() => new JoinableQueue(maxsize), RangeError);
  // What was refused has left nothing for the next one.
  assert.equal(String(new JoinableQueue(7)), '<JoinableQueue(qsize=0, maxsize=7, unfinished=0)>');
});

test('an item that nobody can decode is done', async () => {
  const queue = new JoinableQueue<unknown>();
  queue.putSync(new Explosive());
  await assert.rejects(queue.get(), { message: 'cannot be decoded' });
  queue.putSync(new Explosive());
  assert.throws(() => queue.getSync(), { message: 'cannot be decoded' });
  queue.putSync(new Explosive());
  assert.throws(() => queue.getTaskSync(), { message: 'cannot be decoded' });
  queue.joinSync();
  assert.throws(() => queue.taskDone(), NOT_HELD);
});

for (const form of ['get', 'many', 'task'] as const) {
  test(`items of one who is killed come again, marked, before later ones: ${form}`, async () => {
    const queue = new JoinableQueue<string>();
    queue.putManySync(['a', 'b', 'large'.padEnd(20_000, '!'), 'd']);
    const child = await keeper(queue, 3, form);
    assert.deepEqual([queue.qsize(), child.items.length], [1, 3]);
    const joined = queue.join();
    await child.kill();
    assert.equal(queue.qsize(), 4);
    queue.putSync('e');
    const again = Array.from({ length: 5 }, () => queue.getTaskSync());
    assert.deepEqual(
      again.map(({ value, redelivered }) => [value.slice(0, 5), redelivered]),
      [
        ['a', true],
        ['b', true],
        ['large', true],
        ['d', false],
        ['e', false],
      ],
    );
    for (const task of again) task.done();
    await within(joined, 'a join for which items of the dead were done');
    assert.deepEqual(fsck(session()), []);
  });
}

test('items of one who ends by itself come again, too; those that it did do not', async () => {
  const queue = new JoinableQueue<number>();
  queue.putManySync([1, 2, 3]);
  const child = startChild('children/do-some.js', import.meta, queue, 3, 1);
  assert.equal(await within(child.exit, 'the end of a child'), 0);
  assert.deepEqual(
    [queue.getTaskSync(), queue.getTaskSync()].map(({ value, redelivered }) => [value, redelivered]),
    [
      [2, true],
      [3, true],
    ],
  );
  assert.equal(queue.empty(), true);
});

test('who waits for an item gets what the dead had; a bounded queue has no need of room for it', async () => {
  const queue = new JoinableQueue<number>(1);
  queue.putSync(1);
  const child = await keeper(queue, 1);
  queue.putSync(2);
  await child.kill();
  assert.deepEqual([queue.qsize(), queue.full()], [2, true]);
  const late = queue.put(3);
  const tasks = [await queue.getTask()];
  assert.deepEqual([tasks[0].value, tasks[0].redelivered, queue.full()], [1, true, true]);
  tasks.push(await queue.getTask());
  await within(late, 'a put for which there is room');
  const other = await keeper(queue, 1);
  const waiting = queue.getTask();
  await other.kill();
  tasks.push(await within(waiting, 'who waits while the one with the item is killed'));
  assert.deepEqual([tasks[2].value, tasks[2].redelivered], [3, true]);
  for (const task of tasks) task.done();
  queue.joinSync();
});

test('a closed queue is drained when no other process has an item that may come back', async () => {
  const queue = new JoinableQueue<number>();
  queue.putManySync([1, 2, 3]);
  const dying = await keeper(queue, 1);
  const ending = await keeper(queue, 1);
  queue.close();
  const seen: number[] = [];
  const drained = (async () => {
    for await (const item of queue) {
      seen.push(item);
      queue.taskDone();
    }
  })();
  await dying.kill();
  await within(
    queue.join({ timeout: 20 }).catch(() => {}),
    'a join that is too early',
  );
  assert.deepEqual(queue.tryJoin(), false);
  // It is in no hurry: the other one's item comes back meanwhile.
  ending.process.send('done');
  await within(drained, 'the end of a closed queue');
  assert.deepEqual(seen, [3, 1]);
  queue.joinSync();
  assert.equal(await ending.exit, 0);
  // One's own undone items are no reason to wait.
  const own = new JoinableQueue<number>();
  own.putSync(1);
  own.close();
  assert.equal(own.getSync(), 1);
  await assert.rejects(own.get(), { name: 'QueueShutDown' });
});

test('one process gets, another reports', async () => {
  const queue = new JoinableQueue<number>();
  queue.putManySync([1, 2, 3]);
  const child = await keeper(queue, 2);
  queue.taskDone();
  queue.taskDone();
  assert.throws(() => queue.taskDone(), NOT_HELD);
  assert.equal(queue.getSync(), 3);
  queue.taskDone();
  queue.joinSync();
  await child.kill();
  assert.deepEqual([queue.qsize(), queue.tryJoin()], [0, true]);
  // Those whose items others report do not collect tickets for ever.
  for (let i = 0; i < 1500; i++) queue.putSync(i);
  const many = startChild('children/get-only.js', import.meta, queue, 1500);
  for (let i = 0; i < 1500; i++) {
    await many.told();
    queue.taskDone();
  }
  queue.joinSync();
  assert.ok((await many.told()) < 1200);
  assert.equal(await many.exit, 0);
  assert.deepEqual(fsck(session()), []);
});

test('what an undone item names lives, and comes again with it', async () => {
  const queue = new JoinableQueue<any>();
  const inner = new Queue<string>();
  const [reader, writer] = Pipe<string>(false);
  queue.putSync({ inner, writer });
  forgetInstance(session(), inner, inner.reference);
  writer.close();
  const child = await keeper(queue, 1);
  assert.deepEqual(fsck(session()), []);
  await child.kill();
  assert.deepEqual(fsck(session()), []);
  const task = queue.getTaskSync();
  task.value.inner.putSync('alive');
  assert.equal(task.value.inner.getSync(), 'alive');
  task.value.writer.sendSync('open');
  assert.equal(reader.recvSync(), 'open');
  task.done();
  task.value.writer.close();
  assert.throws(() => reader.recvSync({ timeout: 1000 }), { name: 'EOFError' });
  assert.deepEqual(fsck(session()), []);
});

test('a queue that nobody refers to stays while this process has an undone item of it', () => {
  const live = (): number => [...session().objects.live()].length;
  sweepCollected();
  const before = live();
  (() => {
    const queue = new JoinableQueue<number>();
    queue.putSync(1);
    queue.getSync();
  })();
  sweepCollected();
  assert.equal(live(), before + 1);
  (() => {
    const queue = new JoinableQueue<any>();
    queue.putSync({ queue: new Queue() });
    queue.putSync('x'.repeat(50_000));
    queue.getSync();
    queue.taskDone();
  })();
  sweepCollected();
  assert.equal(live(), before + 1);
  assert.deepEqual(fsck(session()), []);
});

test('it behaves as an array and a count do', () => {
  const command = fc.oneof(
    { weight: 5, arbitrary: fc.record({ put: fc.integer({ min: 0, max: 12_000 }) }) },
    { weight: 4, arbitrary: fc.constantFrom('get', 'task') },
    { weight: 3, arbitrary: fc.constantFrom('done', 'taskDone') },
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 80, size: 'max' }), fc.integer({ min: 0, max: 10 }), (commands, maxsize) => {
      const queue = new JoinableQueue<string>(maxsize);
      const model: string[] = [];
      const tasks: { done(): void }[] = [];
      let got = 0;
      for (const [i, command] of commands.entries()) {
        if (typeof command === 'object') {
          const text = `${i}`.padEnd(command.put);
          const fits = maxsize === 0 || model.length < maxsize;
          assert.equal(queue.tryPut(text), fits);
          if (fits) model.push(text);
        } else if (command === 'get') {
          if (model.length > 0) got++;
          assert.equal(queue.tryGet(), model.shift());
        } else if (command === 'task') {
          const task = queue.tryGetTask();
          assert.equal(task?.value, model.shift());
          if (task) tasks.push(task);
        } else if (command === 'done') tasks.splice(i % (tasks.length + 1), 1)[0]?.done();
        else if (got === 0) assert.throws(() => queue.taskDone(), NOT_HELD);
        else {
          queue.taskDone();
          got--;
        }
        assert.equal(queue.qsize(), model.length);
        assert.equal(queue.tryJoin(), model.length + got + tasks.length === 0);
      }
      assert.deepEqual(fsck(session()), []);
      for (; got > 0; got--) queue.taskDone();
      for (const task of tasks) task.done();
      forgetInstance(session(), queue, queue.reference);
    }),
    { numRuns: repetitions(60, 600) },
  );
  assert.deepEqual(fsck(session()), []);
});

test('many putters and doers, some of which are killed: everything is done, and only what the dead had twice', async () => {
  const queue = new JoinableQueue<[number, number, string]>(20);
  const count = 150;
  const putters = [0, 1].map((who) => startChild('children/put-numbered.js', import.meta, queue, who, count, 12_000));
  const reports = new Queue<[number, number, boolean]>();
  const start = () => startChild('children/do-numbered.js', import.meta, queue, reports);
  let doers = [start(), start(), start()];
  const seen = new Map<string, number>();
  /** False = that was the last one. */
  const take = async (): Promise<boolean> => {
    const [who, item, redelivered] = await within(reports.get(), 'a report');
    if (who < 0) return false;
    const key = `${who} ${item}`;
    assert.ok(!seen.has(key) || redelivered, `${key} came twice and was not marked`);
    seen.set(key, (seen.get(key) ?? 0) + 1);
    return true;
  };
  for (let kills = 0; kills < 3; kills++) {
    for (let i = 0; i < 40; i++) await take();
    await doers[0].kill();
    doers = [...doers.slice(1), start()];
  }
  const ended = Promise.all([...putters.map((putter) => putter.exit)])
    .then(() => queue.join())
    .then(() => reports.put([-1, -1, true]));
  while (await take());
  await ended;
  assert.equal(seen.size, 2 * count);
  assert.ok([...seen.values()].reduce((sum, n) => sum + n, 0) <= 2 * count + 3);
  assert.equal(queue.tryJoin(), true);
  queue.close();
  for (const doer of doers) assert.equal(await within(doer.exit, 'the end of a doer'), 0);
  assert.deepEqual(fsck(session()), []);
});
