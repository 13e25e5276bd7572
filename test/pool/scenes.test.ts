/** Faults from outside, each while the pool is idle, while it is busy, and from a callback: nothing hangs, at most the killed workers' tasks are lost, and the pool goes on. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Pool, PoolTerminatedError, WorkerLostError } from 'multiproc';
import { type Act, SCENES, type Scene } from './scenes.js';
import { assertWorks, closeSoundly, within } from './support.js';
import { square, squareLater } from './tasks.js';
import { Balance, workers } from './watch.js';

const staff = workers();
const balance = new Balance();
before(() => balance.begin());
after(async () => {
  await endShared();
  await balance.check();
});

interface Stage {
  readonly name: string;
  /** Tasks beside what happens, under way. */
  neighbours(pool: Pool): Promise<PromiseLike<number>[]>;
  act(pool: Pool): Act;
}

const atOnce = (): Act => async (what) => await what();

const STAGES: readonly Stage[] = [
  { name: 'idle', neighbours: async () => [], act: atOnce },
  {
    name: 'busy',
    async neighbours(pool) {
      const tasks = Array.from({ length: 40 }, (_, x) => pool.apply(squareLater, [x]));
      await Promise.race(tasks);
      return tasks;
    },
    act: atOnce,
  },
  {
    name: 'from a callback',
    neighbours: async (pool) => [pool.apply(squareLater, [0])],
    act: (pool) => (what) =>
      new Promise((resolve, reject) => {
        pool.applyAsync(square, [7], {
          callback: () => {
            try {
              resolve(what());
            } catch (error) {
              reject(error);
            }
          },
        });
      }),
  },
];

async function settleRight(neighbours: PromiseLike<number>[], end: Scene['end'], kills: number): Promise<void> {
  const results = await within(Promise.allSettled(neighbours), 'the tasks beside it');
  let lost = 0;
  results.forEach((result, x) => {
    if (result.status === 'fulfilled') assert.equal(result.value, x * x);
    else if (result.reason instanceof WorkerLostError) lost++;
    else assert.ok(end === 'terminate' && result.reason instanceof PoolTerminatedError, String(result.reason));
  });
  assert.ok(lost <= kills, `${lost} tasks are lost by ${kills} kills`);
}

let shared: { pool: Pool; processes: number } | undefined;

async function endShared(): Promise<void> {
  if (!shared) return;
  await closeSoundly(shared.pool);
  shared = undefined;
}

/** One pool for scenes in a row that do not end it. */
async function poolFor({ processes, end }: Scene): Promise<Pool> {
  if (shared?.processes === processes && !end) return shared.pool;
  await endShared();
  const pool = new Pool(processes);
  if (!end) shared = { pool, processes };
  return pool;
}

async function play(scene: Scene, stage: Stage): Promise<void> {
  const pool = await poolFor(scene);
  try {
    await pool.apply(square, [1]);
    const neighbours = await stage.neighbours(pool);
    for (const task of neighbours) task.then(undefined, () => {});
    const kills = await within(scene.run(pool, stage.act(pool), staff), scene.name);
    await settleRight(neighbours, scene.end, kills);
    if (!scene.end) {
      await assertWorks(pool);
      assert.equal(staff.alive.size, scene.processes, 'workers');
      return;
    }
    await within(pool.join(), 'join()');
    assert.equal(staff.alive.size, 0);
  } finally {
    staff.onStart = undefined;
  }
}

/** Each while the pool is busy, and in one of the other two; the soak test has all. */
function stagesOf(scene: Scene): readonly Stage[] {
  const leftOut = SCENES.indexOf(scene) % 2 === 0 ? 'idle' : 'from a callback';
  return process.env.MULTIPROC_SOAK === undefined ? STAGES.filter(({ name }) => name !== leftOut) : STAGES;
}

for (const scene of SCENES) {
  test(scene.name, async (t) => {
    for (const stage of stagesOf(scene)) await t.test(stage.name, () => play(scene, stage));
  });
}
