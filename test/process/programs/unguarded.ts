/** A program without `isMain`: starts what its first argument names, at the moment that its second names. Notes each process that runs it. */
import { appendFileSync } from 'node:fs';
import { test } from 'node:test';
import { Pool, Process } from 'multiproc';

const [what, when] = process.argv.slice(2);
appendFileSync(process.env.STARTED!, `${process.pid}\n`);

/** Takes longer than the timer. */
export async function work(item = 0): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 50));
  return item;
}

async function start(): Promise<void> {
  if (what === 'process') {
    console.log(`exit code ${await new Process({ target: work }).start().join()}`);
    return;
  }
  const pool = new Pool(2);
  try {
    console.log(await pool.map(work, [1, 2, 3]));
  } catch (error) {
    console.log(`${(error as Error).name} ${(error as { code?: string }).code}`);
  }
  pool.terminate();
  await pool.join();
}

const moments: Record<string, () => unknown> = {
  'at the top level': start,
  'after an await': () => new Promise((resolve) => setTimeout(resolve, 5)).then(start),
  'without waiting': () => void start(),
  'in a timer': () => void setTimeout(start, 1),
  'in setImmediate': () => void setImmediate(start),
  'in nextTick': () => void process.nextTick(start),
  'in a microtask': () => void queueMicrotask(start),
  'in a test': () => void test('starts', start),
};
await moments[when]();
