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
import { within } from './support.js';
import type { Staff } from './watch.js';

export interface Model {
  state: 'running' | 'closed' | 'terminated';
}

export class Machine {
  readonly pool: Pool;
  readonly staff: Staff;
  readonly ledger = new Ledger();
  readonly stopped = new Set<number>();
  readonly #pending: PromiseLike<unknown>[] = [];

  constructor(pool: Pool, staff: Staff) {
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

  /** Says what there is when something is waited for in vain. */
  async #watch(promise: Promise<unknown>, what: string): Promise<void> {
    try {
      await within(promise, what, 40_000);
    } catch (error) {
      const workers = [...this.staff.alive].map((pid) => ({ pid, ready: this.staff.ready.has(pid), state: stateOf(pid) }));
      const state = { pool: String(this.pool), workers, waiting: this.ledger.waiting, fsck: fsck(session()) };
      throw new Error(`${(error as Error).message}\n${inspect(state, { depth: 4, maxArrayLength: 40 })}`);
    }
  }
}

function stateOf(pid: number): string {
  try {
    return /^State:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1];
  } catch {
    return 'gone';
  }
}
