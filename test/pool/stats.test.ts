/** `pool.stats()`: what it tells of workers and tasks that do known things. */
import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { Event, Pool, type PoolStats, type WorkerStats } from 'multiproc';
import { closeSoundly, drain, failure, linesOf, newFile, until } from './support.js';
import { pid, square } from './tasks.js';
import { noteAndWaitFor } from './tasks_context.js';
import {
  block,
  blockUntilFile,
  die,
  failEachTenth,
  nap,
  napLater,
  quickButOne,
  repeat,
  SLOW_MS,
  SLOW_ONE,
} from './tasks_insight.js';
import { dieTimes } from './tasks_terms.js';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** What `performance.now()` of two processes may differ by, in ms, and what rounding takes. */
const CLOCKS = 1;

function assertSane(stats: PoolStats): void {
  const look = (value: unknown, path: string): void => {
    if (typeof value === 'number') assert.ok(Number.isFinite(value) && value >= 0, `${path} is ${value}`);
    else if (typeof value === 'object' && value !== null) {
      assert.ok(Object.isFrozen(value), `${path} is not frozen`);
      for (const [key, inner] of Object.entries(value)) look(inner, `${path}.${key}`);
    }
  };
  look(stats, 'stats');
  if (stats.workingRatio !== null) assert.ok(stats.workingRatio <= 1);
}

async function ready(pool: Pool): Promise<void> {
  await until(() => pool.stats().workers.every(({ state }) => state === 'idle'), 'idle workers');
}

test('counts, run times and the slowest: sync and async, alone and in chunks', async () => {
  await using pool = new Pool(2);
  const fresh = pool.stats();
  assert.deepEqual(fresh.tasks, { done: 0, failed: 0, lost: 0, retried: 0, queued: 0, running: 0 });
  assert.deepEqual([fresh.run, fresh.wait, fresh.workingRatio, fresh.slowest], [null, null, null, []]);
  assert.deepEqual(
    fresh.workers.map(({ place, restarts, state }) => [place, restarts, state]),
    [
      [0, 0, 'starting'],
      [1, 0, 'starting'],
    ],
  );
  await pool.map(nap, [5, 6, 7, 70], { chunksize: 1 });
  await pool.map(nap, [5, 80, 5, 5], { chunksize: 4 });
  await pool.apply(nap, [90]);
  await pool.apply(napLater, [100]);
  await pool.starmap(repeat, [['x', 2]]);
  await failure(pool.map(failEachTenth, [9, 10, 11, 20], { chunksize: 2 }));
  assert.deepEqual(await drain(pool.imap(square, [1, 2, 3])), [1, 4, 9]);
  const stats = pool.stats();
  assertSane(stats);
  assert.deepEqual(stats.tasks, { done: 16, failed: 2, lost: 0, retried: 0, queued: 0, running: 0 });
  assert.equal(stats.total.tasks, 18);
  const naps = 5 + 6 + 7 + 70 + 95 + 90 + 100;
  assert.ok(stats.total.working >= naps - 10, `${stats.total.working} ms of work`);
  // Four of the eighteen took 70 ms and more.
  assert.ok(stats.run!.p90 >= 70 * 0.93 && stats.run!.max >= 100 - CLOCKS, JSON.stringify(stats.run));
  // On a machine that does much else, others may seem slow as well.
  assert.equal(stats.slowest.length, 5);
  assert.ok(stats.slowest[3].run >= 70 - 2 - CLOCKS, JSON.stringify(stats.slowest));
  for (const [i, { name, args, run }] of stats.slowest.entries()) {
    const least = name.startsWith('nap') ? Number(args.slice(1, -1)) : 0;
    assert.ok(run >= least - 2 - CLOCKS && (i === 0 || run <= stats.slowest[i - 1].run), JSON.stringify(stats.slowest));
  }
  assert.ok(stats.slowest.some(({ name }) => name === 'napLater'));
});

test('the slow one among a hundred thousand of the quickest, whose clock is looked at after some of them', async () => {
  await using pool = new Pool(1);
  await pool.map(quickButOne, range(100_000));
  const { slowest } = pool.stats();
  const text = JSON.stringify(slowest);
  const found = slowest.filter(({ args, among }) => {
    const last = Number(args.slice(1, -1));
    return last - among < SLOW_ONE && SLOW_ONE <= last;
  });
  assert.equal(found.length, 1, text);
  assert.ok(found[0].run >= SLOW_MS - 2 - CLOCKS && found[0].among <= 8, text);
});

test('queued and running; a wait is from the call until it is the worker’s turn', async () => {
  await using pool = new Pool(1);
  const open = new Event();
  open.set();
  // Loads the module.
  await pool.apply(block, [open]);
  await ready(pool);
  const before = pool.stats().workers[0].working;
  const event = new Event();
  const results = Array.from({ length: 5 }, () => pool.apply(block, [event]));
  await until(() => pool.stats().tasks.running === 1, 'a task that runs');
  assert.deepEqual(pool.stats().tasks, { done: 1, failed: 0, lost: 0, retried: 0, queued: 4, running: 1 });
  assert.equal(pool.stats().workers[0].state, 'working');
  // What it is at counts before it has ended.
  await until(() => pool.stats().workers[0].working >= before + 40, 'working time of a blocked worker');
  event.set();
  await Promise.all(results);
  const { tasks, wait, run, slowest } = pool.stats();
  assert.deepEqual(tasks, { done: 6, failed: 0, lost: 0, retried: 0, queued: 0, running: 0 });
  assert.ok(wait!.max >= 30 - CLOCKS && run!.max >= 30 - CLOCKS, JSON.stringify({ wait, run }));
  assert.match(slowest[0].args, /Event/);
});

test('start-up and initialiser; bytes; memory', async () => {
  const file = newFile();
  await using pool = new Pool({ processes: 1, initializer: blockUntilFile, initargs: [file, 0] });
  const only = (): WorkerStats => pool.stats().workers[0];
  await until(() => only().initializer >= 40, 'time in an initialiser that has not ended');
  assert.deepEqual([only().state, only().working], ['starting', 0]);
  closeSync(openSync(file, 'w'));
  assert.equal((await pool.apply(repeat, ['x'.repeat(10_000), 3])).length, 30_000);
  const { startup, initializer, bytesIn, bytesOut, memory, tasks } = only();
  assert.ok(startup > 0 && initializer >= 40 && tasks === 1, JSON.stringify(only()));
  assert.ok(bytesIn >= 10_000 && bytesOut >= 30_000, `${bytesIn} bytes in, ${bytesOut} out`);
  if (process.platform === 'linux') assert.ok(memory! > 10_000_000);
  assert.ok(only().waiting >= 0);
});

test('a worker that is killed: its task is lost, its place has a restart, and what it had done still counts', async () => {
  await using pool = new Pool(2);
  await pool.map(nap, [20, 20, 20, 20], { chunksize: 1 });
  await ready(pool);
  const before = pool.stats();
  await failure(pool.apply(die));
  await until(() => pool.stats().total.restarts === 1, 'a restart');
  const [idle] = pool.stats().workers;
  process.kill(idle.pid, 'SIGKILL');
  await until(() => pool.stats().total.restarts === 2, 'another');
  await ready(pool);
  const after = pool.stats();
  assertSane(after);
  assert.deepEqual(after.tasks, { done: 4, failed: 1, lost: 1, retried: 0, queued: 0, running: 0 });
  assert.deepEqual([after.total.tasks, after.workers.length], [before.total.tasks, 2]);
  assert.deepEqual(
    after.workers.map(({ place }) => place),
    [0, 1],
  );
  assert.equal(after.workers[0].restarts + after.workers[1].restarts, 2);
  assert.ok(after.workers[0].restarts >= 1);
  assert.ok(after.total.working >= 80 - 4 * CLOCKS, `${after.total.working} ms of work`);
  assert.ok(after.run!.max >= before.run!.max);
  assert.deepEqual(after.slowest.slice(0, 4), before.slowest);
});

test('several tasks at once: each that runs counts, a wait is no run, and time is not counted twice', async () => {
  await using pool = new Pool({ processes: 1, concurrency: 3 });
  await ready(pool);
  const file = newFile();
  const [first, second] = [new Event(), new Event()];
  const events = [first, first, second];
  const held = events.map((event, x) => pool.apply(noteAndWaitFor, [file, event, x]));
  await until(() => linesOf(file).length === 3, 'three that run');
  assert.deepEqual(pool.stats().tasks, { done: 0, failed: 0, lost: 0, retried: 0, queued: 0, running: 3 });
  await napLater(300);
  await first.set();
  await Promise.all(held.slice(0, 2));
  await second.set();
  assert.equal(await held[2], 4);
  // None has waited, though the last was the last for long.
  assert.ok(pool.stats().wait!.max < 250, JSON.stringify(pool.stats().wait));

  const go = new Event();
  const others = range(5).map((x) => pool.apply(noteAndWaitFor, [file, go, x]));
  await until(() => linesOf(file).length === 6, 'three that run');
  const behind = pool.stats();
  assert.deepEqual(behind.tasks, { done: 3, failed: 0, lost: 0, retried: 0, queued: 2, running: 3 });
  assert.equal(behind.workers[0].state, 'working');
  await napLater(100);
  await go.set();
  await Promise.all(others);
  const after = pool.stats();
  assertSane(after);
  assert.deepEqual(after.tasks, { done: 8, failed: 0, lost: 0, retried: 0, queued: 0, running: 0 });
  assert.equal(after.total.tasks, 8);
  // Two have waited for the others.
  assert.ok(after.wait!.max >= 100 - CLOCKS, JSON.stringify(after.wait));
  assert.ok(after.total.working >= 400 - 2 * CLOCKS && after.total.working <= after.uptime, `${after.total.working} ms of work`);
  assert.ok(after.slowest[0].run >= 300 - CLOCKS && after.slowest[0].name === 'noteAndWaitFor', JSON.stringify(after.slowest));
});

test('tasks that are tried again', async () => {
  await using pool = new Pool({ processes: 1, concurrency: 2, retries: 2 });
  assert.equal(await pool.apply(dieTimes, [newFile(), 2]), 3);
  await failure(pool.apply(dieTimes, [newFile(), 9], { retries: 1 }));
  await pool.apply(square, [3]);
  const { tasks, total } = pool.stats();
  assert.deepEqual(tasks, { done: 2, failed: 1, lost: 1, retried: 3, queued: 0, running: 0 });
  assert.deepEqual([total.restarts, total.tasks], [4, 2]);
  assert.match(pool.insights(), /2 done, 1 failed \(1 lost\), 3 retried/);
});

test('stats of workers that are killed at any moment stay sane and never fall', async () => {
  await using pool = new Pool(2);
  let before = pool.stats().total;
  for (let round = 0; round < 5; round++) {
    const squares = pool.map(square, Array.from({ length: 3000 }).keys(), { chunksize: round % 2 === 0 ? 1 : 50 });
    const victim = await pool.apply(pid);
    process.kill(victim, 'SIGKILL');
    await squares.catch(() => {});
    const stats = pool.stats();
    assertSane(stats);
    for (const name of ['tasks', 'bytesIn', 'bytesOut', 'restarts'] as const)
      assert.ok(stats.total[name] >= before[name], `${name}: ${stats.total[name]} after ${before[name]}`);
    before = stats.total;
  }
  const { tasks } = pool.stats();
  assert.deepEqual([tasks.done + tasks.failed, tasks.queued, tasks.running], [5 * 3001, 0, 0]);
});

test('a stopped worker, a terminated pool and a closed one can be asked', async () => {
  const pool = new Pool(2);
  await ready(pool);
  const { pid: stopped } = pool.stats().workers[0];
  process.kill(stopped, 'SIGSTOP');
  assert.equal(pool.stats().workers.length, 2);
  const never = pool.map(block, [new Event(), new Event(), new Event()], { chunksize: 1 });
  pool.terminate();
  await failure(never);
  await pool.join();
  const { workers, tasks } = pool.stats();
  assert.deepEqual([workers, tasks], [[], { done: 0, failed: 3, lost: 0, retried: 0, queued: 0, running: 0 }]);
  const closed = new Pool(1);
  await closed.apply(nap, [20]);
  await closeSoundly(closed);
  assert.ok(closed.stats().total.working >= 20 - CLOCKS);
  assert.ok(closed.stats().busy >= 20 - CLOCKS);
});

test('arguments are shown briefly, and without running code of theirs', async () => {
  await using pool = new Pool(1);
  const costly = {
    long: 'x'.repeat(10_000),
    list: Array.from({ length: 1000 }, (_, i) => i),
    [Symbol.for('nodejs.util.inspect.custom')]: undefined,
  };
  await pool.apply(Object.keys, [costly]);
  const [{ name, args }] = pool.stats().slowest;
  assert.equal(name, 'keys');
  assert.ok(args.length <= 80 && args.startsWith("({ long: 'xxx"), args);
});
