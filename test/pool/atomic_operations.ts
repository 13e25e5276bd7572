/** Workers that die at the Nth atomic operation after a task has armed it (die_at.ts, which whoever imports this has preloaded in workers). */
import assert from 'node:assert/strict';
import { WorkerLostError } from 'multiproc';
import { repetitions } from '../support/repetitions.js';
import { linesOf, within } from './support.js';

process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --import=${new URL('./die_at.js', import.meta.url)}`;

/**
 * All N take half a minute and more: POOL_KILL_STEP=1 and the soak test do them, by default every tenth from a random start, and the others until one `isEnough`: only some deaths cost a task,
 * and a test in which none does would show nothing.
 */
const step = Number(process.env.POOL_KILL_STEP ?? repetitions(10, 1));
export function* operations(last: number, isEnough: () => boolean): Generator<number> {
  const start = Math.floor(Math.random() * step);
  for (let pass = 0; pass < step && !(pass > 0 && isEnough()); pass++)
    for (let n = 1 + ((start + pass) % step); n <= last; n += step) yield n;
}

export const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
export type Settled = { value: unknown } | { error: unknown };
export const settled = (promise: PromiseLike<unknown>): Promise<Settled> =>
  within(
    promise.then(
      (value) => ({ value }),
      (error) => ({ error }),
    ),
    'a task to settle',
  );

/** One of the tasks is lost, at the most; each of the others ran once. */
export function check(
  results: readonly Settled[],
  expected: readonly unknown[],
  file: string,
  names: readonly unknown[],
): number {
  const runs = linesOf(file);
  let losses = 0;
  results.forEach((result, i) => {
    const count = runs.filter((line) => line === String(names[i])).length;
    if ('value' in result) {
      assert.deepEqual(result.value, expected[i]);
      assert.equal(count, 1, `runs of ${names[i]}`);
      return;
    }
    assert.ok(result.error instanceof WorkerLostError, String(result.error));
    assert.ok(count <= 1, `runs of ${names[i]}, which was lost`);
    losses++;
  });
  assert.ok(losses <= 1, `${losses} tasks are lost`);
  return losses;
}
