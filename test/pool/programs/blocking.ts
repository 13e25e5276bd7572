/** Never awaits anything. */
import { isMain, Pool, Process } from 'multiproc';
import { add, square } from '../tasks.js';
import { killSelf } from '../tasks_faults.js';
import { blockInProcess } from '../tasks_sync.js';

if (isMain(import.meta)) {
  const pool = new Pool(2);
  console.log(pool.applySync(square, [7]));
  console.log(pool.mapSync(square, [1, 2, 3]).join(' '));
  console.log(pool.starmapSync(add, [[1, 2] as const]).join(' '));
  try {
    pool.applySync(killSelf);
  } catch (error) {
    console.log((error as Error).name);
  }
  console.log([...pool.imapSync(square, [4, 5, 6])].join(' '));
  console.log(new Process({ target: blockInProcess }).start().joinSync());
}
