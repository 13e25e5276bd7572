import assert from 'node:assert/strict';
import { BrokenBarrierError, byValue } from 'multiproc';
import { within } from '../support/within.js';
import type { BarrierLike, Context } from './context.js';
import { type Form, formOf, pass } from './forms.js';
import { check, type Run, range } from './suite.js';
import {
  abortOrFail,
  abortThenReset,
  comeLate,
  passInLockstep,
  resetOrFail,
  seeAction,
  tellIndex,
  tellRounds,
} from './workers.js';

const PARTIES = 5;
const SOON_MS = 100;

export function barrierSuite(context: Context): void {
  check(context, '_TestBarrier.test_barrier', (run) => lockstep(run, 1));
  check(context, '_TestBarrier.test_barrier_10', (run) => lockstep(run, 10));

  check(context, '_TestBarrier.test_wait_return', async (run) => {
    const indexes = await context.Queue<number>();
    await together(run, tellIndex, await context.Barrier(PARTIES), indexes);
    const all: number[] = [];
    for (const _ of range(PARTIES)) all.push(await within(indexes.get(), 'all indexes'));
    assert.deepEqual(all.sort(), range(PARTIES));
  });

  check(context, '_TestBarrier.test_action', async (run) => {
    const actions = await context.Tally();
    const action = byValue(() => actions.add(1), { scope: { actions } });
    await together(run, seeAction, await context.Barrier(PARTIES, { action }), actions);
    assert.equal(await actions.value, 1);
  });

  check(context, '_TestBarrier.test_abort', async (run) => {
    const barrier = await context.Barrier(PARTIES);
    const [passed, failed] = [await context.Tally(), await context.Tally()];
    await together(run, abortOrFail, barrier, passed, failed);
    assert.deepEqual([await passed.value, await failed.value], [0, PARTIES - 1]);
    assert.equal(await barrier.broken, true);
  });

  check(context, '_TestBarrier.test_reset', async (run) => {
    const barrier = await context.Barrier(PARTIES);
    const [passed, failed, again] = [await context.Tally(), await context.Tally(), await context.Tally()];
    await together(run, resetOrFail, barrier, passed, failed, again);
    assert.deepEqual([await passed.value, await failed.value, await again.value], [0, PARTIES - 1, PARTIES]);
    assert.equal(await barrier.broken, false);
  });

  check(context, '_TestBarrier.test_abort_and_reset', async (run) => {
    const [barrier, other] = [await context.Barrier(PARTIES), await context.Barrier(PARTIES)];
    const [passed, failed, again] = [await context.Tally(), await context.Tally(), await context.Tally()];
    await together(run, abortThenReset, barrier, other, passed, failed, again);
    assert.deepEqual([await passed.value, await failed.value, await again.value], [0, PARTIES - 1, PARTIES]);
    assert.equal(await barrier.broken, false);
  });

  check(context, '_TestBarrier.test_timeout', async (run) => {
    await oneComesLate(run, await context.Barrier(PARTIES), { timeout: SOON_MS });
  });

  check(context, '_TestBarrier.test_default_timeout', async (run) => {
    await oneComesLate(run, await context.Barrier(PARTIES, { timeout: SOON_MS }), undefined);
  });

  check(context, '_TestBarrier.test_single_thread', async () => {
    const barrier = await context.Barrier(1);
    for (const n of range(4)) assert.equal(await within(Promise.resolve(pass(formOf(context, n), barrier)), 'nobody else'), 0);
    assert.equal(await barrier.nWaiting, 0);
  });

  check(context, '_TestBarrier.test_thousand', async (run) => {
    // A manager is asked five times in each round by each party.
    const rounds = context.hasSync ? 1000 : 100;
    const told = await context.Queue<number>();
    await together(run, tellRounds, await context.Barrier(PARTIES), rounds, await context.Lock(), told);
    for (const round of range(rounds)) {
      for (const _ of range(PARTIES)) assert.equal(await within(told.get(), `round ${round}`), round);
    }
  });

  check(context, '_TestBarrier: a party that is killed breaks it', async (run) => {
    const barrier = await context.Barrier(3);
    const indexes = await context.Queue<number>();
    const victim = run.start(tellIndex, formOf(context, 1), barrier, indexes);
    while ((await barrier.nWaiting) < 1) await new Promise((resolve) => setImmediate(resolve));
    const own = assert.rejects(barrier.wait(), BrokenBarrierError);
    await run.kill(victim);
    await within(own, 'the barrier to break');
    assert.equal(await barrier.broken, true);
    await barrier.reset();
    const all = await within(Promise.all(range(3).map(() => barrier.wait())), 'three tasks to pass after the reset');
    assert.deepEqual(all.sort(), range(3));
  });

  async function lockstep(run: Run, rounds: number): Promise<void> {
    const barrier = await context.Barrier(PARTIES);
    await together(run, passInLockstep, barrier, await context.Tally(), await context.Tally(), rounds);
    assert.equal(await barrier.nWaiting, 0);
    assert.equal(await barrier.broken, false);
  }

  async function oneComesLate(run: Run, barrier: BarrierLike, limit: { timeout: number } | undefined): Promise<void> {
    const failed = await context.Tally();
    await together(run, comeLate, barrier, limit, await context.Semaphore(0), failed);
    assert.equal(await failed.value, PARTIES);
    assert.equal(await barrier.broken, true);
  }

  /** Workers, of both forms, and this thread are the parties. */
  async function together<A extends readonly unknown[]>(
    run: Run,
    party: (form: Form, ...args: A) => Promise<void>,
    ...args: A
  ): Promise<void> {
    for (const n of range(PARTIES - 1)) run.start(party, formOf(context, n), ...args);
    await within(party('async', ...args), `this thread's ${party.name}`);
    await run.ended();
  }
}
