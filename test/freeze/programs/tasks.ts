/** What the processes of the bundled programs are given. */
import { isMain, type Lock, Pool, Process, type Queue } from '#dist/index.js';

export class TooBig extends Error {
  readonly limit: number;
  constructor(limit: number) {
    super(`more than ${limit}`);
    this.limit = limit;
  }
}

export class Report {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
  twice(): number {
    return 2 * this.value;
  }
}

export function square(n: number): number {
  if (n > 100) throw new TooBig(100);
  return n * n;
}

export async function work(lock: Lock, queue: Queue<unknown>, report: Report, apply: typeof square): Promise<void> {
  await lock.runExclusive(() => queue.put(`twice ${report.twice()}, isMain ${isMain(import.meta)}, argv ${process.argv[2]}`));
  await queue.put(new Report(apply(7)));
  process.exitCode = 3;
}

/** A process of a process, and a pool of its own. */
export async function nest(queue: Queue<unknown>): Promise<void> {
  const child = new Process({ target: say, args: [queue, 'from the child of the child'] }).start();
  await queue.put(await child.join());
  const pool = new Pool(1);
  try {
    await queue.put(await pool.map(square, [5, 6]));
  } finally {
    await pool.terminate();
  }
}

export function say(queue: Queue<unknown>, text: string): void {
  queue.putSync(text);
}
