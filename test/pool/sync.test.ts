/** Calls that block the thread. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Barrier,
  DeadlockError,
  FunctionReferenceError,
  Pool,
  PoolTerminatedError,
  refs,
  SerializationError,
  TimeoutError,
  WorkerLostError,
} from 'multiproc';
import { closeSoundly, drain, failure, linesOf, newFile, program, sharedPool, within } from './support.js';
import { add, identity, meet, noteAndSquare, pid, square, squareLater } from './tasks.js';
import { killSelf } from './tasks_faults.js';
import { dieOnce, meetPerhaps, noteAndReturn } from './tasks_sync.js';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
const squares = range(100).map(square);

test('applySync, mapSync, starmapSync and imapSync give what the async forms give', async () => {
  const pool = new Pool(2);
  assert.equal(pool.applySync(square, [7]), 49);
  assert.equal(pool.applySync(squareLater, [7]), 49);
  for (const chunksize of [undefined, 1, 7]) {
    assert.deepEqual(pool.mapSync(square, range(100), { chunksize }), squares);
    assert.deepEqual(pool.mapSync(squareLater, new Set(range(20)), { chunksize }), squares.slice(0, 20));
    assert.deepEqual([...pool.imapSync(square, range(100), { chunksize })], squares);
  }
  assert.deepEqual(pool.starmapSync(add, [[1, 2] as const, [3, 4] as const]), [3, 7]);
  assert.deepEqual(pool.mapSync(square, []), []);
  assert.throws(() => pool.mapSync(identity, [1, Symbol('s')]), SerializationError);
  assert.equal(pool.apply(square, [3]).getSync(), 9);
  assert.equal(pool.apply(square, [3]).waitSync({ timeout: 60_000 }), true);
  assert.equal(pool.apply(squareLater, [3]).tryGet(), undefined);
  await closeSoundly(pool);
  assert.throws(() => pool.applySync(square, [1]), /closed/);
});

test('arguments that cannot be are named at the call', async () => {
  const pool = sharedPool(1);
  const later = (async function* () {})();
  assert.throws(() => pool.mapSync(square, later as never), /TypeError.*mapSync.*async iterable/);
  assert.throws(() => pool.imapSync(square, later as never), /TypeError.*imapSync.*async iterable/);
  assert.throws(() => pool.applySync(square, [1], { timeout: Number.NaN }), RangeError);
  assert.throws(() => pool.mapSync(square, [1], { timeout: '1' } as never), TypeError);
});

test('time runs out: what has not begun is not run, and the pool goes on', async () => {
  const pool = sharedPool(1);
  const barrier = new Barrier(2);
  const busy = pool.apply(meet, [barrier]);
  const file = newFile();
  const items = range(50).map((x): [string, number] => [file, x]);
  assert.throws(() => pool.mapSync(noteAndSquare, items, { chunksize: 1, timeout: 20 }), TimeoutError);
  assert.throws(() => pool.applySync(square, [1], { timeout: 0 }), TimeoutError);
  const results = pool.imapSync(square, [1, 2, 3]);
  assert.throws(() => results.next({ timeout: 10 }), TimeoutError);
  await barrier.wait();
  await busy;
  assert.deepEqual([...results], [1, 4, 9]);
  assert.deepEqual(linesOf(file), []);
});

test('async calls go on while the thread blocks, and none is lost', async () => {
  const pool = sharedPool(1);
  const all = pool.map(square, range(100), { chunksize: 1 });
  const one = pool.apply(square, [3]);
  const stream = pool.imap(square, range(1000));
  assert.equal(pool.applySync(square, [5]), 25);
  // One worker takes them in their order.
  assert.deepEqual([all.ready(), one.ready()], [true, true]);
  assert.deepEqual(await all, squares);
  assert.equal(await one, 9);
  for (let i = 0; i < 1000; i++) {
    assert.equal((await stream.next()).value, i * i);
    if (i % 100 === 0) assert.deepEqual(pool.mapSync(square, range(10)), squares.slice(0, 10));
  }
});

test('a worker that sits at a long task gives up what waits behind it', async () => {
  await using pool = new Pool(2);
  const barrier = new Barrier(2);
  // The first and the third meet, though the third was given to the worker that is at the first.
  pool.mapSync(meetPerhaps, [barrier, null, barrier, null], { chunksize: 1 });
});

test('a worker that is killed while the thread blocks is replaced, and costs its task alone', async () => {
  const pool = sharedPool(1);
  assert.throws(() => pool.applySync(killSelf), WorkerLostError);
  assert.equal(pool.applySync(square, [3]), 9);
  const file = newFile();
  const async = pool.map(square, range(20), { chunksize: 1 });
  assert.throws(
    () =>
      pool.starmapSync(
        dieOnce,
        range(10).map((x) => [file, x] as const),
        { chunksize: 2 },
      ),
    WorkerLostError,
  );
  assert.equal(async.ready(), true);
  assert.deepEqual(await async, squares.slice(0, 20));
  const other = newFile();
  const stream = pool.imapSync((await import('./tasks_faults.js')).killSelf, ['SIGKILL', 'SIGTERM']);
  assert.throws(() => stream.next(), WorkerLostError);
  assert.throws(() => stream.next(), WorkerLostError);
  assert.equal(stream.next().done, true);
  assert.equal(pool.applySync(noteAndReturn, [other, 1]), 1);
});

test('from callbacks it works; inside what the pool calls while it sends it is a DeadlockError', async () => {
  const pool = sharedPool(1);
  const callback = (value: number): void => void seen.push(value, pool.applySync(add, [value, 1]));
  const seen: number[] = [];
  await pool.applyAsync(square, [3], { callback });
  assert.deepEqual(seen, [9, 10]);
  await pool.applyAsync(killSelf, [], { errorCallback: () => seen.push(pool.applySync(square, [2])) }).catch(() => {});
  assert.deepEqual(seen, [9, 10, 4]);
  const getter = {
    get x() {
      return pool.applySync(square, [1]);
    },
  };
  assert.ok((await within(failure(pool.apply(identity, [getter])), 'the refusal')) instanceof DeadlockError);
  assert.throws(() => pool.applySync(identity, [getter]), DeadlockError);
  function* nested(): Generator<number> {
    for (let i = 0; i < 300; i++) yield pool.applySync(square, [i]);
  }
  assert.equal([...pool.imapSync(square, nested())].length, 300);
  assert.equal(pool.applySync(square, [3]), 9);
});

test('a result whose class must be imported first: required where that can be, else FunctionReferenceError, and nothing is lost', async () => {
  const pool = sharedPool(1);
  const plain = refs<typeof import('./unimported.js')>(new URL('./unimported.js', import.meta.url));
  const awaiting = refs<typeof import('./unimported_awaiting.js')>(new URL('./unimported_awaiting.js', import.meta.url));
  assert.equal((pool.applySync(plain.point, [3]) as { length(): number }).length(), 3);
  const held = pool.apply(awaiting.late);
  assert.throws(() => held.getSync(), FunctionReferenceError);
  assert.throws(() => pool.applySync(awaiting.late), FunctionReferenceError);
  const others = pool.map(square, range(10));
  const results = pool.imapSync(awaiting.late as () => { value: number }, [1, 2]);
  assert.throws(() => results.next(), FunctionReferenceError);
  assert.throws(() => results.next(), FunctionReferenceError);
  assert.deepEqual(pool.mapSync(square, range(10)), squares.slice(0, 10));
  assert.equal((await held).value, 1);
  assert.deepEqual(await others, squares.slice(0, 10));
  // Imported meanwhile.
  await pool.map(awaiting.late as () => unknown, [1, 2, 3]);
  assert.deepEqual(
    [...results].map(({ value }) => value),
    [1, 1],
  );
});

test('imapSync reads a window ahead, and return() gives up what has not begun', async () => {
  const pool = sharedPool(1);
  let read = 0;
  let isClosed = false;
  function* endless(): Generator<number> {
    try {
      for (;;) yield read++;
    } finally {
      isClosed = true;
    }
  }
  for (const value of pool.imapSync(square, endless())) if (value > 1_000_000) break;
  assert.ok(read <= 1002 + 512, `${read} items were read`);
  assert.equal(isClosed, true);
  function* failing(): Generator<number> {
    yield 1;
    throw new Error('no more');
  }
  const failed = pool.imapSync(square, failing());
  assert.equal(failed.next().value, 1);
  assert.throws(() => failed.next(), /no more/);
  assert.equal(failed.next().done, true);
});

test('return() gives up what has not been sent', async () => {
  const pool = sharedPool(1);
  const barrier = new Barrier(2);
  const busy = pool.apply(meet, [barrier]);
  const file = newFile();
  const noting = pool.imapSync(
    noteAndSquare,
    range(30).map((x): [string, number] => [file, x]),
  );
  noting.return?.();
  assert.deepEqual(noting.next(), { done: true, value: undefined });
  await barrier.wait();
  await busy;
  assert.equal(pool.applySync(square, [1]), 1);
  assert.deepEqual(linesOf(file), []);
});

test('what return() gives up is given up at once: a worker that wakes up meanwhile begins none of it', async () => {
  const pool = sharedPool(1);
  for (let i = 0; i < 300; i++) {
    const barrier = new Barrier(2);
    const file = newFile();
    const items = range(30).map((x): [string, number] => [file, x]);
    const busy = pool.apply(meet, [barrier]);
    // It has just been sent, or is just being begun.
    if (i % 2 === 0) pool.imapSync(noteAndSquare, items).return?.();
    else await pool.imap(noteAndSquare, items).return?.();
    barrier.waitSync();
    await busy;
    assert.deepEqual(linesOf(file), [], `round ${i}`);
  }
});

test('a program that never awaits, and a process of it', async () => {
  const { code, stdout, stderr } = await program('blocking').ended;
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(stdout, '49\n1 4 9\n3\nWorkerLostError\n16 25 36\nin a process: 1 4 9\n0\n');
});

test('joinSync and tryJoin: after close() all is done first, after terminate() also a worker that is stopped ends', async () => {
  const pool = new Pool(2);
  assert.throws(() => pool.joinSync(), /still running/);
  assert.throws(() => pool.tryJoin(), /still running/);
  const results = pool.map(squareLater, range(50), { chunksize: 1 });
  const rest = pool.imap(square, range(1000));
  pool.close();
  assert.equal(pool.tryJoin(), false);
  pool.joinSync();
  assert.equal(pool.tryJoin(), true);
  pool.joinSync();
  assert.equal(results.successful(), true);
  assert.deepEqual(await drain(rest), range(1000).map(square));

  const stopped = new Pool(1);
  process.kill(await stopped.apply(pid), 'SIGSTOP');
  const lost = stopped.apply(square, [1]);
  stopped.terminate();
  stopped.joinSync();
  assert.ok((await failure(lost)) instanceof PoolTerminatedError);
});

test('joinSync says so when only the event loop could bring the rest', async () => {
  const pool = new Pool(1);
  let give = (): void => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  const squares = pool.map(square, later(given));
  pool.close();
  assert.throws(() => pool.joinSync(), DeadlockError);
  give();
  assert.deepEqual(await squares, [49]);
  await closeSoundly(pool);
});

async function* later(signal: Promise<void>): AsyncGenerator<number> {
  await signal;
  yield 7;
}
