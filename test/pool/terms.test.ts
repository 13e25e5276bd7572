/** What a call says about its tasks: bad options are refused at the call, and random terms under random kills leave each task with one outcome. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AsyncResult, CancelledError, Pool, TimeoutError, WorkerLostError } from 'multiproc';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { assertWorks, children, closeSoundly, within } from './support.js';
import { square, squareLater } from './tasks.js';
import { killSelf } from './tasks_faults.js';
import { busy } from './tasks_terms.js';

const methods = ['apply', 'applyAsync', 'map', 'mapAsync', 'starmap', 'starmapAsync', 'imap', 'imapUnordered'] as const;

test('bad options are refused at the call, by name', async () => {
  const pool = new Pool(1);
  const bad: [options: unknown, name: 'TypeError' | 'RangeError', message: RegExp][] = [
    [5, 'TypeError', /options must be an object/],
    [null, 'TypeError', /options must be an object/],
    [{ timeout: '5' }, 'TypeError', /^timeout must be a number of milliseconds, not string/],
    [{ timeout: null }, 'TypeError', /^timeout must/],
    [{ timeout: 0 }, 'RangeError', /^timeout must be more than 0/],
    [{ timeout: -1 }, 'RangeError', /^timeout must/],
    [{ timeout: Number.NaN }, 'RangeError', /^timeout must/],
    [{ timeout: 2 ** 31 }, 'RangeError', /^timeout must/],
    [{ signal: {} }, 'TypeError', /^signal must be an AbortSignal, not object/],
    [{ signal: null }, 'TypeError', /^signal must be an AbortSignal, not null/],
    [{ signal: new AbortController() }, 'TypeError', /controller\.signal/],
    [{ retries: '1' }, 'TypeError', /^retries must be a number of tries, not string/],
    [{ retries: -1 }, 'RangeError', /^retries must be a whole number of at least 0, not -1/],
    [{ retries: 1.5 }, 'RangeError', /^retries must/],
    [{ backoff: -1 }, 'RangeError', /^backoff must be 0 to/],
    [{ backoff: Infinity }, 'RangeError', /^backoff must/],
    [{ backoff: '5' }, 'TypeError', /^backoff must be a number of milliseconds, or a function/],
    [{ priority: 'high' }, 'TypeError', /^priority must be a number, higher first, not string/],
    [{ priority: Number.NaN }, 'RangeError', /^priority is NaN/],
  ];
  for (const method of methods) {
    const call = pool[method].bind(pool) as (...args: unknown[]) => unknown;
    for (const [options, name, message] of bad)
      assert.throws(() => call(square, [[1]], options), { name, code: 'ERR_MULTIPROC_ARGUMENT', message }, method);
  }
  for (const retries of [-1, 0.5, Number.NaN])
    assert.throws(() => new Pool({ retries }), { name: 'RangeError', message: /^retries/ });
  assert.throws(() => new Pool({ retries: '1' as never }), TypeError);
  assert.deepEqual(
    await pool.map(square, [2], { timeout: 5e4, retries: Infinity, backoff: () => 1, priority: -Infinity, signal: undefined }),
    [4],
  );
  await assertWorks(pool);
  await closeSoundly(pool);
});

interface Call {
  readonly what: 'square' | 'later' | 'busy' | 'kill' | 'map' | 'imap';
  readonly timeout: number | undefined;
  readonly retries: number | undefined;
  readonly priority: number | undefined;
  readonly cancel: 'at once' | 'later' | 'by signal' | undefined;
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const calls = fc.array(
  fc.record({
    what: fc.constantFrom<Call['what'][]>('square', 'later', 'busy', 'kill', 'map', 'imap'),
    timeout: maybe(fc.constantFrom(1, 5, 20, 10_000)),
    retries: maybe(fc.nat({ max: 2 })),
    priority: maybe(fc.integer({ min: -1, max: 1 })),
    cancel: maybe(fc.constantFrom<NonNullable<Call['cancel']>[]>('at once', 'later', 'by signal')),
  }),
  { minLength: 5, maxLength: 40 },
);

/** How often a promise came to what it may come to. */
async function outcomeOf(promise: PromiseLike<unknown>, expected: unknown, call: Call): Promise<void> {
  try {
    assert.deepEqual(await promise, expected);
    assert.notEqual(call.what, 'kill');
  } catch (error) {
    const isExpected =
      error instanceof WorkerLostError ||
      (error instanceof TimeoutError && call.timeout !== undefined) ||
      ((error instanceof CancelledError || error === 'aborted') && call.cancel !== undefined);
    assert.ok(isExpected, String(error));
  }
}

async function play(list: readonly Call[]): Promise<void> {
  const pool = new Pool(2);
  const settled: Promise<void>[] = [];
  // Three that die before they are ready would break the pool.
  let kills = 2;
  for (const call of list) {
    const controller = new AbortController();
    const { timeout, retries, priority } = call;
    const options = {
      timeout,
      retries,
      priority,
      chunksize: 3,
      signal: call.cancel === 'by signal' ? controller.signal : undefined,
    };
    const numbers = [1, 2, 3, 4, 5, 6, 7];
    let result: AsyncResult<unknown> | undefined;
    if (call.what === 'imap') {
      const results = pool.imap(squareLater, numbers, options);
      for (const x of numbers)
        settled.push(
          outcomeOf(
            results.next().then((next) => (next.done ? x * x : next.value)),
            x * x,
            call,
          ),
        );
    } else {
      result =
        call.what === 'map'
          ? pool.map(square, numbers, options)
          : call.what === 'kill'
            ? pool.apply(killSelf, [], options)
            : pool.apply(
                (call.what === 'square' ? square : call.what === 'later' ? squareLater : busy) as typeof square,
                [3],
                options,
              );
      const expected = call.what === 'map' ? numbers.map(square) : call.what === 'busy' ? 3 : 9;
      settled.push(outcomeOf(result, expected, call));
    }
    if (call.cancel === 'at once') result?.cancel();
    else if (call.cancel === 'later') setTimeout(() => result?.cancel(), 3);
    else if (call.cancel === 'by signal') setTimeout(() => controller.abort('aborted'), 5);
    if (call.retries === 1) {
      const pids = children();
      if (pids.length > 0 && call.priority === 1 && kills-- > 0) process.kill(pids[0], 'SIGKILL');
      await new Promise(setImmediate);
    }
  }
  await within(Promise.all(settled), 'all tasks to settle', 30_000);
  pool.close();
  await within(pool.join(), 'join()', 30_000);
  assert.deepEqual(fsck(session()), []);
  assert.deepEqual(children(), []);
}

test('random terms, cancelling and kills: each task comes to one of the outcomes that it may have', async () => {
  await fc.assert(
    fc.asyncProperty(calls, (list) => play(list)),
    {
      numRuns: Number(process.env.POOL_RUNS ?? 5),
      seed: process.env.POOL_SEED === undefined ? undefined : Number(process.env.POOL_SEED),
      endOnFailure: true,
      interruptAfterTimeLimit: 60_000,
    },
  );
});
