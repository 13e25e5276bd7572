/** Results of quick tasks reach the caller also when the worker goes on to a long one at once, and once only. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Event, Pool, WorkerLostError } from 'multiproc';
import { closeSoundly, failure, within } from './support.js';
import { blockUntil, identity, numberOrEvent, pid } from './tasks.js';

const ROUNDS = 60;

test('quick tasks before one that blocks: their results do not wait for it', async () => {
  const pool = new Pool(1);
  await pool.apply(pid);
  for (let round = 0; round < ROUNDS; round++) {
    const end = new Event();
    const quick = Array.from({ length: 1 + (round % 7) }, (_, i) => pool.apply(identity, [i]));
    const long = pool.apply(blockUntil, [end]);
    // Else nobody ends the long one.
    assert.deepEqual(await within(Promise.all(quick), 'the quick ones'), [...quick.keys()]);
    assert.equal(long.ready(), false);
    end.set();
    await within(long, 'the long one');
  }
  await closeSoundly(pool);
});

test('the same by imap', async () => {
  const pool = new Pool(1);
  await pool.apply(pid);
  for (let round = 0; round < ROUNDS; round++) {
    const end = new Event();
    const items = [...Array(1 + (round % 7)).keys(), end];
    const results = pool.imap(numberOrEvent, items);
    for (let i = 0; i < items.length - 1; i++)
      assert.deepEqual(await within(results.next(), 'a quick one'), { done: false, value: i });
    end.set();
    await within(results.next(), 'the long one');
    assert.equal((await results.next()).done, true);
  }
  await closeSoundly(pool);
});

test('the worker is killed at the long one: the quick ones have their results, the long one is lost, what is behind it runs elsewhere', async () => {
  const pool = new Pool(1);
  for (let round = 0; round < 8; round++) {
    const worker = await pool.apply(pid);
    const begun = new Event();
    const end = new Event();
    const quick = Array.from({ length: 1 + round }, (_, i) => pool.apply(identity, [i]));
    const long = pool.apply(blockUntil, [end, begun]);
    const behind = pool.apply(identity, ['behind']);
    // Killed before or after they were looked at.
    if (round % 2 === 0) await within(Promise.all(quick), 'the quick ones');
    else await within(quick[0], 'the first');
    await begun.wait();
    process.kill(worker, 'SIGKILL');
    assert.ok((await within(failure(long), 'the long one')) instanceof WorkerLostError);
    assert.deepEqual(await Promise.all(quick), [...quick.keys()]);
    assert.equal(await within(behind, 'the one behind'), 'behind');
  }
  await closeSoundly(pool);
});
