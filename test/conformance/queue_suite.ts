import assert from 'node:assert/strict';
import type { Queue, SimpleQueue } from 'multiproc';
import { within } from '../support/within.js';
import type { Context, QueueLike } from './context.js';
import { type Form, formOf, formsOf, type Getting, get, join, type Putting, put } from './forms.js';
import { check, lasting, range } from './suite.js';
import { doTasks, drain, fill, tellEmpty } from './workers.js';

const EMPTY = { name: 'QueueEmpty' };
const FULL = { name: 'QueueFull' };

async function fails(wait: () => unknown, error: object): Promise<void> {
  await assert.rejects(async () => void (await wait()), error);
}

async function state(queue: QueueLike<unknown>): Promise<[empty: boolean, full: boolean]> {
  return [await queue.empty(), await queue.full()];
}

export function queueSuite(context: Context): void {
  check(context, '_TestQueue.test_put', async (run) => {
    for (const form of formsOf(context)) {
      const queue = await context.Queue<number>(6);
      const [begin, end] = [await context.Event(), await context.Event()];
      run.start(drain, form, queue, 6, begin, end);
      assert.deepEqual(await state(queue), [true, false]);
      for (const [i, limit] of [undefined, { timeout: Infinity }, {}, { timeout: 0 }, { timeout: -1 }, { timeout: 50 }].entries())
        await put(form, queue, i + 1, limit);
      assert.deepEqual(await state(queue), [false, true]);
      for (const timeout of [0, -5]) await fails(() => put(form, queue, 7, { timeout }), FULL);
      for (const timeout of [20, 100]) await lasting(timeout, () => fails(() => put(form, queue, 7, { timeout }), FULL));
      if (context.hasSync) assert.equal((queue as Queue<number>).tryPut(7), false);
      await begin.set();
      await within(end.wait(), 'a worker that gets everything');
      assert.deepEqual(await state(queue), [true, false]);
    }
  });

  check(context, '_TestQueue.test_get', async (run) => {
    for (const form of formsOf(context)) {
      const queue = await context.Queue<number>();
      const end = await context.Event();
      assert.equal(await queue.empty(), true);
      run.start(fill, form, queue, range(4), end);
      await within(end.wait(), 'a worker that puts everything');
      assert.deepEqual(await state(queue), [false, false]);
      for (const [i, limit] of [undefined, { timeout: Infinity }, { timeout: 50 }, { timeout: 0 }].entries())
        assert.equal(await get(form, queue, limit), i);
      assert.equal(await queue.empty(), true);
      for (const timeout of [0, -5]) await fails(() => get(form, queue, { timeout }), EMPTY);
      for (const timeout of [20, 100]) await lasting(timeout, () => fails(() => get(form, queue, { timeout }), EMPTY));
      if (context.hasSync) assert.equal((queue as Queue<number>).tryGet(), undefined);
    }
  });

  check(context, '_TestQueue.test_fork', async (run) => {
    for (const form of formsOf(context)) {
      const queue = await context.Queue<number>();
      await fill(form, queue, range(10));
      run.start(
        fill,
        form,
        queue,
        range(10).map((i) => i + 10),
      );
      await run.ended();
      for (const i of range(20)) assert.equal(await get(form, queue), i);
      await fails(() => get(form, queue, { timeout: 0 }), EMPTY);
    }
  });

  check(context, '_TestQueue.test_qsize', async () => {
    const queue = await context.Queue<number>();
    const sizes = [await queue.qsize()];
    for (const act of [() => queue.put(1), () => queue.put(5), () => queue.get(), () => queue.get()]) {
      await act();
      sizes.push(await queue.qsize());
    }
    assert.deepEqual(sizes, [0, 1, 2, 1, 0]);
  });

  check(context, '_TestQueue.test_task_done', async (run) => {
    for (const form of formsOf(context)) {
      const queue = await context.JoinableQueue<number | null>();
      const done = await context.Tally();
      for (const i of range(4)) run.start(doTasks, formOf(context, i), queue, done);
      for (const i of range(10)) await put(form, queue, i);
      await join(form, queue);
      assert.equal(await done.value, 10);
      for (const _ of range(4)) await put(form, queue, null);
      await join(form, queue);
      await run.ended();
      assert.equal(await queue.empty(), true);
      await fails(() => queue.taskDone(), { name: 'NotHeldError' });
    }
  });

  check(context, '_TestQueue.test_timeout', async () => {
    for (const form of formsOf(context)) {
      const queue = await context.Queue<number>();
      await lasting(200, () => fails(() => get(form, queue, { timeout: 200 }), EMPTY));
    }
  });

  // There is no feeder: who puts what cannot be sent is told.
  check(context, '_TestQueue.test_queue_feeder_donot_stop_onexc', async () => {
    for (const form of formsOf(context)) {
      const queue = await context.Queue<unknown>();
      await fails(() => put(form, queue, () => {}), { name: 'SerializationError', code: 'ERR_MULTIPROC_SERIALIZATION' });
      assert.equal(await queue.qsize(), 0);
      await put(form, queue, true);
      assert.equal(await queue.qsize(), 1);
      assert.equal(await get(form, queue, { timeout: 1000 }), true);
      assert.equal(await queue.qsize(), 0);
    }
  });

  check(context, '_TestQueue.test_closed_queue_empty_exceptions', async () => {
    if (!context.hasSync) return;
    // Closed before it was used, closed after: it can be asked always, for others may have put into it.
    for (const items of [[], [1]]) {
      const queue: Queue<number> = context.Queue<number>();
      queue.putManySync(items);
      queue.close();
      await queue.joinThread();
      assert.deepEqual([queue.empty(), queue.full(), queue.qsize()], [items.length === 0, false, items.length]);
    }
  });

  check(context, '_TestQueue.test_closed_queue_put_get_exceptions', async () => {
    if (!context.hasSync) return;
    for (const queue of [context.Queue<string>(), context.JoinableQueue<string>()] as Queue<string>[]) {
      queue.close();
      for (const form of formsOf(context)) await closedToBoth(form, queue);
      assert.throws(() => queue.tryPut('foo'), { name: 'QueueShutDown', message: /is closed/ });
      assert.throws(() => queue.tryGet(), { name: 'QueueShutDown', message: /is closed/ });
    }
  });

  check(context, 'TestSimpleQueue.test_empty', async (run) => {
    if (!context.hasSync) return;
    for (const form of formsOf(context)) {
      const queue: SimpleQueue<boolean> = context.SimpleQueue<boolean>();
      const [begin, end] = [context.Event(), context.Event()];
      run.start(tellEmpty, form, queue, begin, end);
      assert.equal(queue.empty(), true);
      begin.set();
      await within(end.wait(), 'a worker that puts two');
      assert.equal(queue.empty(), false);
      assert.equal(await get(form, queue), true);
      assert.equal(queue.empty(), false);
      assert.equal(await get(form, queue), false);
      assert.equal(queue.empty(), true);
    }
  });

  check(context, 'TestSimpleQueue.test_close', () => {
    if (!context.hasSync) return;
    const queue = context.SimpleQueue();
    queue.close();
    queue.close();
  });

  check(context, 'TestSimpleQueue.test_closed', async () => {
    if (!context.hasSync) return;
    const queue = context.SimpleQueue<string>();
    queue.close();
    for (const form of formsOf(context)) await closedToBoth(form, queue);
  });
}

async function closedToBoth(form: Form, queue: Putting<string> & Getting<string>): Promise<void> {
  await fails(() => put(form, queue, 'foo'), { name: 'QueueShutDown', message: /is closed/ });
  await fails(() => get(form, queue), { name: 'QueueShutDown', message: /is closed/ });
}
