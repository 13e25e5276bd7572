/** `large <workers> [<slots>]`: a map by so many workers, whose slots come after as many others that are taken. */
import { isMain, Pool } from 'multiproc';
import { session } from '#dist/memory/session.js';
import { platform } from '#dist/platform/current.js';
import { square } from '../tasks.js';

if (isMain(import.meta)) {
  const [workers, slots = 0] = process.argv.slice(2).map(Number);
  // Alive as long as their locks are open, and nobody's processes.
  const taken = Array.from({ length: slots }, () => session().claimChild());
  const items = Array.from({ length: 1000 }, (_, i) => i);
  const pool = new Pool(workers);
  const results = await pool.map(square, items);
  console.log(items.every((x) => results[x] === x * x) ? 'right' : 'wrong', session().participants.highSlot > slots + workers);
  pool.close();
  await pool.join();
  for (const { owner, doorbell, lock } of taken) {
    platform().close(doorbell);
    platform().close(lock);
    session().bury(owner);
  }
}
