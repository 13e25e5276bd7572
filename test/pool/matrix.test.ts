/**
 * The matrix of faults: each fault in each situation. Whatever it is, its task alone fails, once and with the right error; what is beside it gives its
 * results, and the pool has as many workers as before. One pool serves a whole column.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Pool } from 'multiproc';
import { FAULTS } from './matrix_rows.js';
import { SITUATIONS } from './matrix_situations.js';
import { assertWorks, closeSoundly, within } from './support.js';
import { Balance, workers } from './watch.js';

const WORKERS = 2;
/** POOL_MATRIX=full: every fault in every situation. */
const isFull = process.env.POOL_MATRIX === 'full';
const staff = workers();
const balance = new Balance();
before(() => balance.begin());
after(() => balance.check());

for (const situation of SITUATIONS) {
  test(situation.name, async (t) => {
    const pool = new Pool(WORKERS);
    for (const fault of FAULTS.filter(({ isBasic }) => isBasic || situation.isThorough || isFull)) {
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
    await closeSoundly(pool);
    assert.equal(staff.alive.size, 0);
  });
}
