/** The program that all kinds of bundle run. */
import { isMain, Lock, Pool, Process, Queue } from '#dist/index.js';
import { struct, Value } from '#dist/sharedctypes.js';
import { nest, Report, say, square, TooBig, work } from './tasks.js';

export const functions = { nest, Report, say, square, TooBig, work, fill };

function fill(value: any): void {
  value.x = 2.5;
}

export async function main(): Promise<void> {
  console.log('isMain', isMain(import.meta));
  await processes();
  await pool();
}

async function processes(): Promise<void> {
  const queue = new Queue<any>();
  const worker = new Process({ target: work, args: [new Lock(), queue, new Report(21), square] }).start();
  console.log(await queue.get());
  const report = await queue.get();
  console.log(report instanceof Report, report.value, 'exit code', await worker.join());
  const parent = new Process({ target: nest, args: [queue] }).start();
  console.log(await queue.get(), await queue.get(), await queue.get(), 'exit code', await parent.join());
  const value = new Value(struct({ x: 'd' }));
  console.log('exit code', await new Process({ target: fill, args: [value] }).start().join(), value.x);
  console.log(String(new Process({ name: 'Bob' })).replace(String(process.pid), 'PID'));
}

async function pool(): Promise<void> {
  const pool = new Pool(2);
  try {
    console.log(await pool.map(square, [1, 2, 3]), await pool.apply(Math.max, [4, 5]));
    const error = await pool.apply(square, [1000]).catch((error) => error);
    console.log(error instanceof TooBig, error.message, error.limit);
  } finally {
    await pool.terminate();
  }
}
