/** Running tasks that are cancelled or out of time: those that have asked for their signal are told, and keep their worker when they end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AsyncResult, Event, Pool, type Results, refs, TimeoutError } from 'multiproc';
import { closeSoundly, failure, isAlive, linesOf, newFile, sharedPool, until, within } from './support.js';
import { noteAndWait, pid, square } from './tasks.js';
import * as tasks from './tasks_context.js';

const started = (file: string): Promise<void> => until(() => linesOf(file).length > 0, 'the start of the task');
const ended = (file: string): Promise<void> => until(() => linesOf(file).length > 1, 'what the task says of its end');

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

async function takeAll(results: Results<unknown>): Promise<void> {
  for await (const _ of results);
}

for (const concurrency of [1, 3]) {
  test(`${concurrency} at once: the signal aborts with the caller's reason, and the worker is kept`, async () => {
    const pool = sharedPool({ processes: 1, concurrency });
    const worker = await pool.apply(pid);
    for (const [reason, said] of [
      [new tasks.Reason('the weather'), 'true Error the weather'],
      ['a text', 'false undefined a text'],
      [undefined, 'false CancelledError'],
    ] as const) {
      const file = newFile();
      const running = pool.apply(tasks.untilAborted, [file]);
      await started(file);
      assert.equal(running.cancel(reason), true);
      const error = await within(failure(running), 'the rejection');
      if (reason !== undefined) assert.equal(error, reason);
      await ended(file);
      assert.ok(linesOf(file)[1].startsWith(said), linesOf(file)[1]);
      assert.equal(await within(pool.apply(pid), 'the next task'), worker);
    }
  });

  test(`${concurrency} at once: the caller's own signal, and a reason that cannot be sent`, async () => {
    const pool = sharedPool({ processes: 1, concurrency });
    const worker = await pool.apply(pid);
    for (const reason of [undefined, () => 1]) {
      const file = newFile();
      const controller = new AbortController();
      const running = pool.apply(tasks.untilAborted, [file], { signal: controller.signal });
      await started(file);
      controller.abort(reason);
      assert.equal(await failure(running), controller.signal.reason);
      await ended(file);
      assert.match(linesOf(file)[1], reason ? /cannot be sent/ : /AbortError/);
    }
    assert.equal(await pool.apply(pid), worker);
  });

  test(`${concurrency} at once: out of time: TimeoutError at once, here and there`, async () => {
    const pool = sharedPool({ processes: 1, concurrency });
    const worker = await pool.apply(pid);
    const file = newFile();
    const error = await within(failure(pool.apply(tasks.untilAborted, [file], { timeout: 30 })), 'the timeout');
    assert.ok(error instanceof TimeoutError);
    await ended(file);
    assert.match(linesOf(file)[1], /^false TimeoutError/);
    assert.equal(await pool.apply(pid), worker);
    // In a list it counts once, though its task ends later by itself.
    const files = [newFile(), newFile()];
    const list = pool.map(tasks.untilAborted, files, { timeout: 30, chunksize: 2 });
    assert.ok((await within(failure(list), 'the list')) instanceof TimeoutError);
    for (const file of files) await ended(file);
    assert.equal(await pool.apply(pid), worker);
  });

  test(`${concurrency} at once: a task that does not listen is ended when its time of grace is over`, async () => {
    const pool = sharedPool({ processes: 1, concurrency });
    const file = newFile();
    const running = pool.apply(tasks.deaf, [file]);
    await started(file);
    const start = performance.now();
    running.cancel(new Error('enough'));
    assert.equal((await failure(running)).message, 'enough');
    const worker = Number(linesOf(file)[0]);
    await until(() => !isAlive(worker), 'the end of the worker');
    assert.ok(performance.now() - start >= 490);
    assert.notEqual(await within(pool.apply(pid), 'the next task'), worker);
    const late = newFile();
    assert.ok((await failure(pool.apply(tasks.deaf, [late], { timeout: 20 }))) instanceof TimeoutError);
    await until(() => !isAlive(Number(linesOf(late)[0])), 'the end of the other worker');
    assert.equal(await within(pool.apply(square, [3]), 'the next task'), 9);
  });

  test(`${concurrency} at once: a task that blocks its thread notices when it looks`, async () => {
    const pool = sharedPool({ processes: 1, concurrency });
    const worker = await pool.apply(pid);
    for (const task of [tasks.spinUntilAborted, tasks.spinUntilThrow]) {
      const file = newFile();
      const running = pool.apply(task, [file]);
      await started(file);
      running.cancel('halt');
      assert.equal(await failure(running), 'halt');
      assert.equal(await within(pool.apply(pid), 'the next task'), worker);
    }
  });

  test(`${concurrency} at once: in the middle of a chunk the task is told, the rest is not begun, and the worker is kept`, async () => {
    const pool = new Pool({ processes: 1, concurrency });
    const worker = await pool.apply(pid);
    for (const how of ['waits', 'spins'] as const)
      for (const method of ['map', 'imap'] as const) {
        // As many wait as can be under way at once. Who spins leaves the tasks before it no turn to end.
        const [first, waiting] = how === 'waits' ? [3, concurrency] : [0, 1];
        const file = newFile();
        const items = range(20).map((x) => [file, x, x >= first && x < first + waiting ? how : undefined] as const);
        const controller = new AbortController();
        const before = pool.stats().total.tasks;
        const options = { chunksize: 20, signal: controller.signal };
        const call = pool[method](tasks.noteAndPerhapsWait, items, options);
        const outcome = failure(method === 'map' ? (call as AsyncResult<unknown>) : takeAll(call as Results<unknown>));
        await until(() => linesOf(file).length === first + 2 * waiting, 'the start of the tasks that wait');
        controller.abort(new tasks.Reason('haste'));
        assert.equal((await outcome).detail, 'haste');
        assert.equal(await within(pool.apply(pid), 'the next task'), worker);
        assert.equal(linesOf(file).length, first + 2 * waiting, `${how}: ${linesOf(file)}`);
        assert.equal(pool.stats().total.tasks, before + first + waiting + 1);
      }
    assert.equal(pool.stats().total.restarts, 0);
    await closeSoundly(pool);
  });

  test(`${concurrency} at once: an import that never ends is ended with its call`, async () => {
    const file = newFile();
    process.env.POOL_TEST_IMPORTS = file;
    const pool = new Pool({ processes: 1, concurrency });
    const worker = await pool.apply(pid);
    const endless = refs<typeof import('./unimported_endless.js')>(new URL('./unimported_endless.js', import.meta.url));
    const running = pool.apply(endless.unreachable, [], { timeout: 1 });
    await started(file);
    running.cancel('enough');
    assert.equal(await failure(running), 'enough');
    assert.notEqual(await within(pool.apply(pid), 'the next task'), worker);
    await closeSoundly(pool);
  });

  test(`${concurrency} at once: the time of grace ends also while the thread blocks`, async () => {
    const pool = new Pool({ processes: 1, concurrency });
    for (const how of ['cancelled', 'late']) {
      const file = newFile();
      const deaf = range(concurrency).map(() => pool.apply(tasks.deaf, [file], how === 'late' ? { timeout: 300 } : {}));
      for (const task of deaf) task.catch(() => {});
      await until(() => linesOf(file).length === concurrency, 'the start of all');
      if (how === 'cancelled') for (const task of deaf) task.cancel();
      assert.notEqual(pool.applySync(pid, [], { timeout: 20_000 }), Number(linesOf(file)[0]), how);
    }
    await closeSoundly(pool);
  });

  test(`${concurrency} at once: close() and join() wait for no task that is cancelled and deaf`, async () => {
    const pool = new Pool({ processes: 1, concurrency });
    const file = newFile();
    const running = pool.apply(tasks.deaf, [file]);
    await started(file);
    running.cancel('over');
    await failure(running);
    await closeSoundly(pool);
  });
}

test('neighbours: saved where the task listens, lost where it does not', async () => {
  const pool = sharedPool({ processes: 1, concurrency: 3 });
  const go = new Event();
  const [file, deaf, plain] = [newFile(), newFile(), newFile()];
  const neighbour = pool.apply(tasks.waitAndSquare, [[go, 4]]);
  const listening = pool.apply(tasks.untilAborted, [file]);
  await started(file);
  listening.cancel('one');
  await failure(listening);
  await ended(file);
  await go.set();
  assert.equal(await within(neighbour, 'the neighbour'), 16);

  const never = new Event();
  for (const [task, at] of [
    [tasks.deaf, deaf],
    [noteAndWait, plain],
  ] as const) {
    const beside = failure(pool.apply(tasks.waitAndSquare, [[never, 4]]));
    const running = pool.apply(task, [at]);
    await started(at);
    running.cancel('two');
    await failure(running);
    const error = await within(beside, 'the loss of the neighbour');
    assert.equal(error.code, 'ERR_MULTIPROC_WORKER_LOST');
    assert.match(error.message, /beside this one/);
  }
});

test('several timed tasks at once: each has its own time', async () => {
  const pool = new Pool({ processes: 1, concurrency: 4 });
  const go = new Event();
  const files = [newFile(), newFile()];
  const long = pool.apply(tasks.waitAndSquare, [[go, 4]], { timeout: 60_000 });
  const first = pool.apply(tasks.untilAborted, [files[0]], { timeout: 200 });
  const second = pool.apply(tasks.untilAborted, [files[1]], { timeout: 30 });
  const order: string[] = [];
  await Promise.all([failure(first).then(() => order.push('first')), failure(second).then(() => order.push('second'))]);
  assert.deepEqual(order, ['second', 'first']);
  await go.set();
  assert.equal(await long, 16);
  await closeSoundly(pool);
});
