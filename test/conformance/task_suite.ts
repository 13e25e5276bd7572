/** What JoinableQueue has beyond CPython's: tasks, and items of the dead that are handed out again. */
import assert from 'node:assert/strict';
import { within } from '../support/within.js';
import type { Context, JoinableQueueLike, TaskLike } from './context.js';
import { check, type Run } from './suite.js';
import { keepItems, type Way } from './workers.js';

const NOT_HELD = { name: 'NotHeldError', code: 'ERR_MULTIPROC_NOT_HELD' };
const SHUT_DOWN = { name: 'QueueShutDown' };

const shown = <T>(tasks: readonly TaskLike<T>[]): [T, boolean][] => tasks.map(({ value, redelivered }) => [value, redelivered]);

async function getTasks<T>(queue: JoinableQueueLike<T>, count: number): Promise<TaskLike<T>[]> {
  const tasks: TaskLike<T>[] = [];
  while (tasks.length < count) tasks.push(await within(queue.getTask(), `task ${tasks.length}`));
  return tasks;
}

async function assertNotHeld(done: () => unknown): Promise<void> {
  await assert.rejects(async () => void (await done()), NOT_HELD);
}

/** A worker that has got items and keeps them until it is told to leave, or killed. */
async function keeper<T>(context: Context, run: Run, queue: JoinableQueueLike<T>, ways: readonly Way[]) {
  const [tell, leave] = [await context.Queue<[T, boolean][]>(), await context.Event()];
  const worker = run.start<any>(keepItems, queue, ways, tell, leave);
  return { worker, leave, items: await within(tell.get(), 'a worker that has items') };
}

export function taskSuite(context: Context): void {
  check(context, 'a task is done by itself, and by nothing else', async () => {
    const queue = await context.JoinableQueue<string>();
    assert.deepEqual([await queue.tryJoin(), await queue.tryGetTask()], [true, undefined]);
    await queue.putMany(['a', 'b', 'c', 'd']);
    const [a, b, c] = [await queue.getTask(), await queue.getTask(), (await queue.tryGetTask())!];
    assert.deepEqual(shown([a, b, c]), [
      ['a', false],
      ['b', false],
      ['c', false],
    ]);
    await assertNotHeld(() => queue.taskDone());
    assert.equal(await queue.get(), 'd');
    await queue.taskDone();
    await assertNotHeld(() => queue.taskDone());
    await b.done();
    await assert.rejects(async () => void (await b.done()), { ...NOT_HELD, message: /done already/ });
    await a.done();
    assert.equal(await queue.tryJoin(), false);
    await assert.rejects(queue.join({ timeout: 5 }), { name: 'TimeoutError', message: /^1 items/ });
    await c.done();
    await within(queue.join(), 'all to be done');
    await assert.rejects(queue.getTask({ timeout: 5 }), { name: 'QueueEmpty' });
    await assert.rejects(queue.getTask({ signal: AbortSignal.abort('no') }), (reason) => reason === 'no');
    await queue.putMany(['e', 'f']);
    await queue.close();
    const seen: string[] = [];
    for await (const task of queue.tasks()) {
      seen.push(task.value);
      await task.done();
    }
    assert.deepEqual(seen, ['e', 'f']);
    await assert.rejects(queue.getTask(), SHUT_DOWN);
  });

  for (const ways of [
    ['get', 'get', 'get'],
    ['getMany', 'getMany', 'getMany'],
    ['getTask', 'getTask', 'getTask'],
    ['getTask', 'get', 'getTask'],
  ] as Way[][])
    check(context, `items of one who is killed come again, marked, before later ones: ${ways.join(', ')}`, async (run) => {
      const queue = await context.JoinableQueue<string>();
      await queue.putMany(['a', 'b', 'large'.padEnd(20_000, '!'), 'd']);
      const { worker, items } = await keeper(context, run, queue, ways);
      assert.deepEqual([await queue.qsize(), items.length], [1, 3]);
      const joined = queue.join();
      const waits = getTasks(queue, 2);
      await run.kill(worker);
      const again = await waits;
      await queue.put('e');
      again.push(...(await getTasks(queue, 3)));
      const got = shown(again).map(([text, redelivered]) => [text.slice(0, 5), redelivered]);
      // The first of the waits was there before anybody was killed.
      assert.deepEqual(got, [
        ['d', false],
        ['a', true],
        ['b', true],
        ['large', true],
        ['e', false],
      ]);
      for (const task of again) await task.done();
      await within(joined, 'a join for which items of the dead were done');
    });

  check(context, 'what the dead had comes again to the next one, and again; what was done does not', async (run) => {
    const queue = await context.JoinableQueue<number>(2);
    await queue.putMany([1, 2]);
    const first = await keeper(context, run, queue, ['getTask', 'done', 'getTask']);
    assert.deepEqual(first.items, [
      [1, false],
      [2, false],
    ]);
    await queue.putMany([3, 4]);
    await run.kill(first.worker);
    const second = await keeper(context, run, queue, ['getTask']);
    assert.deepEqual(second.items, [[2, true]]);
    await second.leave.set();
    await run.ended();
    const tasks = await getTasks(queue, 3);
    assert.deepEqual(shown(tasks), [
      [2, true],
      [3, false],
      [4, false],
    ]);
    for (const task of tasks) await task.done();
    assert.equal(await queue.tryJoin(), true);
  });

  check(context, 'a closed queue is drained when no other has a task that may come back', async (run) => {
    const queue = await context.JoinableQueue<number>();
    await queue.putMany([1, 2]);
    const { worker } = await keeper(context, run, queue, ['getTask']);
    await queue.close();
    const own = await queue.getTask();
    const drained = (async () => {
      const seen: [number, boolean][] = [];
      for await (const task of queue.tasks()) {
        seen.push([task.value, task.redelivered]);
        await task.done();
      }
      return seen;
    })();
    await run.kill(worker);
    assert.deepEqual(await within(drained, 'the end of a closed queue'), [[1, true]]);
    await own.done();
    assert.equal(await queue.tryJoin(), true);
  });

  check(context, 'one gets, another reports: items, but no tasks', async (run) => {
    const queue = await context.JoinableQueue<number>();
    await queue.putMany([1, 2]);
    const { worker } = await keeper(context, run, queue, ['getTask', 'get']);
    await queue.taskDone();
    await assertNotHeld(() => queue.taskDone());
    await run.kill(worker);
    const task = await within(queue.getTask(), 'the task of the dead');
    assert.deepEqual(shown([task]), [[1, true]]);
    await task.done();
    assert.deepEqual([await queue.tryJoin(), await queue.qsize()], [true, 0]);
  });
}
