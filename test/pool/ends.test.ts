/** How pools end: with much before them, with workers that are stopped or killed, forgotten, or with their program. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pool, PoolTerminatedError } from 'multiproc';
import { assertWorks, children, closeSoundly, failure, isAlive, linesOf, newFile, program, until, within } from './support.js';
import { never, noteAndWait, pid, sleep, square } from './tasks.js';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

test('terminate() with 100,000 tasks in the queue: each fails once', async () => {
  const pool = new Pool(2);
  await assertWorks(pool);
  let failures = 0;
  for (let i = 0; i < 100_000; i++) {
    pool.applyAsync(sleep, [1000], {
      errorCallback: (error) => {
        if (error instanceof PoolTerminatedError) failures++;
      },
    });
  }
  pool.terminate();
  await within(pool.join(), 'join()');
  assert.equal(failures, 100_000);
  assert.deepEqual(children(), []);
});

test('terminate() ends a stopped worker, and close() waits for one until it goes on', async () => {
  const pool = new Pool(2);
  const [worker] = await pool.map(pid, [1] as never[]);
  process.kill(worker, 'SIGSTOP');
  pool.terminate();
  await within(pool.join(), 'join()');
  assert.equal(isAlive(worker), false);

  const closed = new Pool(1);
  const other = await closed.apply(pid);
  process.kill(other, 'SIGSTOP');
  const result = closed.apply(square, [3]);
  closed.close();
  const joined = closed.join();
  process.kill(other, 'SIGCONT');
  await within(joined, 'join()');
  assert.equal(await result, 9);
});

test('the only worker is killed: while idle, busy, and while the pool is closed', async () => {
  const pool = new Pool(1);
  process.kill(await pool.apply(pid), 'SIGKILL');
  await assertWorks(pool);
  const file = newFile();
  const busy = failure(pool.apply(noteAndWait, [file]));
  const waiting = pool.map(square, range(5), { chunksize: 1 });
  await until(() => linesOf(file).length === 1, 'the start of the task');
  pool.close();
  process.kill(Number(linesOf(file)[0]), 'SIGKILL');
  assert.match(String(await within(busy, 'the loss')), /SIGKILL/);
  assert.deepEqual(await within(waiting, 'what waited'), [0, 1, 4, 9, 16]);
  await within(pool.join(), 'join()');
});

test('all workers are killed while the pool closes, and while it is terminated', async () => {
  for (const way of ['close', 'terminate'] as const) {
    const pool = new Pool(2);
    await assertWorks(pool);
    const rest = pool.map(square, range(200), { chunksize: 1 }).catch(() => 'failed');
    if (way === 'close') pool.close();
    for (const child of children()) process.kill(child, 'SIGKILL');
    if (way === 'terminate') pool.terminate();
    await within(pool.join(), 'join()');
    await within(rest, 'the end of the tasks');
    assert.deepEqual(children(), []);
  }
});

test('a program that exits with a queue full of tasks: its code, and nobody stays', async () => {
  const { code, stdout, stderr } = await program('exit-with-queue').ended;
  assert.deepEqual([code, stderr], [0, '']);
  const pids = stdout.trim().split(' ').map(Number);
  assert.equal(pids.length, 2);
  for (const worker of pids) assert.equal(isAlive(worker), false);
});

test('a second terminate(), and a close() after it, change nothing', async () => {
  const pool = new Pool(1);
  const result = failure(pool.apply(never));
  pool.terminate();
  pool.terminate();
  pool.close();
  await within(pool.join(), 'join()');
  assert.ok((await result) instanceof PoolTerminatedError);
  await closeSoundly(pool);
});
