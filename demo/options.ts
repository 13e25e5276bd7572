// The command line.
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cpuCount } from 'multiproc';
import { reason } from './walk.ts';

export const USAGE = `Usage: npm run demo -- [DIR] [options]

Finds files of equal content under DIR (default: this project's node_modules), hashing them in a pool of processes.

  -p, --processes N   processes in the pool (default: one per core)
  -n, --top N         groups to show (default: 10)
  -a, --all           hash every file, not only those that share their size with another: a longer job to measure
      --no-compare    hash once, in the pool alone, without measuring one process beside it
  -h, --help          this text

Symbolic links are not followed, and hard links to one file are not duplicates. What cannot be read is listed at the end.
Exit status: 0 done (also with unreadable files), 1 DIR cannot be searched, 2 wrong usage.
`;

export interface Options {
  readonly root: string;
  readonly processes: number;
  readonly top: number;
  readonly all: boolean;
  readonly compare: boolean;
}

/** Ends the program with a message instead of a stack. */
export class Refusal extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** `null` asks for the usage text. */
export function parseOptions(args: string[]): Options | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  if (positionals.length > 1) throw usageError(`one directory at a time, not ${positionals.length}`);
  return {
    root: searchable(positionals[0] === undefined ? ownNodeModules() : resolve(callersDirectory(), positionals[0])),
    processes: wholeNumber('--processes', values.processes, 1) ?? cpuCount(),
    top: wholeNumber('--top', values.top, 0) ?? 10,
    all: values.all ?? false,
    compare: !values['no-compare'],
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        processes: { type: 'string', short: 'p' },
        top: { type: 'string', short: 'n' },
        all: { type: 'boolean', short: 'a' },
        'no-compare': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw usageError((error as Error).message);
  }
}

function usageError(message: string): Refusal {
  return new Refusal(`${message}\nTry --help.`, 2);
}

function wholeNumber(option: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < least)
    throw usageError(`${option} takes a whole number, at least ${least}, not '${text}'`);
  return value;
}

/** The directory given may be a link itself: it was asked for. */
function searchable(directory: string): string {
  try {
    if (statSync(directory).isDirectory()) return realpathSync(directory);
  } catch (error) {
    throw new Refusal(`cannot search '${directory}': ${reason(error)}`, 1);
  }
  throw new Refusal(`cannot search '${directory}': it is not a directory`, 1);
}

/** npm runs a script in the package's folder; a relative path means the folder that npm was called in. */
function callersDirectory(): string {
  return process.env.npm_lifecycle_event === 'demo' && process.env.INIT_CWD ? process.env.INIT_CWD : process.cwd();
}

function ownNodeModules(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json')) && directory !== dirname(directory)) directory = dirname(directory);
  return join(directory, 'node_modules');
}
