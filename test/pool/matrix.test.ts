/**
 * The matrix of faults: each fault in each situation. Whatever it is, its task alone fails, once and with the right error; what is beside it gives its
 * results, and the pool has as many workers as before. One pool serves them all.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Pool } from 'multiproc';
import { FAULTS, type Fault } from './matrix_rows.js';
import { SITUATIONS, type Situation } from './matrix_situations.js';
import { assertWorks, closeSoundly, within } from './support.js';
import { Balance, workers } from './watch.js';

const WORKERS = 2;
/** POOL_MATRIX=full, and the soak test: every fault in every situation. */
const isFull = process.env.POOL_MATRIX === 'full' || process.env.MULTIPROC_SOAK !== undefined;
const staff = workers();
const balance = new Balance();
let pool: Pool;

before(async () => {
  await balance.begin();
  pool = new Pool(WORKERS);
});
after(async () => {
  await closeSoundly(pool);
  await balance.check();
});

/** Idle all, and each of the others in one more situation of those that are thorough: what a death costs does not depend on how it came. */
function faultsFor(situation: Situation): Fault[] {
  const isFirst = situation === SITUATIONS[0];
  const thorough = SITUATIONS.filter(({ isThorough }) => isThorough).slice(1);
  return FAULTS.filter(
    ({ met, place }, i) =>
      isFull ||
      isFirst ||
      met === 'everywhere' ||
      (met === 'thoroughly' && situation === thorough[i % thorough.length]) ||
      // A chunk that cannot be decoded is a matter of its own.
      (situation.decodings === 2 && place === 'argument decoded' && met === 'thoroughly'),
  );
}

for (const situation of SITUATIONS) {
  test(situation.name, async (t) => {
    for (const fault of faultsFor(situation)) {
      await t.test(fault.name, async () => {
        const before = staff.exits;
        const { told, neighbours } = await within(situation.run(pool, fault), 'all tasks to settle');
        assert.equal(told.length, 1, 'times that the faulty task was told of');
        assert.ok('error' in told[0], 'it has failed');
        fault.check(told[0].error);
        for (const [actual, expected] of neighbours) assert.deepEqual(actual, expected);
        await assertWorks(pool);
        assert.equal(staff.alive.size, WORKERS, 'workers');
        const costs = fault.place === 'argument decoded' ? (situation.decodings ?? 1) : 1;
        assert.equal(staff.exits - before, fault.isDeadly ? costs : 0, 'workers lost');
      });
    }
  });
}
