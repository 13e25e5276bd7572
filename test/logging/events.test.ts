/** Events on the channels of node:diagnostics_channel. */
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BoundedSemaphore, Lock, Pool, Process, WorkerLostError } from 'multiproc';
import { EVENTS } from '#dist/logging/events.js';
import { projectRoot } from '../architecture/project.js';
import { dieHolding, exitWith, fail, killSelf } from './programs/tasks.js';

type Heard = [name: string, event: any];

/** What is published while `action` runs, on channels whose name begins with one of `prefixes`. */
async function heard(prefixes: readonly string[], action: () => unknown): Promise<Heard[]> {
  const events: Heard[] = [];
  const listener = (event: unknown, name: string | symbol): unknown =>
    events.push([String(name).slice('multiproc:'.length), event]);
  const names = EVENTS.filter((name) => prefixes.some((prefix) => name.startsWith(`multiproc:${prefix}`)));
  for (const name of names) subscribe(name, listener);
  try {
    await action();
  } finally {
    for (const name of names) unsubscribe(name, listener);
  }
  return events;
}

test('a process starts and ends', async () => {
  let pids: (number | null)[] = [];
  const events = await heard(['process'], async () => {
    const one = new Process({ target: exitWith, args: [3], name: 'one' }).start();
    await one.join();
    const two = new Process({ target: killSelf, name: 'two', daemon: true }).start();
    await two.join();
    pids = [one.pid, two.pid];
  });
  assert.deepEqual(events, [
    ['process.start', { name: 'one', pid: pids[0], daemon: false }],
    ['process.exit', { name: 'one', pid: pids[0], exitCode: 3, signal: null }],
    ['process.start', { name: 'two', pid: pids[1], daemon: true }],
    ['process.exit', { name: 'two', pid: pids[1], exitCode: -9, signal: 'SIGKILL' }],
  ]);
});

test('a worker is lost with its task, and replaced', async () => {
  let error: unknown;
  const events = await heard(['pool'], async () => {
    const pool = new Pool(1);
    error = await pool.apply(killSelf).catch((reason: unknown) => reason);
    await pool.apply(Math.abs as never, [1] as never).catch(() => {});
    pool.close();
    await pool.join();
  });
  assert.ok(error instanceof WorkerLostError);
  assert.deepEqual(
    events.map(([name]) => name),
    [
      'start',
      ...['worker.start', 'worker.ready', 'worker.exit', 'task.lost', 'worker.start', 'worker.ready', 'worker.exit'],
      'end',
    ].map((name) => `pool.${name}`),
  );
  const [[, made], [, first], , [, exit], [, lost], [, second], , [, last], [, end]] = events;
  assert.deepEqual([made, end], [{ processes: 1 }, { reason: 'closed' }]);
  const { name, pid } = first;
  assert.deepEqual(exit, { name, pid, exitCode: -9, signal: 'SIGKILL', expected: false });
  assert.deepEqual(lost, { name, pid, exitCode: -9, signal: 'SIGKILL', error });
  assert.notEqual(second.pid, pid);
  assert.deepEqual(last, { name: second.name, pid: second.pid, exitCode: 0, signal: null, expected: true });
});

test('a pool breaks', async () => {
  let error: unknown;
  const events = await heard(['pool.broken'], async () => {
    await using pool = new Pool({ processes: 1, initializer: fail });
    error = await pool.apply(exitWith, [0]).catch((reason: unknown) => reason);
  });
  assert.deepEqual(events, [['pool.broken', { error }]]);
  assert.match((error as Error).message, /the pool is broken/);
});

test('a lock and a permit are taken over from the dead', async () => {
  process.once('warning', () => {}).setMaxListeners(20);
  const events = await heard(['lock'], async () => {
    for (const lock of [new Lock(), new BoundedSemaphore(1)]) {
      await new Process({ target: dieHolding, args: [lock as Lock] }).start().join();
      using hold = await lock.hold();
      assert.equal(hold.abandoned, true);
    }
  });
  assert.deepEqual(events, [
    [
      'lock.abandoned',
      { kind: 'lock', message: 'a process died while it held a lock: what the lock guards may be half changed' },
    ],
    [
      'lock.abandoned',
      { kind: 'semaphore', message: 'a process died while it had a permit: what the semaphore guards may be half changed' },
    ],
  ]);
});

test('the page names all channels', () => {
  const page = readFileSync(join(projectRoot, 'docs', 'logging.md'), 'utf8');
  assert.deepEqual([...new Set(page.match(/multiproc:[a-z.]+[a-z]/g))].sort(), [...EVENTS].sort());
});
