/** Tasks that need more memory than a worker has, while the pool is idle, busy, and from a callback. Prints what became of them, and of the others. */
import { isMain, Pool, setExecArgv, WorkerLostError } from 'multiproc';
import { square } from '../tasks.js';
import { devour } from '../tasks_faults.js';

if (isMain(import.meta)) {
  setExecArgv(['--max-old-space-size=30']);
  const pool = new Pool(2);
  const hungry = (): Promise<string> =>
    pool.apply(devour).then(
      () => 'sated',
      (error) => (error instanceof WorkerLostError ? 'lost' : String(error)),
    );
  console.log(`idle: ${await hungry()}`);
  const others = [
    pool.map(
      square,
      Array.from({ length: 10 }, (_, x) => x),
      { chunksize: 1 },
    ),
    hungry(),
    pool.map(square, [5, 5, 5, 5, 5, 5], { chunksize: 1 }),
  ] as const;
  const [before, outcome, behind] = await Promise.all(others);
  console.log(`busy: ${outcome}, ${[...before, ...behind].reduce((sum, x) => sum + x, 0)}`);
  const fromCallback = await new Promise((resolve) => pool.applyAsync(square, [1], { callback: () => resolve(hungry()) }));
  console.log(`callback: ${fromCallback}`);
  pool.close();
  await pool.join();
}
