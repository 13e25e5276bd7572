/** What a `Process` can be given. */
import { argumentTypeError } from '../base/errors.ts';
import type { Stdio } from './launch.ts';

export type ProcessOptions<A extends readonly unknown[]> = {
  /** Default: `Process-1`, and `Process-1:2` for the second child of the first. */
  name?: string;
  /** A daemonic process ends with its parent, however that ends. Default: as the creator. */
  daemon?: boolean;
  /** Where standard output and error go. Standard input is always empty. A child whose piped output nobody reads stops when the pipe is full. Default: 'inherit'. */
  stdio?: Stdio;
  /** Added to (undefined: removed from) the inherited environment. */
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** Node's own options for the child. Default: this process's. */
  execArgv?: readonly string[];
} & (
  | ({ /** An exported function; sync or async. */ target: (...args: A) => unknown } & ([] extends A
      ? { args?: readonly [...A] }
      : { args: readonly [...A] }))
  | { target?: never; args?: never }
);

/** Throws TypeError for what is wrong. */
export function checkOptions(options: ProcessOptions<any>): void {
  if (typeof options !== 'object' || options === null) {
    const fix = typeof options === 'function' ? ': write new Process({ target: work })' : '';
    throw argumentTypeError(`the options of a Process must be an object, not ${kindOf(options)}${fix}`);
  }
  const { target, args, name, stdio, daemon, env, cwd, execArgv } = options;
  if (target !== undefined && typeof target !== 'function') {
    throw argumentTypeError(
      `target must be a function, not ${kindOf(target)}: pass the function itself, as in { target: work, args: [1] }`,
    );
  }
  if (args !== undefined && !Array.isArray(args))
    throw argumentTypeError(`args must be an array, not ${kindOf(args)}: write { args: [value] }`);
  if (name !== undefined) checkName(name);
  if (stdio !== undefined && !['inherit', 'pipe', 'ignore'].includes(stdio))
    throw argumentTypeError(`stdio must be 'inherit', 'pipe' or 'ignore', not ${String(stdio)}`);
  if (daemon !== undefined) checkDaemon(daemon);
  if (env !== undefined && (typeof env !== 'object' || env === null))
    throw argumentTypeError(`env must be an object like { NAME: 'value' }, not ${kindOf(env)}`);
  if (cwd !== undefined && typeof cwd !== 'string') throw argumentTypeError(`cwd must be a string, not ${kindOf(cwd)}`);
  if (execArgv !== undefined && !(Array.isArray(execArgv) && execArgv.every((option) => typeof option === 'string')))
    throw argumentTypeError(`execArgv must be an array of strings, like ['--import', 'tsx'], not ${kindOf(execArgv)}`);
}

export function checkName(name: unknown): asserts name is string {
  if (typeof name !== 'string') throw argumentTypeError(`name must be a string, not ${kindOf(name)}`);
}

export function checkDaemon(daemon: unknown): asserts daemon is boolean {
  if (typeof daemon !== 'boolean') throw argumentTypeError(`daemon must be true or false, not ${kindOf(daemon)}`);
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array of other things' : typeof value;
}
