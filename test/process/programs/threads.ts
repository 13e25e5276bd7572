/** Uses the library in a worker thread: a session of its own, in the same process. */
import { isMainThread, Worker } from 'node:worker_threads';
import { isMain, Pool, Process } from 'multiproc';
import { pidOf, print, sleep } from './tasks.js';

async function useLibrary(): Promise<void> {
  console.log(`isMain ${isMain(import.meta)}`);
  console.log(new Process({ target: print, args: ['sync'] }).start().joinSync());
  console.log(await new Process({ target: print, args: ['async'] }).start().join());
  const pool = new Pool(1);
  const [pid] = await pool.map(pidOf, [0]);
  console.log(`pooled ${pid !== process.pid}`);
  new Process({ target: sleep, daemon: true }).start();
}

if (isMainThread) {
  const beside = process.argv[2] === 'beside' ? new Process({ target: sleep, daemon: true }).start() : null;
  for (const round of [1, 2]) {
    const worker = new Worker(new URL(import.meta.url));
    const code = await new Promise((resolve, reject) => worker.on('error', reject).on('exit', resolve));
    console.log(`thread ${round} ended: ${code}`);
  }
  if (beside) console.log(`main thread's child lives: ${beside.isAlive()}`);
} else await useLibrary();
