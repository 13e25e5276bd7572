/** Faults that are not of one task: workers that are killed, stopped or stuck from outside, at chosen moments of a pool's life. */
import assert from 'node:assert/strict';
import type { Pool } from 'multiproc';
import { TimeoutError, WorkerLostError } from 'multiproc';
import { failure, isStopped, linesOf, newFile, until, within } from './support.js';
import { never, noteAndWait } from './tasks.js';
import { Refusal } from './tasks_errors.js';
import { failOdd, killOther, spinForEver } from './tasks_faults.js';
import type { Staff } from './watch.js';

export interface Scene {
  readonly name: string;
  readonly processes: number;
  /** How the scene ends the pool, if it does. */
  readonly end?: 'close' | 'terminate';
  /** Makes it happen, by `act`, which runs a function where the stage wants it. Returns how many tasks beside it may be lost. */
  run(pool: Pool, act: Act, staff: Staff): Promise<number>;
}

export type Act = <T>(what: () => T | PromiseLike<T>) => Promise<T>;

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** Returns how many there were to get it. */
function kill(pids: Iterable<number>, signal: NodeJS.Signals = 'SIGKILL'): number {
  let count = 0;
  for (const pid of [...pids]) {
    try {
      process.kill(pid, signal);
      count++;
    } catch {
      // It has ended.
    }
  }
  return count;
}

async function killReady(act: Act, staff: Staff): Promise<number> {
  await until(() => staff.ready.size > 0, 'a worker');
  const { exits } = staff;
  const killed = await act(() => kill(staff.ready));
  await until(() => staff.exits === exits + killed, 'the end of the killed');
  return killed;
}

/** Kills the next `count` workers as they start. Fewer than three: so many in a row break the pool. */
function killAtStart(staff: Staff, count: number): void {
  let left = count;
  staff.onStart = (pid) => {
    kill([pid]);
    if (--left === 0) staff.onStart = undefined;
  };
}

export const SCENES: readonly Scene[] = [
  { name: 'the only worker is killed', processes: 1, run: (_pool, act, staff) => killReady(act, staff) },
  { name: 'all workers are killed', processes: 2, run: (_pool, act, staff) => killReady(act, staff) },
  {
    name: 'a replacement is killed as it starts, and so is the next',
    processes: 1,
    async run(_pool, act, staff) {
      killAtStart(staff, 2);
      const killed = await killReady(act, staff);
      await until(() => staff.onStart === undefined && staff.ready.size === 1, 'a worker that stays');
      return killed;
    },
  },
  {
    name: 'workers are killed while the pool is resized, to more and to fewer',
    processes: 2,
    async run(pool, act, staff) {
      const killed = await act(() => {
        pool.resize(3);
        const first = kill(staff.ready);
        pool.resize(1);
        return first;
      });
      pool.resize(2);
      await until(() => staff.alive.size === 2 && staff.ready.size === 2, 'as many workers as before');
      return killed;
    },
  },
  {
    name: '100 tasks that fail among 100 that do not',
    processes: 2,
    async run(pool, act) {
      const submit = (): Promise<PromiseSettledResult<number>[]> =>
        Promise.allSettled(range(200).map((x) => pool.apply(failOdd, [x])));
      const results = await within(act(submit), '200 tasks');
      results.forEach((result, x) => {
        if (x % 2 === 0) assert.deepEqual(result, { status: 'fulfilled', value: x * x });
        else assert.ok(result.status === 'rejected' && result.reason instanceof Refusal && result.reason.code === x);
      });
      return 0;
    },
  },
  {
    name: 'workers that kill each other',
    processes: 2,
    async run(pool, act, staff) {
      await until(() => staff.ready.size === 2, 'two workers');
      const victims = [...staff.ready];
      const submit = (): Promise<PromiseSettledResult<number>[]> =>
        Promise.allSettled(range(8).map((i) => pool.apply(killOther, [victims[i % 2]])));
      const results = await within(act(submit), 'those that kill each other');
      for (const result of results)
        assert.ok(result.status === 'fulfilled' || result.reason instanceof WorkerLostError, String(result.status));
      return victims.length;
    },
  },
  {
    name: 'SIGKILL of all workers in the moment of close()',
    processes: 2,
    end: 'close',
    run: (pool, act, staff) =>
      act(() => {
        pool.close();
        return kill(staff.alive);
      }),
  },
  {
    name: 'SIGKILL of all workers just before terminate()',
    processes: 2,
    end: 'terminate',
    run: (pool, act, staff) =>
      act(() => {
        const killed = kill(staff.alive);
        pool.terminate();
        return killed;
      }),
  },
  {
    name: 'a worker that is stopped: terminate() ends it',
    processes: 1,
    end: 'terminate',
    async run(pool, act, staff) {
      await until(() => staff.ready.size === 1, 'the worker');
      await act(() => kill(staff.ready, 'SIGSTOP'));
      await until(() => [...staff.ready].every(isStopped), 'the stop');
      pool.terminate();
      return 0;
    },
  },
  {
    name: 'a worker that is stopped at a task with a timeout is replaced',
    processes: 1,
    async run(pool, act, staff) {
      const file = newFile();
      // Long enough to be stopped first, whatever else the machine does.
      const submit = (): Promise<unknown> => failure(pool.apply(noteAndWait, [file], { timeout: 1000 }));
      const ended = act(() => ({ promise: submit() })).then(({ promise }) => promise);
      await until(() => linesOf(file).length > 0, 'the start of the task');
      kill([Number(linesOf(file)[0])], 'SIGSTOP');
      assert.ok((await within(ended, 'the end of the task')) instanceof TimeoutError);
      await until(() => staff.ready.size === 1, 'another worker');
      return 0;
    },
  },
  {
    name: 'a function that awaits for ever: terminate() ends it',
    processes: 1,
    end: 'terminate',
    run: (pool, act) => stuck(pool, act, () => pool.apply(never)),
  },
  {
    name: 'a function that never returns: terminate() ends it',
    processes: 1,
    end: 'terminate',
    run: (pool, act) => stuck(pool, act, () => pool.apply(spinForEver)),
  },
];

async function stuck(pool: Pool, act: Act, submit: () => PromiseLike<unknown>): Promise<number> {
  const result = await act(() => ({ promise: submit() }));
  const ended = result.promise.then(
    () => assert.fail('it returned'),
    (error) => assert.equal(error.code, 'ERR_MULTIPROC_POOL_TERMINATED'),
  );
  await new Promise(setImmediate);
  pool.terminate();
  await within(ended, 'the end of the task');
  return 0;
}
