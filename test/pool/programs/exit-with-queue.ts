/** Prints the pids of its workers, fills the queue, and exits. */
import { readFileSync, writeSync } from 'node:fs';
import { isMain, Pool } from 'multiproc';
import { pid, sleep } from '../tasks.js';

if (isMain(import.meta)) {
  const pool = new Pool(2);
  await pool.apply(pid);
  writeSync(1, `${readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim()}\n`);
  for (let i = 0; i < 1000; i++) pool.apply(sleep, [1000]);
  setTimeout(() => process.exit(0), 20);
}
