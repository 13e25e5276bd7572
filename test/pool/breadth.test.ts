/** How many workers share quick tasks, where there are more workers than processors. */
import { after, test } from 'node:test';
import { Barrier, Pool } from 'multiproc';
import { cpuCount } from '#dist/platform/cpu_count.js';
import { closeSoundly, within } from './support.js';
import { square } from './tasks.js';
import { meetPerhaps } from './tasks_sync.js';

const PROCESSORS = cpuCount();
const WORKERS = PROCESSORS + 2;
const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

const pool = new Pool(WORKERS);
after(() => closeSoundly(pool));

const tasksOfOthers = (): number =>
  pool
    .stats()
    .workers.slice(PROCESSORS)
    .reduce((sum, { tasks }) => sum + tasks, 0);

/** Until some calls in a row have kept to the first workers: at any of them the system may hold these up. */
async function becomesNarrow(): Promise<void> {
  for (let inRow = 0; inRow < 5; ) {
    const before = tasksOfOthers();
    // Several times what each is given in a row: else others would have none anyway.
    await pool.map(square, range(2000 * PROCESSORS), { chunksize: 1 });
    inRow = tasksOfOthers() === before ? inRow + 1 : 0;
  }
}

/** One task of each 300 waits until there are as many of them as workers. */
function meetings(): (Barrier | null)[] {
  const barrier = new Barrier(WORKERS);
  return range(300 * WORKERS).map((i) => (i % 300 === 0 ? barrier : null));
}

test('quick tasks are left to as many workers as there are processors', async () => {
  await within(becomesNarrow(), 'calls that only the first workers work for', 90_000);
});

test('tasks that wait for each other have all workers, though those before them were quick', async () => {
  for (let i = 0; i < 5; i++) {
    await pool.map(square, range(2000), { chunksize: 1 });
    await within(pool.map(meetPerhaps, meetings(), { chunksize: 1 }), 'tasks that meet');
    await pool.map(square, range(2000), { chunksize: 1 });
    const barrier = new Barrier(WORKERS);
    await within(pool.map(meetPerhaps, Array(WORKERS).fill(barrier), { chunksize: 1 }), 'few tasks that meet');
  }
});

test('the same where the thread blocks', () => {
  for (let i = 0; i < 5; i++) {
    pool.mapSync(square, range(2000), { chunksize: 1 });
    pool.mapSync(meetPerhaps, meetings(), { chunksize: 1, timeout: 60_000 });
  }
});
