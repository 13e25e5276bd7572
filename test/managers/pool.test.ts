/** The pool of a manager: callbacks and progress at the client, results that can be asked, and input that is read as it is wanted. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Manager, Process } from 'multiproc';
import type { PoolProxy } from 'multiproc/managers';
import { sweepCollected } from '#dist/memory/collected.js';
import { within } from '../support/within.js';
import { consumeSome, failOnOdd, napFor, note, stepByStep, twice, unsendableOnThree } from './pool_tasks.js';
import { until } from './support.js';

const m = await Manager();
after(() => m.shutdown());
const pool: PoolProxy = await m.Pool(2);
const reason = new RangeError('enough');

async function settled<T>(results: AsyncIterator<T>): Promise<unknown[]> {
  const all: unknown[] = [];
  for (;;) {
    try {
      const { done, value } = await within(results.next(), `result ${all.length}`);
      if (done) return all;
      all.push(value);
    } catch (error) {
      all.push(`${(error as Error).name}: ${(error as Error).message}`);
    }
  }
}

test('results can be asked, and callbacks run here, before who awaits goes on', async () => {
  const order: unknown[] = [];
  const callback = (value: unknown): void => void order.push(value);
  const result = pool.applyAsync(twice, [4], { callback });
  assert.equal(result.ready(), false);
  assert.throws(() => result.successful(), { name: 'ProcessError' });
  order.push(`awaited ${await result}`);
  assert.deepEqual([result.ready(), result.successful(), await result.get()], [true, true, 8]);
  await pool.mapAsync(twice, [1, 2], { callback });
  await pool.starmapAsync(
    Math.max,
    [
      [1, 2],
      [4, 3],
    ],
    { callback },
  );
  assert.deepEqual(order, [8, 'awaited 8', [2, 4], [2, 4]]);
  // It counts as looked at.
  const failed = await new Promise<any>((errorCallback) => pool.applyAsync(failOnOdd, [1], { errorCallback, callback }));
  assert.match(failed.message, /1 is odd/);
  const slow = pool.apply(napFor, [60_000]);
  assert.deepEqual([await slow.wait({ timeout: 1 }), slow.cancel(reason), slow.cancel()], [false, true, false]);
  await assert.rejects(slow, reason);
  const other = pool.apply(napFor, [60_000]);
  other.cancel();
  await assert.rejects(other, { name: 'CancelledError', message: /^napFor\(\) was cancelled/ });
  assert.throws(() => pool.apply(twice, [1]).getSync(), { name: 'DeadlockError' });
  let isClosed = false;
  const endless = (async function* (): AsyncGenerator<number> {
    try {
      for (;;) yield await turn(1);
    } finally {
      isClosed = true;
    }
  })();
  const never = pool.map(twice, endless);
  never.cancel();
  await until(async () => isClosed, true, 'the input of a cancelled map closed');
  // Its workers are there again.
  assert.deepEqual(await within(pool.map(twice, [1, 2, 3]), 'the workers'), [2, 4, 6]);
});

test('progress is told here: of a call, a list, and a stream, the last event before the result', async () => {
  const calls: [string, (progress: (event: any) => void) => PromiseLike<unknown>, number][] = [
    ['apply', (progress) => pool.apply(stepByStep, [3], { progress }), 1],
    ['map', (progress) => pool.map(twice, [1, 2, 3], { progress }), 3],
    ['imap', (progress) => settled(pool.imap(twice, [1, 2, 3, 4], { progress })), 4],
    ['fails', (progress) => pool.map(failOnOdd, [1, 2], { progress }).catch(() => {}), 2],
  ];
  for (const [name, call, total] of calls) {
    const events: any[] = [];
    const told = Promise.withResolvers?.() ?? deferredTold();
    const result = call((event) => {
      events.push(event);
      if (event.last) told.resolve(undefined);
    });
    await within(result as Promise<unknown>, name);
    // A stream's last event may come when its last result was taken.
    if (name === 'imap') await within(told.promise, 'the last event');
    const last = events.at(-1);
    assert.deepEqual([last.last, last.done, last.total, last.failed], [true, total, total, name === 'fails' ? 1 : 0], name);
    assert.ok(events.slice(0, -1).every((event) => !event.last && event.done <= total) && Object.isFrozen(last));
  }
  await assert.rejects(pool.apply(twice, [1], { progress: 3 as never }), { name: 'TypeError', message: /progress must be/ });
  // A call that was refused has told nothing, and nobody waits for it.
  await assert.rejects(pool.apply(twice, [1], { timeout: -1, progress: () => assert.fail() }), {
    name: 'RangeError',
    message: /timeout/,
  });
});

function deferredTold() {
  let resolve!: (value: unknown) => void;
  const promise = new Promise<unknown>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

test('an endless input is read as far as it is wanted, and closed when the loop is left', async () => {
  for (const isAsync of [false, true]) {
    let read = 0;
    let isClosed = false;
    function* naturals(): Generator<number> {
      try {
        for (;;) yield read++;
      } finally {
        isClosed = true;
      }
    }
    async function* later(): AsyncGenerator<number> {
      for (const n of naturals()) {
        if (n % 10 === 0) await turn();
        yield n;
      }
    }
    const results: number[] = [];
    for await (const n of pool.imap(twice, isAsync ? later() : naturals())) if (results.push(n) === 500) break;
    assert.deepEqual(
      results,
      Array.from({ length: 500 }, (_, i) => 2 * i),
    );
    assert.ok(read >= 500 && read < 2500, `${read} were read`);
    await until(async () => isClosed, true, 'the input closed');
  }
  // Who takes nothing has only so much read.
  let read = 0;
  const results = pool.imap(
    twice,
    (function* () {
      for (;;) yield read++;
    })(),
  );
  let before = -1;
  while (before !== read) {
    before = read;
    for (let i = 0; i < 5; i++) await pool.stats();
  }
  assert.ok(read < 1500, `${read} were read`);
  await results.return!();
  assert.deepEqual(await results.next(), { done: true, value: undefined });
});

test('slow input: what is there is done at once; results in the order of the items, or as they come', async () => {
  const gates = [deferredTold(), deferredTold()];
  async function* gated(): AsyncGenerator<number> {
    yield 1;
    await gates[0].promise;
    yield 2;
    await gates[1].promise;
  }
  const results = pool.imap(twice, gated());
  assert.equal((await within(results.next(), 'the first')).value, 2);
  await assert.rejects(results.next({ timeout: 5 }), { name: 'TimeoutError' });
  gates[0].resolve(undefined);
  assert.equal((await within(results.next(), 'the second')).value, 4);
  gates[1].resolve(undefined);
  assert.deepEqual(await settled(results), []);
  const unordered = await settled(pool.imapUnordered(napFor, [300, 1]));
  assert.deepEqual(unordered, [1, 300]);
  assert.deepEqual(
    await settled(pool.imapUnordered(twice, new Set([1, 2, 3]), { chunksize: 2 })).then((all) => all.sort()),
    [2, 4, 6],
  );
  for (const nothing of [[], new Set<number>(), (async function* (): AsyncGenerator<number> {})()])
    assert.deepEqual(await settled(pool.imap(twice, nothing)), []);
  assert.deepEqual(await pool.map(twice, gated()).wait({ timeout: 20_000 }), true);
});

test('errors in their places: of a task, of a result, of an item, of the input', async () => {
  const odd = (n: number): string => `RangeError: ${n} is odd`;
  assert.deepEqual(await settled(pool.imap(failOnOdd, [0, 1, 2, 3])), [0, odd(1), 2, odd(3)]);
  const got = await settled(pool.imap(unsendableOnThree, [1, 2, 3, 4, 5]));
  assert.deepEqual([got.length, got[1], got[3]], [5, 2, 4]);
  assert.match(String(got[2]), /^MaybeEncodingError: .*result/);
  function* failing(): Generator<number> {
    yield 1;
    yield 2;
    throw reason;
  }
  for (const method of ['imap', 'imapUnordered'] as const)
    assert.deepEqual((await settled(pool[method](twice, failing()))).sort(), [2, 4, 'RangeError: enough']);
  const items = [1, 2, () => 3, 4] as number[];
  const cut = await settled(pool.imap(twice, items));
  assert.deepEqual(cut.slice(0, 2), [2, 4]);
  assert.match(String(cut[2]), /^SerializationError: /);
  assert.equal(cut.length, 3);
  await assert.rejects(pool.map(twice, failing()), reason);
  await assert.rejects(pool.map(twice, 3 as never), { name: 'TypeError', message: /pool\.map\(\) needs an array/ });
  assert.throws(() => pool.imap(twice, 3 as never), { name: 'TypeError' });
  assert.throws(() => pool.imap(3 as never, []), { name: 'TypeError', message: /needs a function/ });
  await assert.rejects(pool.imap(twice, [1], { chunksize: 0 }).next(), { name: 'RangeError', message: /chunksize/ });
});

test('return, an abort, garbage and a kill give up what is not done', async () => {
  const started = await m.list<number>();
  const running = async (): Promise<number> => started.length();
  // Two run, the others wait.
  const results = pool.imap(
    note,
    Array.from({ length: 100 }, () => [started, 60_000] as const),
  );
  await until(running, 2, 'running tasks');
  const controller = new AbortController();
  const others = pool.imap(twice, [1, 2, 3], { signal: controller.signal });
  const next = assert.rejects(others.next(), reason);
  controller.abort(reason);
  await within(next, 'the abort');
  assert.deepEqual(await others.next(), { done: true, value: undefined });
  await results.return!();
  const ended = new AbortController();
  const again = pool.imap(note, [[started, 60_000]], { signal: ended.signal });
  ended.abort();
  await assert.rejects(again.next(), { name: 'AbortError' });
  await pool.resize(4);
  assert.equal(await within(pool.apply(twice, [2]), 'a worker'), 4);
  assert.equal(await started.length(), 2);
  // Nobody has these any more.
  (() =>
    void pool.imap(
      note,
      Array.from({ length: 50 }, () => [started, 20] as const),
    ))();
  const objects = async (): Promise<boolean> => {
    sweepCollected();
    return /: results/.test(await m.debugInfo());
  };
  await until(objects, false, 'results that nobody has');
  const client = new Process({ target: consumeSome, args: [pool, started], daemon: true }).start();
  await until(async () => (await started.at(-1)) === -1, true, 'a client that takes results');
  client.kill();
  await until(objects, false, 'results of the dead');
  await pool.terminate();
  await pool.join();
});

test('a pool that is terminated, or a manager that is gone, ends the iteration', async () => {
  const own = await Manager();
  const short = await own.Pool(1);
  const results = short.imap(napFor, [1, 60_000, 1]);
  assert.equal((await within(results.next(), 'the first')).value, 1);
  await short.terminate();
  await assert.rejects(results.next(), { name: 'PoolTerminatedError' });
  const late = (await own.Pool(1)).imap(napFor, [60_000]);
  const gone = assert.rejects(late.next(), { name: 'ManagerGoneError' });
  await own.shutdown();
  await within(gone, 'the end of the iteration');
  assert.deepEqual(await late.next(), { done: true, value: undefined });
});
