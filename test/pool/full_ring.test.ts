/** A worker that has as much before it as its ring holds. */
import { after, test } from 'node:test';
import { Barrier, Pool } from 'multiproc';
import { closeSoundly, within } from './support.js';
import { square } from './tasks.js';
import { meetAmong } from './tasks_sync.js';

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
