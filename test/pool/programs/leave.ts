/**
 * Leaves its pool open and ends, as it is told: `leave <situation> <end>`. First it prints the pid of its worker.
 * Situations: idle, busy (tasks run and wait), callback (of a task, while others run and wait). Ends: see ENDS.
 */
import { writeSync } from 'node:fs';
import { isMain, Pool } from 'multiproc';
import { pid, square, squareLater } from '../tasks.js';
import { Mishap, perform } from '../tasks_matrix.js';

const ENDS: Readonly<Record<string, (pool: Pool) => void>> = {
  kill: () => process.kill(process.pid, 'SIGKILL'),
  abort: () => process.abort(),
  exit: () => process.exit(3),
  throw: () => {
    throw new EvalError('the program is at its end');
  },
  encode: (pool) => void pool.apply<[Mishap], unknown>(perform, [new Mishap('argument encoded', 'exit')]),
  decode: (pool) => void pool.apply<[Mishap], unknown>(perform, [new Mishap('result decoded', 'exit')]),
  drain: () => {},
};

if (isMain(import.meta)) {
  const [situation, how] = process.argv.slice(2);
  const pool = new Pool(1);
  writeSync(1, `${await pool.apply(pid)}\n`);
  const end = (): void => ENDS[how](pool);
  if (situation === 'callback') pool.applyAsync(square, [1], { callback: end });
  if (situation !== 'idle') {
    const items = Array.from({ length: 50 }, (_, x) => x);
    const sum = (values: number[]): number => values.reduce((total, x) => total + x, 0);
    pool.map(squareLater, items, { chunksize: 1 }).then((values) => writeSync(1, `${sum(values)}\n`));
  }
  if (situation !== 'callback') end();
}
