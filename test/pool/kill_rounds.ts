/** Rounds of random kills under load: every task settles exactly once, in bounded time, and nothing is left at the end. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { inspect } from 'node:util';
import { BootstrapError, Pool, type Results, WorkerLostError } from 'multiproc';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { children, within } from './support.js';
import { add, checksum, echo, sleep, square, squareLater } from './tasks.js';

type Random = (below: number) => number;

/** mulberry32: the same numbers for the same seed everywhere. */
export function randomOf(seed: number): Random {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

interface Tally {
  settled: number;
  lost: number;
  broken: number;
}

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
const descriptors = (): number => readdirSync('/proc/self/fd').length;
const heapUse = (): number => {
  const { reserved, free } = session().heap.stats();
  return reserved - free;
};

/** A broken pool refuses at the call. */
function submit(pool: Pool, random: Random, tally: Tally): Promise<void> {
  try {
    return call(pool, random, tally);
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    tally.broken++;
    return Promise.resolve();
  }
}

/** Submits one call of a random kind, and checks what comes back. */
function call(pool: Pool, random: Random, tally: Tally): Promise<void> {
  const failed = (error: unknown): void => {
    tally.settled++;
    if (error instanceof WorkerLostError) tally.lost++;
    else if (error instanceof BootstrapError) tally.broken++;
    else throw error;
  };
  const returned = (value: unknown, expected: unknown): void => {
    tally.settled++;
    assert.deepEqual(value, expected);
  };
  const one = <R>(promise: PromiseLike<R>, expected: unknown): Promise<void> =>
    Promise.resolve(promise.then((value) => returned(value, expected), failed));
  const x = random(1000);
  const length = 1 + random(300);
  const chunksize = [undefined, 1, 7, 1000][random(4)];
  switch (random(9)) {
    case 0:
      return one(pool.apply(square, [x]), x * x);
    case 1:
      return one(pool.apply(squareLater, [x]), x * x);
    case 2:
      return one(pool.map(square, range(length), { chunksize }), range(length).map(square));
    case 3:
      return one(
        pool.starmap(
          add,
          range(length).map((i) => [i, x] as const),
          { chunksize },
        ),
        range(length).map((i) => i + x),
      );
    case 4: {
      const data = new Uint8Array(random(2) === 0 ? 1 + random(5000) : 1 + random(300_000)).fill(x & 0xff);
      return one(pool.apply(echo, [data]), data);
    }
    case 5: {
      const data = range(1 + random(20)).map((i) => new Uint8Array(1 + random(40_000)).fill(i));
      return one(pool.map(checksum, data, { chunksize }), data.map(checksum));
    }
    case 6:
    case 7: {
      // Long enough for kills to meet tasks that run.
      const times = range(1 + random(12));
      return one(pool.map(sleep, times, { chunksize }), times);
    }
    default:
      return stream(
        pool[random(2) === 0 ? 'imap' : 'imapUnordered'](square, range(length), { chunksize }),
        random,
        length,
        returned,
        failed,
      );
  }
}

async function stream(
  results: Results<number>,
  random: Random,
  length: number,
  returned: (value: unknown, expected: unknown) => void,
  failed: (error: unknown) => void,
): Promise<void> {
  const stopAt = random(3) === 0 ? random(length) : Infinity;
  const seen = new Set<unknown>();
  for (let i = 0; i < stopAt; i++) {
    try {
      const { done, value } = await results.next();
      if (done) {
        assert.equal(i, length, 'as many results as items');
        return;
      }
      assert.ok(!seen.has(value), `${value} came twice`);
      seen.add(value);
      returned(Math.sqrt(value) < length && Number.isInteger(Math.sqrt(value)), true);
    } catch (error) {
      failed(error);
      if (error instanceof BootstrapError) return;
    }
  }
  await results.return!();
}

const firstSeen = new Map<number, number>();

/** Mostly a worker that has had the time to start: three in a row that die before break the pool. */
function pick(random: Random): number | undefined {
  const now = performance.now();
  const alive = children();
  for (const pid of alive) if (!firstSeen.has(pid)) firstSeen.set(pid, now);
  const old = alive.filter((pid) => now - firstSeen.get(pid)! > 200);
  const victims = random(10) > 0 ? old : alive;
  return victims[random(Math.max(1, victims.length))];
}

async function round(pool: Pool, random: Random, tally: Tally): Promise<number> {
  const calls = range(1 + random(12)).map(() => submit(pool, random, tally));
  let kills = 0;
  for (let i = 1 + random(3); i > 0; i--) {
    if (random(2) === 0) await new Promise((resolve) => setTimeout(resolve, random(12)));
    else for (let turn = random(6); turn > 0; turn--) await new Promise(setImmediate);
    const victim = pick(random);
    if (victim === undefined) continue;
    try {
      process.kill(victim, 'SIGKILL');
      kills++;
    } catch {
      // It was dead already.
    }
    calls.push(submit(pool, random, tally));
  }
  await within(Promise.all(calls), 'every task to settle', 60_000);
  return kills;
}

export async function killRounds(rounds: number, seed: number, report: (line: string) => void): Promise<void> {
  report(`seed ${seed} (POOL_KILLS_SEED=${seed} plays it again)`);
  const random = randomOf(seed);
  const warm = new Pool(2);
  await warm.map(square, range(100), { chunksize: 1 });
  warm.close();
  await warm.join();
  const before = { heap: heapUse(), descriptors: descriptors() };
  const tally: Tally = { settled: 0, lost: 0, broken: 0 };
  let kills = 0;
  let pool = new Pool(2 + random(2));
  for (let i = 0; i < rounds; i++) {
    try {
      const broken = tally.broken;
      kills += await round(pool, random, tally);
      assert.ok(tally.lost <= kills, `${tally.lost} tasks are lost by ${kills} kills`);
      if (tally.broken === broken && random(20) > 0) continue;
      if (random(2) === 0) pool.terminate();
      else pool.close();
      await within(pool.join(), 'join()');
      assert.deepEqual(fsck(session()), []);
      pool = new Pool(2 + random(2));
    } catch (error) {
      throw new Error(`in round ${i} of seed ${seed}: ${inspect(error)}`);
    }
  }
  pool.close();
  await within(pool.join(), 'join()');
  report(
    `${rounds} rounds: ${kills} kills, ${tally.settled} outcomes, ${tally.lost} tasks lost, ${tally.broken} of broken pools`,
  );
  assert.deepEqual(fsck(session()), []);
  assert.deepEqual(children(), []);
  assert.equal(heapUse(), before.heap, 'bytes of shared memory in use');
  assert.ok(descriptors() <= before.descriptors + 4, `${before.descriptors} descriptors before, ${descriptors()} after`);
}

export function seedFromEnvironment(): number {
  return Number(process.env.POOL_KILLS_SEED ?? Math.floor(Math.random() * 2 ** 31));
}
