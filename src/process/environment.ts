/** What a child inherits: environment, Node's own options, program arguments. */
import type { LoggingState } from '../logging/logger.ts';
import type { SessionAddress } from '../memory/session.ts';
import type { Identity } from './identity.ts';
import type { StartMethod } from './start_method.ts';

/** Holds a child's orders; the child removes it, so that programs it runs do not see it. */
const VARIABLE = 'MULTIPROC_CHILD';

/** Test runners and coverage workers mark their own children with these: ours are none. */
const RUNNER_VARIABLES =
  /^(NODE_TEST_CONTEXT|NODE_TEST_WORKER_ID|VITEST.*|JEST_WORKER_ID|TEST_WORKER_INDEX|NODE_UNIQUE_ID|NODE_CHANNEL_.*|NODE_APP_INSTANCE)$/;

/** Options that say what to run, or would make the child a debugger, test runner or watcher of its own. */
const OWN_OPTIONS =
  /^--(test(-.*)?|eval|print|check|interactive|watch(-.*)?|inspect(-.*)?|debug-port|input-type|run|build-snapshot(-.*)?|cpu-prof(-.*)?|heap-prof(-.*)?)(=|$)|^-(e|p|pe|c|i)$/;

/** Who a child is; plain data. A spare gets it with its call, any other child in its environment. */
export interface Work {
  readonly identity: Identity;
  /** For its own children. */
  readonly startMethod: StartMethod;
  /** A worker of a pool: Ctrl-C is its parent's business. */
  readonly ignoresInterrupt: boolean;
  /** Its output goes to its parent by pipes. */
  readonly pipesOutput: boolean;
  /** The end of what it writes to its standard error is kept for its parent. */
  readonly keepsLastWords: boolean;
  /** Undefined = as at the start of a program. */
  readonly logging: LoggingState | undefined;
}

/** What a spare does before it gets its work. */
export interface SpareOrders {
  readonly preload: readonly Preload[];
  /** Whether it reports what cannot be loaded: another one has done so before. */
  readonly isQuiet: boolean;
  /** The program's arguments, for modules that look at them while they are loaded. */
  readonly argv: readonly string[];
}

export interface Preload {
  /** As the user gave it. */
  readonly name: string;
  /** URL, or the bare name of a package. */
  readonly specifier: string;
  /** Path from which a bare name is looked up. */
  readonly from: string;
}

/** A child's orders, as plain data. */
export interface Orders extends Work {
  readonly session: SessionAddress;
  readonly spare?: SpareOrders;
}

export function childEnvironment(orders: Orders, extra: Record<string, string | undefined> | undefined): NodeJS.ProcessEnv {
  return { ...inheritedEnvironment(extra), [VARIABLE]: JSON.stringify(orders) };
}

/** What a child started now would find in its environment. */
export function inheritedEnvironment(extra: Record<string, string | undefined> | undefined): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [key, value] of Object.entries({ ...process.env, ...extra })) {
    if (value !== undefined && !RUNNER_VARIABLES.test(key)) environment[key] = value;
  }
  return environment;
}

let held: string | undefined;

/** Takes the orders out of the environment before anything else may see them, for `takeOrders` to give later. False = there are none. */
export function holdOrders(): boolean {
  held = process.env[VARIABLE];
  delete process.env[VARIABLE];
  return held !== undefined;
}

export function takeOrders(): Orders {
  const text = held ?? process.env[VARIABLE];
  held = undefined;
  delete process.env[VARIABLE];
  if (text === undefined) throw new Error('this file is run by multiproc in the processes that it starts, not by hand');
  return JSON.parse(text);
}

/** `process.execArgv` without what must not be repeated in a child. */
export function inheritedExecArgv(execArgv: readonly string[]): string[] {
  const kept: string[] = [];
  let isDropping = false;
  for (const option of execArgv) {
    // What begins with no dash is the value of the option before it.
    if (option.startsWith('-')) isDropping = OWN_OPTIONS.test(option);
    if (!isDropping) kept.push(option);
  }
  return kept;
}
