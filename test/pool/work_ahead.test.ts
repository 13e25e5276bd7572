/** What a worker has before it. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Barrier, Event, Pool } from 'multiproc';
import { closeSoundly, within } from './support.js';
import { blockUntil, square } from './tasks.js';
import { meetAmong } from './tasks_sync.js';
import { turnAfter } from './tasks_terms.js';

const pool = new Pool(2);
after(() => closeSoundly(pool));

/** After many quick tasks a worker is given some hundred at a time: more than it has room for, if they are large. */
test('a worker whose ring is full of what stands behind a long task keeps nothing from the other', async () => {
  for (let i = 0; i < 5; i++) {
    await pool.map(square, Array(5000).fill(2), { chunksize: 1 });
    const barrier = new Barrier(2);
    const items = [barrier, ...Array(300).fill('x'.repeat(1100)), barrier];
    await within(pool.map(meetAmong, items, { chunksize: 1 }), 'two tasks that meet');
  }
});

test('it is some milliseconds of work by the clock of the worker, though results come many at a time', async () => {
  await using alone = new Pool(1);
  const quick = Array(1000).fill(0.05);
  await alone.map(turnAfter, quick, { chunksize: 1 });
  const go = new Event();
  const held = alone.apply(blockUntil, [go]);
  const many = alone.map(turnAfter, quick, { chunksize: 1 });
  const preferred = alone.apply(turnAfter, [0], { priority: 1 });
  await go.set();
  await Promise.all([held, many]);
  // 4 ms are 80 of them at the most.
  const before = (await preferred) - 1 - quick.length;
  assert.ok(before <= 100, `${before} tasks were before it`);
});
