/** Tasks of the pools of managers. */
import { taskContext } from 'multiproc';
import type { ListProxy, PoolProxy } from 'multiproc/managers';

export function twice(n: number): number {
  return 2 * n;
}

export function failOnOdd(n: number): number {
  if (n % 2 === 1) throw new RangeError(`${n} is odd`);
  return n;
}

export async function napFor(ms: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return ms;
}

export async function stepByStep(steps: number): Promise<void> {
  for (let i = 1; i <= steps; i++) {
    taskContext().progress(i, steps);
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
}

export function unsendableOnThree(n: number): unknown {
  return n === 3 ? () => n : n;
}

/** Notes that it runs, and does so for a while. */
export async function note([started, ms]: readonly [ListProxy<number>, number]): Promise<void> {
  await started.push(ms);
  await napFor(ms);
}

/** Takes a result, says so by -1, and lives on. */
export async function consumeSome(pool: PoolProxy, started: ListProxy<number>): Promise<void> {
  const results = pool.imap(napFor, [1, 60_000, 60_000, 60_000]);
  await results.next();
  await started.push(-1);
  await results.next();
}
