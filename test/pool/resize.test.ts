/** A pool that gets more workers, or fewer, while it does anything else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Barrier, Pool } from 'multiproc';
import { assertWorks, children, closeSoundly, linesOf, newFile, until, within } from './support.js';
import { noteAndSquare, pid, square } from './tasks.js';
import { noteAndWaitFor, pidAtMeeting } from './tasks_crew.js';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

test('more workers start at once, and get what waits', async () => {
  const pool = new Pool(1);
  await pool.apply(pid);
  const barrier = new Barrier(3);
  // One alone would wait for the others for ever.
  const meeting = pool.map(pidAtMeeting, Array(3).fill(barrier), { chunksize: 1 });
  pool.resize(3);
  assert.equal(children().length, 3);
  assert.equal(new Set(await within(meeting, 'three tasks at once')).size, 3);
  assert.match(String(pool), /pool_size=3/);
  await closeSoundly(pool);
});

test('fewer: idle workers end, busy ones finish what they run, and what they have not started others get', async () => {
  const pool = new Pool(3);
  const barrier = new Barrier(4);
  const file = newFile();
  const running = pool.map(noteAndWaitFor, Array(3).fill([file, barrier] as const), { chunksize: 1 });
  const behind = pool.map(square, range(50), { chunksize: 1 });
  await until(() => linesOf(file).length === 3, 'three running tasks');
  const before = children();
  pool.resize(1);
  assert.deepEqual(children(), before, 'none ends in the middle of its task');
  await barrier.wait();
  assert.deepEqual((await within(running, 'the tasks that ran')).sort(), before.sort());
  assert.deepEqual(await within(behind, 'what waited'), range(50).map(square));
  await until(() => children().length === 1, 'one worker');
  assert.ok(before.includes(children()[0]));
  pool.resize(3);
  await assertWorks(pool);
  pool.resize(2);
  await until(() => children().length === 2, 'two workers');
  await closeSoundly(pool);
});

test('while workers start, are recycled or killed: each task runs once, and in the end there are as many workers as asked for', async () => {
  const pool = new Pool({ processes: 2, maxTasksPerChild: 5 });
  const file = newFile();
  const results = pool.map(
    noteAndSquare,
    range(120).map((x) => [file, x] as const),
    { chunksize: 4 },
  );
  for (const size of [4, 1, 3, 2, 5, 1, 2]) {
    pool.resize(size);
    const done = linesOf(file).length;
    await until(() => linesOf(file).length > done || linesOf(file).length === 120, 'more tasks');
  }
  assert.deepEqual(await within(results, 'the map'), range(120).map(square));
  assert.deepEqual(
    linesOf(file)
      .map(Number)
      .sort((a, b) => a - b),
    range(120),
  );
  for (const size of [4, 2]) {
    pool.resize(size);
    // Three in a row that have not come up yet would break the pool.
    for (const child of children().slice(0, 2)) process.kill(child, 'SIGKILL');
    await assertWorks(pool);
  }
  await until(() => children().length === 2, 'two workers');
  await closeSoundly(pool);
});

test('around the end: a closed pool does its rest with others, a terminated one refuses', async () => {
  const closed = new Pool(2);
  const rest = closed.map(square, range(40), { chunksize: 1 });
  closed.close();
  closed.resize(1);
  closed.resize(3);
  await within(closed.join(), 'join()');
  assert.deepEqual(await rest, range(40).map(square));
  closed.resize(2);
  assert.deepEqual(children(), []);

  const terminated = new Pool(2);
  terminated.resize(4);
  terminated.terminate();
  assert.throws(() => terminated.resize(2), /was terminated/);
  await within(terminated.join(), 'join()');

  const pool = new Pool(1);
  for (const wrong of [0, -1, 1.5, Number.NaN]) assert.throws(() => pool.resize(wrong), RangeError);
  assert.throws(() => pool.resize('2' as never), TypeError);
  await closeSoundly(pool);
});
