/** Plays of the machine: `npm test` has a few, the soak many. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { getContext, type PoolOptions } from 'multiproc';
import { Machine, type Model } from './machine.js';
import { COMMANDS } from './machine_commands.js';
import type { Staff } from './watch.js';

export interface Plan {
  readonly runs: number;
  readonly length: number;
  /** ms after which no play begins. */
  readonly limit: number;
  readonly methods: readonly ('spawn' | 'warm')[];
}

/** POOL_SEED plays the same again, and POOL_RUNS as many as it says. Returns how many there were, and of how many tasks. */
export async function play(staff: Staff, { runs, length, limit, methods }: Plan): Promise<{ plays: number; tasks: number }> {
  const seed = process.env.POOL_SEED === undefined ? undefined : Number(process.env.POOL_SEED);
  const end = performance.now() + limit;
  let plays = 0;
  let tasks = 0;
  const property = fc.asyncProperty(
    fc.commands(COMMANDS, { maxCommands: length, size: 'max' }),
    fc.constantFrom(...methods),
    fc.integer({ min: 1, max: 3 }),
    fc.constantFrom<PoolOptions>({}, {}, { maxTasksPerChild: 4 }, { maxAgePerChild: 200 }),
    fc.constantFrom(1, 1, 3),
    async (commands, method, processes, limits, concurrency) => {
      // Not fast-check's own limit, which abandons a play in the middle.
      if (performance.now() > end) return;
      plays++;
      const { Pool } = getContext(method);
      const machine = new Machine(new Pool({ processes, concurrency, ...limits }), staff, concurrency);
      const model: Model = { state: 'running' };
      try {
        await fc.asyncModelRun(() => ({ model, real: machine }), commands);
        await machine.finish();
      } finally {
        machine.resume();
        machine.pool.terminate();
        await machine.pool.join();
      }
      tasks += machine.ledger.size;
    },
  );
  await fc.assert(property, {
    numRuns: Number(process.env.POOL_RUNS ?? runs),
    seed,
    endOnFailure: true,
  });
  assert.ok(plays > 0 && tasks > 0);
  return { plays, tasks };
}
