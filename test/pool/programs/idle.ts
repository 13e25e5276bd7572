/** Leaves a pool open, idle and with iterators that nobody reads, and ends. Prints the workers' pids. */
import { isMain, Pool } from 'multiproc';
import { pid, square, squareLater } from '../tasks.js';

function* endless(): Generator<number> {
  for (let i = 0; ; i++) yield i;
}

if (isMain(import.meta)) {
  const pool = new Pool(2);
  const pids = await pool.map(pid, [1, 2, 3, 4] as never[], { chunksize: 1 });
  const abandoned = pool.imap(square, endless());
  await abandoned.next();
  pool.imapUnordered(squareLater, [1, 2, 3]);
  console.log([...new Set(pids)].join(' '));
}
