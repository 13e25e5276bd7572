/** Whatever is asked of a pool in whatever order: every task settles exactly once, and the pool ends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BootstrapError, Pool, PoolTerminatedError, type Results, WorkerLostError } from 'multiproc';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { children, within } from './support.js';
import { identity, square, squareLater } from './tasks.js';
import { exit, killSelf, Lethal } from './tasks_faults.js';

type Command =
  | { kind: 'apply' | 'applyLater' | 'applyLethal' | 'applyExit' | 'applyUnsendable' | 'close' | 'terminate' | 'turn' }
  | { kind: 'map' | 'imap' | 'imapAbandoned' | 'imapLethal'; length: number; chunksize: number }
  | { kind: 'kill'; which: number }
  | { kind: 'pause'; ms: number };

const simple = fc
  .constantFrom('apply', 'applyLater', 'applyLethal', 'applyExit', 'applyUnsendable', 'turn', 'turn')
  .map((kind) => ({ kind }) as Command);
const several = fc.record({
  kind: fc.constantFrom('map', 'imap', 'imapAbandoned', 'imapLethal'),
  length: fc.integer({ min: 0, max: 60 }),
  chunksize: fc.integer({ min: 1, max: 20 }),
}) as fc.Arbitrary<Command>;
const kill = fc.record({ kind: fc.constant('kill'), which: fc.nat({ max: 5 }) }) as fc.Arbitrary<Command>;
const pause = fc.record({ kind: fc.constant('pause'), ms: fc.integer({ min: 0, max: 60 }) }) as fc.Arbitrary<Command>;
const end = fc.constantFrom('close', 'terminate').map((kind) => ({ kind }) as Command);
const commands = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: simple },
    { weight: 5, arbitrary: several },
    { weight: 3, arbitrary: kill },
    { weight: 3, arbitrary: pause },
    { weight: 1, arbitrary: end },
  ),
  { maxLength: 25 },
);

/** Counts what becomes of each task. */
class Ledger {
  readonly counts: number[] = [];

  open(): { done: (expected: boolean) => void; failed: (error: unknown) => void } {
    const index = this.counts.push(0) - 1;
    const settle = (fine: boolean, what: unknown): void => {
      this.counts[index]++;
      assert.ok(fine, String(what));
    };
    return {
      done: (expected) => settle(expected, 'a wrong result'),
      failed: (error) => settle(isExpected(error), error),
    };
  }
}

function isExpected(error: unknown): boolean {
  return (
    error instanceof WorkerLostError ||
    error instanceof PoolTerminatedError ||
    error instanceof BootstrapError ||
    (error as Error).name === 'SerializationError'
  );
}

async function drainCounted(results: Results<unknown>, length: number, ledger: Ledger): Promise<void> {
  const entries = Array.from({ length }, () => ledger.open());
  for (const entry of entries) {
    try {
      const { done } = await results.next();
      entry.done(!done);
    } catch (error) {
      entry.failed(error);
    }
  }
  const last = await results.next().catch((error) => ({ done: isExpected(error) }));
  assert.ok(last.done, 'more results than items');
}

function submit(pool: Pool, command: Command, ledger: Ledger): Promise<void> | undefined {
  const one = (promise: PromiseLike<unknown>, expected: unknown): Promise<void> => {
    const { done, failed } = ledger.open();
    return Promise.resolve(promise.then((value) => done(JSON.stringify(value) === JSON.stringify(expected)), failed));
  };
  switch (command.kind) {
    case 'apply':
      return one(pool.apply(square, [4]), 16);
    case 'applyLater':
      return one(pool.apply(squareLater, [4]), 16);
    case 'applyLethal':
      return one(pool.apply(killSelf), 'never');
    case 'applyExit':
      return one(pool.apply(exit, [0]), 'never');
    case 'applyUnsendable':
      return one(pool.apply(identity, [Symbol('s')]), 'never');
    case 'map': {
      const items = Array.from({ length: command.length }, (_, i) => i);
      return one(pool.map(square, items, command), items.map(square));
    }
    case 'imap':
    case 'imapLethal': {
      const isLethal = command.kind === 'imapLethal';
      const items = Array.from({ length: command.length }, (_, i) =>
        isLethal && i === 3 ? new Lethal() : isLethal && i === 5 ? Symbol() : i,
      );
      return drainCounted(pool.imap(identity, items, command), items.length, ledger);
    }
    case 'imapAbandoned':
      pool.imap(
        square,
        Array.from({ length: command.length }, (_, i) => i),
        command,
      );
      return undefined;
    default:
      return undefined;
  }
}

async function play(commands: readonly Command[]): Promise<void> {
  const pool = new Pool(2);
  const ledger = new Ledger();
  const pending: Promise<void>[] = [];
  let hasEnded = false;
  let isBroken = false;
  for (const command of commands) {
    if (command.kind === 'pause') await new Promise((resolve) => setTimeout(resolve, command.ms));
    else if (command.kind === 'turn') await new Promise(setImmediate);
    else if (command.kind === 'close' || command.kind === 'terminate') {
      pool[command.kind]();
      hasEnded = true;
    } else if (command.kind === 'kill') {
      const pids = children();
      if (pids.length > 0) process.kill(pids[command.which % pids.length], 'SIGKILL');
    } else {
      try {
        const settled = submit(pool, command, ledger);
        if (settled) pending.push(settled);
      } catch (error) {
        if (error instanceof BootstrapError) isBroken = true;
        assert.ok(isBroken || hasEnded, String(error));
      }
    }
  }
  await within(Promise.all(pending), 'all tasks to settle', 30_000);
  pool.close();
  await within(pool.join(), 'join()', 30_000);
  assert.deepEqual(
    ledger.counts.filter((count) => count !== 1),
    [],
  );
  assert.deepEqual(fsck(session()), []);
  assert.deepEqual(children(), []);
}

test('random commands: submit, kill, close, terminate', async (t) => {
  const seed = process.env.POOL_SEED === undefined ? undefined : Number(process.env.POOL_SEED);
  let plays = 0;
  await fc.assert(
    fc.asyncProperty(commands, async (list) => {
      plays++;
      await play(list);
    }),
    { numRuns: Number(process.env.POOL_RUNS ?? 10), seed, endOnFailure: true, interruptAfterTimeLimit: 90_000 },
  );
  t.diagnostic(`${plays} plays`);
});
