/** Several async tasks at once in each worker. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Barrier, Event, Pool, WorkerLostError } from 'multiproc';
import { assertWorks, closeSoundly, drain, failure, linesOf, newFile, sharedPool, until, within } from './support.js';
import { meet, square, squareLater } from './tasks.js';
import * as tasks from './tasks_context.js';
import { Lethal, noteAndPerhapsDie } from './tasks_faults.js';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

test('a bad number is refused', () => {
  assert.throws(() => new Pool({ concurrency: 0 }), {
    name: 'RangeError',
    code: 'ERR_MULTIPROC_ARGUMENT',
    message: /concurrency/,
  });
  assert.throws(() => new Pool({ concurrency: 1.5 }), RangeError);
  assert.throws(() => new Pool({ concurrency: '4' as never }), TypeError);
});

test('as many as were asked for meet in one worker, calls and items of a chunk alike', async () => {
  const pool = sharedPool({ processes: 1, concurrency: 4 });
  const barrier = new Barrier(4);
  await within(Promise.all(range(4).map(() => pool.apply(meet, [barrier]))), 'four calls');
  await within(pool.map(meet, Array(8).fill(new Barrier(4)), { chunksize: 8 }), 'eight items of a chunk, four at a time');
  await within(pool.map(meet, Array(8).fill(new Barrier(4))), 'eight items');
});

test('never more than were asked for', async () => {
  const pool = sharedPool({ processes: 1, concurrency: 2 });
  const file = newFile();
  const go = new Event();
  const all = range(5).map((x) => pool.apply(tasks.noteAndWaitFor, [file, go, x]));
  await until(() => linesOf(file).length >= 2, 'two starts');
  // The worker takes what it is given before it answers this: were there room, it would run.
  const behind = pool.apply(square, [3]);
  assert.equal(await behind.wait({ timeout: 100 }), false);
  assert.equal(linesOf(file).length, 2);
  await go.set();
  assert.deepEqual(await within(Promise.all(all), 'all'), [0, 1, 4, 9, 16]);
  assert.equal(await behind, 9);
});

test('results in their places, sync and async, in every form', async () => {
  const pool = new Pool({ processes: 2, concurrency: 3 });
  const expected = range(200).map(square);
  for (const chunksize of [undefined, 1, 7, 200]) {
    assert.deepEqual(await within(pool.map(square, range(200), { chunksize }), 'a map'), expected);
    assert.deepEqual(await within(pool.map(squareLater, range(200), { chunksize }), 'a map of async tasks'), expected);
    assert.deepEqual(await within(drain(pool.imap(squareLater, range(200), { chunksize })), 'imap'), expected);
    const unordered = await within(drain(pool.imapUnordered(squareLater, range(200), { chunksize })), 'imapUnordered');
    assert.deepEqual(
      unordered.map(Number).sort((a, b) => a - b),
      expected,
    );
  }
  await closeSoundly(pool);
});

test('a slow task keeps no quick one waiting, and is kept waiting by none', async () => {
  const pool = sharedPool({ processes: 1, concurrency: 2 });
  const go = new Event();
  const slow = pool.apply(tasks.waitAndSquare, [[go, 2]]);
  assert.deepEqual(await within(pool.map(squareLater, range(300)), 'quick ones beside a slow one'), range(300).map(square));
  assert.equal(slow.ready(), false);
  // Here the last item lets the others end: they wait in the lanes, and it is started all the same.
  const items = [0, 1, 3, 5].map((x) => [go, x] as const);
  const waiting = pool.map(tasks.waitAndSquare, items, { chunksize: 4 });
  assert.equal(await waiting.wait({ timeout: 20 }), false);
  await go.set();
  assert.deepEqual(await within(waiting, 'the chunk'), [0, 1, 9, 25]);
  assert.equal(await slow, 4);
});

test('what waits behind slow tasks of one worker is taken over by another with room', async () => {
  const pool = new Pool({ processes: 2, concurrency: 2 });
  const file = newFile();
  const go = new Event();
  const slow = range(3).map((x) => pool.apply(tasks.noteAndWaitFor, [file, go, x]));
  await until(() => linesOf(file).length === 3, 'three that fill one worker, and half of the other');
  assert.deepEqual(await within(pool.map(squareLater, range(100)), 'quick ones through one lane'), range(100).map(square));
  await go.set();
  await Promise.all(slow);
  await closeSoundly(pool);
});

test('tasks that never wait leave timers and I/O their turn', async () => {
  const pool = sharedPool({ processes: 1, concurrency: 2 });
  const timed = pool.apply(tasks.steps, [3, 5]);
  const flood = pool.map(square, range(100_000), { chunksize: 1000 });
  assert.equal(await within(timed, 'a task with timers'), 'done');
  await flood;
});

test('a worker killed with four running: each is lost once, what it had not started runs elsewhere, once', async () => {
  for (const chunksize of [1, 10]) {
    const pool = sharedPool({ processes: 1, concurrency: 4 });
    const file = newFile();
    const go = new Event();
    const results = pool.imap(
      tasks.noteAndWait4,
      range(10).map((x) => [file, go, x] as const),
      { chunksize },
    );
    const all = drain(results);
    await until(() => linesOf(file).length === 4, 'four that run');
    const [, worker] = linesOf(file)[0].split(' ');
    process.kill(Number(worker), 'SIGKILL');
    await until(() => linesOf(file).length === 8, 'the next four');
    await go.set();
    const outcomes = await within(all, 'all ten');
    const errors = outcomes.slice(0, 4).map((outcome) => (outcome as { error: WorkerLostError }).error);
    assert.ok(
      errors.every((error) => error instanceof WorkerLostError && error.pid === Number(worker) && error.signal === 'SIGKILL'),
    );
    assert.deepEqual(outcomes.slice(4), [16, 25, 36, 49, 64, 81]);
    assert.deepEqual(
      linesOf(file)
        .map((line) => Number(line.split(' ')[0]))
        .sort((a, b) => a - b),
      range(10),
    );
  }
});

test('with retries the four run again', async () => {
  const pool = new Pool({ processes: 1, concurrency: 4, retries: 1 });
  const file = newFile();
  const go = new Event();
  const all = pool.map(
    tasks.noteAndWait4,
    range(6).map((x) => [file, go, x] as const),
  );
  await until(() => linesOf(file).length === 4, 'four that run');
  process.kill(Number(linesOf(file)[0].split(' ')[1]), 'SIGKILL');
  await until(() => linesOf(file).length === 8, 'four again');
  await go.set();
  assert.deepEqual(await within(all, 'all'), [0, 1, 4, 9, 16, 25]);
  await closeSoundly(pool);
});

test('a task in the middle has ended when its worker dies: it is not lost', async () => {
  const pool = sharedPool({ processes: 1, concurrency: 3 });
  const [first, second] = [new Event(), new Event()];
  const all = pool.imapUnordered(
    tasks.waitAndSquareAt,
    [
      [second, 0],
      [first, 1],
      [second, 2],
    ] as const,
    { chunksize: 3 },
  );
  await first.set();
  assert.deepEqual(await within(all.next(), 'the one in the middle'), { done: false, value: 1 });
  const death = pool.apply(tasks.dieWhen, [first]);
  assert.ok((await within(failure(death), 'the death')) instanceof WorkerLostError);
  const rest = await within(drain(all), 'the others');
  assert.ok(rest.length === 2 && rest.every((outcome) => (outcome as { error: unknown }).error instanceof WorkerLostError));
  await assertWorks(pool);
});

test('an item that kills while it is decoded costs itself and what runs; sync tasks beside it are done once', async () => {
  const pool = sharedPool({ processes: 1, concurrency: 3 });
  const items = [1, 2, new Lethal(), 3, 4];
  const results = await within(drain(pool.imap(square, items as number[], { chunksize: 5 })), 'the results');
  assert.ok((results[2] as { error: unknown }).error instanceof WorkerLostError);
  assert.deepEqual(
    results.filter((_, i) => i !== 2),
    [1, 4, 9, 16],
  );
  const file = newFile();
  const dying = range(9).map((x) => [file, x, 5] as const);
  const outcomes = await within(drain(pool.imap(noteAndPerhapsDie, dying, { chunksize: 9 })), 'a chunk with a death in it');
  assert.deepEqual(
    outcomes.map((outcome, i) => (i === 5 ? outcome instanceof Object : outcome)),
    range(9).map((x) => (x === 5 ? true : x * x)),
  );
  assert.deepEqual(linesOf(file), range(9).map(String));
});

test('promises that nothing is left to settle end their worker, as with one task at a time', async () => {
  const pool = sharedPool({ processes: 1, concurrency: 3 });
  const both = [pool.apply(tasks.forgotten), pool.apply(tasks.forgotten)];
  for (const result of both)
    assert.match((await within(failure(result), 'the end of a worker')).message, /nothing was left to settle/);
  await assertWorks(pool);
});

test('close() waits for what runs, terminate() does not', async () => {
  const pool = new Pool({ processes: 1, concurrency: 3 });
  const go = new Event();
  const running = range(5).map((x) => pool.apply(tasks.waitAndSquare, [[go, 2 * x]]));
  pool.close();
  const joined = pool.join();
  await go.set();
  await within(joined, 'join()');
  assert.deepEqual(await Promise.all(running), [0, 4, 16, 36, 64]);
  const other = new Pool({ processes: 1, concurrency: 3 });
  const file = newFile();
  const never = range(5).map((x) => failure(other.apply(tasks.noteAndWaitFor, [file, new Event(), x])));
  await until(() => linesOf(file).length === 3, 'three that run');
  other.terminate();
  for (const error of await within(Promise.all(never), 'the failures')) assert.equal(error.code, 'ERR_MULTIPROC_POOL_TERMINATED');
  await closeSoundly(other);
});
