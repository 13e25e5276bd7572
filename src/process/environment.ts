/** What a child inherits: environment, Node's own options, program arguments. */
import type { SessionAddress } from '../memory/session.ts';
import type { Identity } from './identity.ts';

/** Holds a child's orders; the child removes it, so that programs it runs do not see it. */
const VARIABLE = 'MULTIPROC_CHILD';

/** Test runners and coverage workers mark their own children with these: ours are none. */
const RUNNER_VARIABLES =
  /^(NODE_TEST_CONTEXT|NODE_TEST_WORKER_ID|VITEST.*|JEST_WORKER_ID|TEST_WORKER_INDEX|NODE_UNIQUE_ID|NODE_CHANNEL_.*|NODE_APP_INSTANCE)$/;

/** Options that say what to run, or would make the child a debugger, test runner or watcher of its own. */
const OWN_OPTIONS =
  /^--(test(-.*)?|eval|print|check|interactive|watch(-.*)?|inspect(-.*)?|debug-port|input-type|run|build-snapshot(-.*)?|cpu-prof(-.*)?|heap-prof(-.*)?)(=|$)|^-(e|p|pe|c|i)$/;

/** A child's orders, as plain data. */
export interface Orders {
  readonly session: SessionAddress;
  readonly identity: Identity;
  /** A worker of a pool: Ctrl-C is its parent's business. */
  readonly ignoresInterrupt: boolean;
  /** Its output goes to its parent by pipes. */
  readonly pipesOutput: boolean;
}

export function childEnvironment(orders: Orders, extra: Record<string, string | undefined> | undefined): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {};
  for (const [key, value] of Object.entries({ ...process.env, ...extra })) {
    if (value !== undefined && !RUNNER_VARIABLES.test(key)) environment[key] = value;
  }
  environment[VARIABLE] = JSON.stringify(orders);
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
