/** Lets go of an iterator over an endless input; join() ends when it was collected. */
import { isMain, Pool } from 'multiproc';
import { square } from '../tasks.js';

function* endless(): Generator<number> {
  for (let i = 0; ; i++) yield i;
}

async function takeOne(pool: Pool): Promise<void> {
  const results = pool.imap(square, endless());
  console.log((await results.next()).value);
}

if (isMain(import.meta)) {
  const pool = new Pool(2);
  await takeOne(pool);
  pool.close();
  const timer = setInterval(() => (globalThis as unknown as { gc(): void }).gc(), 10);
  await pool.join();
  clearInterval(timer);
  console.log('joined');
}
