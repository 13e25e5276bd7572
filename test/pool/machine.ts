/**
 * A pool under random commands. The model knows whether it takes tasks; the ledger knows what each task may come to.
 * Whatever the order: every task settles exactly once, none but those of killed workers and those that are lethal are lost, and the pool ends.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { BootstrapError, type Pool } from 'multiproc';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { Ledger } from './machine_ledger.js';
import type { Staff } from './watch.js';

/** So long without an outcome is a hang (ms). */
const QUIET_MS = 30_000;

export interface Model {
  state: 'running' | 'closed' | 'terminated';
}

export class Machine {
  readonly pool: Pool;
  readonly staff: Staff;
  readonly ledger: Ledger;
  readonly stopped = new Set<number>();
  /** What cancels a call that was made. */
  readonly cancels: (() => void)[] = [];
  readonly #pending: PromiseLike<unknown>[] = [];

  constructor(pool: Pool, staff: Staff, concurrency: number) {
    const before = staff.exits;
    this.ledger = new Ledger(concurrency, () => staff.exits - before);
    this.pool = pool;
    this.staff = staff;
  }

  /** The end of the play waits for it. */
  expect(promise: PromiseLike<unknown>): void {
    this.#pending.push(promise);
  }

  /** Calls the pool; one that is closed or broken refuses at the call. */
  submit(model: Model, call: () => void): void {
    try {
      call();
    } catch (error) {
      const isBroken = error instanceof BootstrapError && this.ledger.blows.kills >= 3;
      assert.ok(isBroken || model.state !== 'running', inspect(error));
      return;
    }
  }

  worker(which: number): number | undefined {
    const pids = [...this.staff.alive];
    return pids[which % pids.length];
  }

  signal(pid: number, signal: NodeJS.Signals): void {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended, and nobody has heard of it yet.
    }
  }

  resume(): void {
    for (const pid of this.stopped) this.signal(pid, 'SIGCONT');
    this.stopped.clear();
  }

  async finish(): Promise<void> {
    this.resume();
    await this.#watch(Promise.all(this.#pending), 'all tasks to settle');
    this.pool.close();
    await this.#watch(this.pool.join(), 'join()');
    this.ledger.check();
    assert.equal(this.staff.alive.size, 0, 'workers');
    assert.deepEqual(fsck(session()), []);
  }

  /** Says what there is when nothing has been settled for a long time. */
  async #watch(promise: Promise<unknown>, what: string): Promise<void> {
    for (let settled = -1; settled !== this.ledger.settled; ) {
      settled = this.ledger.settled;
      if (await isSettled(promise, QUIET_MS)) return await promise.then(() => {});
    }
    const workers = [...this.staff.alive].map((pid) => ({ pid, ready: this.staff.ready.has(pid), state: stateOf(pid) }));
    const state = { pool: String(this.pool), workers, waiting: this.ledger.waiting, fsck: fsck(session()) };
    throw new Error(`waited in vain for: ${what}\n${inspect(state, { depth: 4, maxArrayLength: 40 })}`);
  }
}

async function isSettled(promise: Promise<unknown>, limit: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limit);
  });
  const done = promise.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}

function stateOf(pid: number): string {
  try {
    return /^State:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1];
  } catch {
    return 'gone';
  }
}
