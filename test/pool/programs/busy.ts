/** A pool under load, with a pool in one of its workers. Prints the session's folder and the pids of all workers, and goes on. */
import { writeSync } from 'node:fs';
import { isMain, Pool } from 'multiproc';
import { session } from '#dist/memory/session.js';
import { nestedBusy, pid, square } from '../tasks.js';

if (isMain(import.meta)) {
  const pool = new Pool(3);
  const nested = pool.imap(nestedBusy, [0]);
  const inner = (await nested.next()).value as number[];
  const pids = new Set(inner);
  for (const one of await Promise.all(Array.from({ length: 30 }, () => pool.apply(pid)))) pids.add(one);
  writeSync(1, `${[session().directory, ...pids].join(' ')}\n`);
  for (;;)
    await pool.map(
      square,
      Array.from({ length: 1000 }, (_, i) => i),
    );
}
