/** 100,000 tasks wait: what is done to them takes no time that grows with the square of their number. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CancelledError, Pool, PoolTerminatedError } from 'multiproc';
import { held } from './held.js';
import { assertWorks, closeSoundly, failure, within } from './support.js';
import { square } from './tasks.js';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

test('100,000 tasks in the queue: one is cancelled, then all by one signal; close() and terminate()', async () => {
  const pool = new Pool(1);
  const { event, holding } = await held(pool);
  const controller = new AbortController();
  const results = range(100_000).map(() => pool.apply(square, [2], { signal: controller.signal }));
  results[50_000].cancel();
  assert.ok((await failure(results[50_000])) instanceof CancelledError);
  const single = range(5000).map(() => pool.apply(square, [3]));
  // One in each turn of the event loop: none of them may cost as much as the queue is long.
  for (const [i, result] of single.entries()) {
    result.cancel();
    if (i % 2) await new Promise(setImmediate);
  }
  controller.abort();
  const outcomes = await within(Promise.allSettled(results), 'all tasks');
  assert.ok(outcomes.every(({ status }) => status === 'rejected'));
  event.set();
  await holding;
  await assertWorks(pool);
  await closeSoundly(pool);
  for (const end of ['close', 'terminate'] as const) {
    const ending = new Pool(1);
    const busy = await held(ending);
    const many = Promise.allSettled(range(end === 'close' ? 10_000 : 100_000).map(() => ending.apply(square, [2])));
    const holding = Promise.allSettled([busy.holding]);
    ending[end]();
    busy.event.set();
    await within(ending.join(), 'join()');
    const settled = [...(await holding), ...(await many)];
    if (end === 'close') assert.ok(settled.every(({ status }) => status === 'fulfilled'));
    else assert.ok(settled.every((one) => one.status === 'fulfilled' || one.reason instanceof PoolTerminatedError));
  }
});
