/** The program that all kinds of bundle run. */
import { getContext, isMain, Lock, Pool, Process, Queue } from '#dist/index.js';
import { struct, Value } from '#dist/sharedctypes.js';
import { nest, Report, say, square, TooBig, work } from './tasks.js';

export const functions = { nest, Report, say, square, TooBig, work, fill };

function fill(value: any): void {
  value.x = 2.5;
}

export async function main(): Promise<void> {
  console.log('isMain', isMain(import.meta));
  await processes();
  await warm();
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

async function warm(): Promise<void> {
  const { Process, Queue } = getContext('warm');
  const queue = new Queue<string>();
  for (const text of ['from a first', 'from a second']) {
    const child = new Process({ target: say, args: [queue, text] }).start();
    console.log(await queue.get(), 'exit code', await child.join());
  }
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
