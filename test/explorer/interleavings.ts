/**
 * The explorer of interleavings: runs a scenario's workers in lock-step, once for each schedule. See docs/explorers.md.
 *
 *   EXPLORE_SCHEDULES   how many schedules of each scenario
 *   EXPLORE_SEED        for the random ones
 *   EXPLORE_SCENARIO    only this scenario
 *   EXPLORE_SCHEDULE    only this schedule of it, as a failure printed it
 */
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { Area, type Choice, Control, Outcome, Status, Word } from './control.js';
import { Crew } from './crew.js';
import type { Scenario, Scenarios } from './scenario.js';
import { formatSchedule, parseSchedule, randomFrom, type Schedule, Schedules } from './schedules.js';

/** Most that can go wrong goes wrong in one of a few hundred (`power.test.ts`); the soak test has the patience for the rest. */
const DEFAULT_SCHEDULES = { short: 2000, long: 20_000 }[process.env.MULTIPROC_SOAK ?? ''] ?? 250;
const isLimited = process.env.EXPLORE_SCHEDULES === undefined && process.env.MULTIPROC_SOAK === undefined;
/** No scenario takes longer, nor more of the processors, on a busy machine either, unless it was said how many schedules it shall be. */
const TIME_MS = isLimited ? 1200 : Infinity;
const PROCESSOR_MS = isLimited ? 600 : Infinity;
/** A worker that is not back by then is in a loop without a single atomic step. */
const PATIENCE_MS = 30_000;
/** The event loop gets a turn this often. */
const TURN_MS = 200;

export interface Report {
  readonly schedules: number;
  readonly perSecond: number;
  /** Choices of the longest schedule. */
  readonly longest: number;
  readonly text: string;
}

export class ExplorerError extends Error {}

const control = new Control();
const crew = new Crew(control);
// A test runner that leaves tests out may leave their hooks out, too.
process.once('beforeExit', () => void crew.end());
const seed = Number(process.env.EXPLORE_SEED ?? Math.floor(Math.random() * 2 ** 31));
const budget = Number(process.env.EXPLORE_SCHEDULES ?? DEFAULT_SCHEDULES);

/** Whether EXPLORE_SCENARIO leaves this one out. */
export function isLeftOut(name: string): boolean {
  return process.env.EXPLORE_SCENARIO !== undefined && process.env.EXPLORE_SCENARIO !== name;
}

/** Explores a scenario that a module exports in `scenarios`. Throws ExplorerError with the schedule that failed. */
export async function explore(module: string, name: string, schedules = budget): Promise<Report> {
  const { scenarios } = (await import(module)) as { scenarios: Scenarios };
  const scenario = scenarios[name];
  await crew.load(scenario.workers, module, name);
  const began = performance.now();
  const usage = process.cpuUsage();
  try {
    const only = process.env.EXPLORE_SCHEDULE;
    if (only !== undefined) return replay(name, scenario, parseSchedule(only));
    const plan = new Schedules(schedules * (scenario.share ?? 1), scenario.workers, randomFrom(seed));
    let longest = 0;
    let turn = began;
    for (const { schedule, ran } of plan) {
      const choices = runOne(name, scenario, schedule);
      longest = Math.max(longest, choices.length);
      ran(choices);
      if (performance.now() - began > TIME_MS || processorTime(usage) > PROCESSOR_MS) break;
      if (performance.now() - turn > TURN_MS) {
        await new Promise((resolve) => setImmediate(resolve));
        turn = performance.now();
      }
    }
    const perSecond = Math.round((plan.total / (performance.now() - began)) * 1000);
    return { schedules: plan.total, perSecond, longest, text: describe(plan, perSecond, longest) };
  } finally {
    crew.unload();
  }
}

/** Of all threads, in ms. */
function processorTime(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

/** Ends the workers. */
export async function endExploring(): Promise<void> {
  await crew.end();
}

function describe(plan: Schedules, perSecond: number, longest: number): string {
  const counts = plan.explored
    .slice(0, -1)
    .map((count, preemptions) => (plan.isComplete(preemptions) ? `all ${count}` : `${count}`));
  return (
    `${plan.total} schedules of up to ${longest} choices, ${perSecond} a second: ${counts.join(', ')} with 0, 1, 2, 3 preemptions, ` +
    `${plan.explored.at(-1)} random (seed ${seed})`
  );
}

function replay(name: string, scenario: Scenario, schedule: Schedule): Report {
  const choices = runOne(name, scenario, schedule);
  console.log(formatTrace(choices));
  return { schedules: 1, perSecond: 0, longest: choices.length, text: `replayed ${formatSchedule(schedule)}: nothing is wrong` };
}

function runOne(name: string, scenario: Scenario, schedule: Schedule): readonly Choice[] {
  const { words } = control;
  const { state, numbers = [] } = scenario.prepare();
  words.set(numbers, Area.ARGUMENTS);
  for (const word of [Word.CHOICE, Word.DEVIATION, Word.OUTCOME, Word.ERROR_LENGTH, Word.PAUSED]) words[word] = 0;
  // Whatever was limited in time is past.
  words[Word.CLOCK] += 1000;
  words[Word.TICK] = scenario.tick ?? 0;
  control.setSchedule(schedule);
  control.give(1);
  if (!control.take(0, PATIENCE_MS)) {
    console.error(`${name}: a worker runs without a step, schedule ${formatSchedule(schedule)}`);
    process.exit(1);
  }
  const choices = Array.from({ length: words[Word.CHOICE] }, (_, i) => control.choice(i));
  const problem = whatHappened() ?? whatIsLeft(scenario, state);
  if (problem === undefined) return choices;
  unwind();
  throw new ExplorerError(
    `${problem}\nscenario ${JSON.stringify(name)}, schedule ${formatSchedule(schedule)} (seed ${seed}). Again:\n` +
      `  EXPLORE_SCENARIO=${JSON.stringify(name)} EXPLORE_SCHEDULE='${formatSchedule(schedule)}' npm test -- explorer\n${formatTrace(choices)}`,
  );
}

function whatHappened(): string | undefined {
  const { words } = control;
  if (control.error !== undefined) return control.error;
  if (words[Word.OUTCOME] === Outcome.ENDLESS) return 'endless: a loop goes round and never gets anywhere';
  if (words[Word.OUTCOME] !== Outcome.STUCK) return undefined;
  const asleep = Array.from({ length: words[Word.WORKERS] }, (_, worker) => worker).filter(
    (worker) => words[Area.STATUS + worker] !== Status.FINISHED,
  );
  return `lost wake-up or deadlock: worker ${asleep.join(' and ')} sleeps, and nobody is left who could ring`;
}

function whatIsLeft(scenario: Scenario, state: unknown): string | undefined {
  const results = Array.from({ length: control.words[Word.WORKERS] }, (_, worker) => control.result(worker));
  try {
    scenario.check(state, results);
  } catch (error) {
    return `${(error as Error).message}\nthe workers returned ${JSON.stringify(results)}`;
  }
  const problems = fsck(session());
  return problems.length === 0 ? undefined : `fsck: ${problems.join('\n')}`;
}

function unwind(): void {
  const { words } = control;
  words[Word.ABORT] = 1;
  for (let worker = 0; worker < words[Word.WORKERS]; worker++) {
    if (words[Area.STATUS + worker] === Status.FINISHED) continue;
    control.give(worker + 1);
    control.take(0);
  }
  words[Word.ABORT] = 0;
}

const SHORT: Partial<Record<string, string>> = { compareExchange: 'cas' };
const MAX_SHOWN = 250;

/** One line for each stretch of one worker; words are shown relative to the lowest of the heap. */
function formatTrace(choices: readonly Choice[]): string {
  const lines: string[] = [];
  let line: string[] = [];
  let who = -1;
  const flush = (): void => {
    if (line.length > 0) lines.push(`  worker ${who}: ${line.join(' ')}`);
    line = [];
  };
  for (const [i, { worker, operation, address, chosen, forced }] of choices.slice(0, MAX_SHOWN).entries()) {
    if (worker !== who) flush();
    who = worker;
    const name = SHORT[operation] ?? operation;
    if (chosen === worker || forced) line.push(`${i}:${name}${forced ? '' : `@${address}`}`);
    if (chosen === worker) continue;
    flush();
  }
  flush();
  if (choices.length > MAX_SHOWN) lines.push(`  ... and ${choices.length - MAX_SHOWN} more`);
  return lines.join('\n');
}
