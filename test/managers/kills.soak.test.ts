/** Clients of every kind are killed at random: the server serves on, what they held is free, nothing is lost but what they had in hand, and nothing is left. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Process, Queue } from 'multiproc';
import { connectManager } from 'multiproc/managers';
import { sweepCollected } from '#dist/memory/collected.js';
import { fsck } from '#dist/memory/fsck.js';
import { Header } from '#dist/memory/layout.js';
import { session } from '#dist/memory/session.js';
import { startProgram } from '../support/programs.js';
import { within } from '../support/within.js';
import { KillManager, type Things, type Traffic, useAtRandom, type Where } from './kill_clients.js';
import { until } from './support.js';

const seconds = Number(process.env.MANAGER_KILLS_SECONDS ?? (process.env.MULTIPROC_SOAK === 'short' ? 20 : 240));
const seed = Number(process.env.MANAGER_KILLS_SEED ?? Date.now() % 2 ** 31);
const KEY = 'the key of the soak';
const TOKENS = 12;
const PERMITS = 3;
/** What each client has done before one is killed. */
const STEPS = 5;

interface Victim {
  readonly name: string;
  kill(): Promise<void>;
}

test(`${seconds} s of killed clients`, { timeout: (seconds + 120) * 1000 }, async (t) => {
  t.diagnostic(`seed ${seed} (MANAGER_KILLS_SEED=${seed} plays it again)`);
  await using manager = new KillManager({ address: ['127.0.0.1', 0], authkey: KEY });
  await manager.start();
  const things: Things = {
    lock: await manager.Lock(),
    rlock: await manager.RLock(),
    permits: await manager.BoundedSemaphore(PERMITS),
    condition: await manager.Condition(),
    event: await manager.Event(),
    tokens: await manager.Queue<number>(),
    tasks: await manager.JoinableQueue<number>(),
    list: await manager.list([1, 2, 3, 4, 5]),
    counts: await manager.dict<string, number>([['guarded', 0]]),
  };
  const shelf = await manager.shelf();
  for (const [name, thing] of Object.entries(things)) await shelf.set(name, thing);
  const traffic: Traffic = new Queue(8);
  const far = await connectManager<KillManager>({ address: manager.address!, authkey: KEY });
  const sentOn = Object.fromEntries(await (await far.shelf()).entries()) as unknown as Things;
  const base = await manager.numberOfObjects();
  await tasksIn(things, TOKENS);
  let state = seed;
  const random = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) % n;
  };
  let started = 0;
  let kills = 0;
  let left = 0;

  const child = (its: Things): Victim => {
    const name = `child-${++started}`;
    const made = new Process({
      target: useAtRandom,
      args: [name, its, where, traffic, random(2 ** 31)],
      name,
      daemon: true,
    }).start();
    const kill = async (): Promise<void> => {
      assert.equal(made.exitCode, null, `${name} ended by itself`);
      made.kill();
      await within(made.join(), `the end of ${name}`);
      assert.equal(made.exitCode, -9, name);
    };
    return { name, kill };
  };
  const program = (): Victim => {
    const name = `program-${++started}`;
    const args = [name, JSON.stringify(manager.address), KEY, String(random(2 ** 31))];
    const made = startProgram('programs/kill_client.js', import.meta, { args, patience: 600_000 });
    const kill = async (): Promise<void> => {
      made.process.kill('SIGKILL');
      assert.deepEqual(await made.ended, { stdout: '', stderr: '', code: null, signal: 'SIGKILL' });
    };
    return { name, kill };
  };
  const where: Where = { address: manager.address!, authkey: KEY };

  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    // None of them is there in the beginning: what is lost below is lost by a kill of this round.
    for (let i = 0; i < TOKENS; i++) await things.tokens.put(i);
    const victims = [child(things), child(things), child(sentOn), child(sentOn), program()];
    const killed = victims.length;
    while (victims.length > 0) {
      for (const { name } of victims) {
        const before = (await things.counts.get(name)) ?? 0;
        await within(progress(things, name, before + STEPS), `${STEPS} steps of ${name}`, 60_000);
      }
      const [victim] = victims.splice(random(victims.length), 1);
      await victim.kill();
      kills++;
      for (const held of [things.lock, sentOn.rlock, things.condition]) {
        assert.equal(await within(held.acquire(), `${held} after ${victim.name} was killed`), true);
        await held.release();
      }
    }
    for (;;) {
      const dropped = traffic.tryGet();
      if (dropped === undefined) break;
      dropped[Symbol.dispose]();
    }
    await until(() => manager.numberOfObjects(), base, 'objects');
    for (let i = 0; i < PERMITS; i++) assert.equal(await within(things.permits.acquire(), 'a permit'), true);
    await things.permits.release(PERMITS);
    const tokens = await drain(things.tokens);
    assert.equal(new Set(tokens).size, tokens.length, `a token twice: ${tokens}`);
    assert.ok(tokens.length >= TOKENS - 3 * killed, `${tokens.length} of ${TOKENS} tokens are left`);
    const tasks = await drain(things.tasks);
    for (let i = 0; i < tasks.length; i++) await things.tasks.taskDone();
    assert.deepEqual(
      [...new Set(tasks)].sort((a, b) => a - b),
      Array.from({ length: TOKENS }, (_, i) => i),
    );
    await within(things.tasks.join(), 'all tasks to be done');
    await tasksIn(things, TOKENS);
    sweepCollected();
    session().collector.collect();
    assert.deepEqual(fsck(session()), []);
    const live = Atomics.load(session().arena.words, Header.LIVE_OBJECTS);
    left ||= live;
    assert.ok(live <= left, `${live} shared objects, ${left} after the first round`);
  }
  t.diagnostic(`${kills} kills, ${await things.counts.get('guarded')} steps under a lock`);
});

async function tasksIn({ tasks }: Things, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await tasks.put(i);
}

async function progress({ counts }: Things, name: string, steps: number): Promise<void> {
  while (((await counts.get(name)) ?? 0) < steps) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function drain(queue: Things['tokens'] | Things['tasks']): Promise<number[]> {
  const items: number[] = [];
  for (;;) {
    const item = await queue.tryGet();
    if (item === undefined) return items;
    items.push(item);
  }
}
