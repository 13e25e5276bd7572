/** The short form of memory.soak.test.ts; and inputs and results that wait. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Barrier, Pool, PoolTerminatedError } from 'multiproc';
import { mapStaysBelow, streamsStayFlat } from './memory_rounds.js';
import { failure, within } from './support.js';
import { meet, square } from './tasks.js';

// 83 MiB; were all units cut at once, 124.
mapStaysBelow(105, 200_000, ['1']);
streamsStayFlat(400_000, 80, ['imap-100']);

test('an input of map that never ends, or never goes on, is closed by terminate()', async () => {
  for (const goesOn of [true, false]) {
    const pool = new Pool(1);
    let closed = false;
    let reached: () => void;
    const begun = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const input: AsyncIterableIterator<number> = {
      next: async () => {
        reached();
        await (goesOn ? new Promise(setImmediate) : new Promise(() => {}));
        return { done: false, value: 1 };
      },
      return: async () => {
        closed = true;
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]: () => input,
    };
    const result = pool.map(square, input);
    await begun;
    pool.terminate();
    assert.ok((await failure(result)) instanceof PoolTerminatedError);
    assert.equal(closed, true);
    await within(pool.join(), 'join()');
  }
});

test('a long input is as it was at the call, however late it is cut', async () => {
  await using pool = new Pool(1);
  const barrier = new Barrier(2);
  const busy = pool.apply(meet, [barrier]);
  const list = Array.from({ length: 5000 }, (_, i) => i);
  const squares = pool.map(square, list, { chunksize: 1 });
  const after = pool.apply(square, [3]);
  list.fill(-1);
  list.length = 10;
  await barrier.wait();
  await busy;
  await after;
  // First in, first out: all of the map was cut before what came after it.
  assert.equal(squares.ready(), true);
  assert.deepEqual(
    await squares,
    Array.from({ length: 5000 }, (_, i) => i * i),
  );
});

test('results that nobody takes wait in a bounded window: no further input is read, no further task is run', async () => {
  await using pool = new Pool(1);
  let read = 0;
  const results = pool.imap(
    square,
    (function* () {
      for (;;) yield read++;
    })(),
  );
  await results.next();
  // Everything that was sent is done by then, and its results are in.
  await pool.apply(square, [1]);
  assert.ok(read <= 64 + 1, `${read} were read`);
  for (let i = 1; i < 200; i++) assert.equal((await results.next()).value, i * i);
  await pool.apply(square, [1]);
  // Wider while tasks and input are quick.
  assert.ok(read <= 200 + 512, `${read} were read`);
});
