/**
 * The explorer of kills: a child runs an operation and kills itself with SIGKILL at its Nth access to shared memory, for every N. After
 * each kill the dead are cleaned up after, the survivors go on, and `fsck` finds nothing. See docs/explorers.md.
 *
 *   KILL_STRIDE     1 = every step of every operation; by default some steps, others each day
 *   KILL_SCENARIO   only this scenario
 *   KILL_AT         only this step of it, as a failure printed it
 */
import { test } from 'node:test';
import { fsck } from '#dist/memory/fsck.js';
import { forgetInstance } from '#dist/memory/instances.js';
import { session } from '#dist/memory/session.js';
import { Lock } from '#dist/sync/lock.js';
import { startChild } from '../support/children.js';
import { type KillScenario, type KillScenarios, within } from './kill_scenario.js';

const AT_ONCE = 3;
/** Children that are killed, of each scenario: a clean-up that is wrong altogether shows in the first. The day decides at which steps; the soak test has all. */
const KILLS = 1;
/** No operation has as many steps. */
const UNDISTURBED = 2 ** 30;

// A lock that was taken over is announced by a warning.
process.on('warning', () => {});

/**
 * Registers a test for each scenario that a module exports in `scenarios`. `kills`: how many children of each are killed where KILL_STRIDE does not
 * say more. By default a few; Infinity = at every step.
 */
export async function killAtEveryStep(module: string, kills = KILLS): Promise<void> {
  const { scenarios } = (await import(module)) as { scenarios: KillScenarios };
  for (const [name, scenario] of Object.entries(scenarios)) {
    const skip = process.env.KILL_SCENARIO !== undefined && process.env.KILL_SCENARIO !== name;
    test(`killed at any step: ${name}`, { skip }, async (t) => {
      const rounds = new Rounds(module, name, scenario);
      const only = process.env.KILL_AT;
      if (only !== undefined) return void (await rounds.run([Number(only)]));
      const steps = await rounds.run([UNDISTURBED]);
      const stride = Number(process.env.KILL_STRIDE ?? Math.max(1, Math.ceil(steps / kills)));
      // Not always does an operation have as many steps. Where all are wanted, the last child is one that survives.
      const isAll = stride === 1 && (kills === Infinity || process.env.KILL_STRIDE !== undefined);
      const atOnce = scenario.alone ? 1 : AT_ONCE;
      let children = 0;
      for (let step = firstStep(stride), isOver = false; !isOver; step += stride * atOnce) {
        const those = Array.from({ length: atOnce }, (_, i) => step + i * stride).filter((at) => isAll || at <= steps);
        const survived = await rounds.run(those);
        isOver = isAll ? survived > 0 : step + stride * atOnce > steps;
        children += those.length;
      }
      t.diagnostic(`${steps} steps, ${children} children`);
    });
  }
}

function firstStep(stride: number): number {
  return 1 + (Math.floor(Date.now() / 86_400_000) % stride);
}

class Rounds {
  readonly #module: string;
  readonly #name: string;
  readonly #scenario: KillScenario;

  constructor(module: string, name: string, scenario: KillScenario) {
    this.#module = module;
    this.#name = name;
    this.#scenario = scenario;
  }

  /** One child for each of these steps, at once. Returns how many steps the operation of a child that survived had, 0 = none did. */
  async run(steps: readonly number[]): Promise<number> {
    const children = [];
    for (const step of steps) children.push(await this.#start(step));
    let survived = 0;
    for (const { step, ended } of children) survived = Math.max(survived, await this.#try(step, () => ended));
    await this.#try(steps, () => this.#fsck());
    for (const { step, state } of children) await this.#try(step, () => this.#scenario.check(state));
    await this.#try(steps, () => this.#fsck());
    return survived;
  }

  async #start(step: number): Promise<{ step: number; state: unknown; ended: Promise<number> }> {
    const { state, args = [] } = await this.#scenario.prepare();
    const child = startChild('stop_at_step.js', import.meta, this.#module, this.#name, step, args);
    if (this.#scenario.meanwhile) {
      if ((await child.told()) === 'ready') {
        this.#scenario.meanwhile(state);
        child.process.send('go');
      }
    }
    const told = child.told();
    const ended = within(child.exit, 'the child neither ends nor dies').then(async (exit) => {
      if (exit !== 'SIGKILL' && exit !== 0) throw new Error(`the child ends with ${exit}`);
      return exit === 0 ? ((await told) as number) : 0;
    });
    ended.catch(() => {});
    return { step, state, ended };
  }

  #fsck(): void {
    // An internal lock of the dead is repaired by the next one to take it: this takes both.
    const lock = new Lock();
    forgetInstance(session(), lock, lock.reference);
    const problems = fsck(session());
    if (problems.length > 0) throw new Error(`fsck: ${problems.join('\n')}`);
  }

  async #try<T>(steps: number | readonly number[], action: () => T | Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (cause) {
      const where = Array.isArray(steps) && steps.length > 1 ? `one of the steps ${steps.join(', ')}` : `step ${steps}`;
      throw new Error(
        `killed at ${where} of ${JSON.stringify(this.#name)}: ${(cause as Error).message}\n` +
          `Again: KILL_SCENARIO=${JSON.stringify(this.#name)} KILL_AT=${Array.isArray(steps) ? steps[0] : steps} npm test -- every-step`,
        { cause },
      );
    }
  }
}
