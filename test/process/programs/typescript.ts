/** Run from its source, by a loader. */
import { isMain, Pool, Process } from 'multiproc';

export function say(word: string): void {
  console.log(word, process.execArgv.length);
}

export function double(number: number): number {
  return 2 * number;
}

if (isMain(import.meta)) {
  console.log(await new Process({ target: say, args: ['hello'] }).start().join());
  const pool = new Pool(1);
  console.log(await pool.map(double, [1, 2]));
  pool.terminate();
  await pool.join();
}
