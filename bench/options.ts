// The command line.
import { parseArgs } from 'node:util';
import { type Row, rows } from './harness/rows.ts';

export const USAGE = `Usage: npm run bench -- [options]

Measures each row of bench/harness/rows.ts against CPython's multiprocessing and the process and thread pools of npm, in turns.

  --rounds N     measurements of each side (default: 3; the table gives medians)
  --only ROW     this row, or all whose name begins so; may be repeated
  --quick        one short round: to see that everything runs, not for figures
  --timeout S    seconds after which a single measurement is given up (default: 120)
  --check        exit status 1 where a floor is missed
  --list         the rows
  --help         this text

Prints a Markdown table and writes bench/results/latest.json. PYTHON in the environment names a python other than python3.
`;

export interface Options {
  readonly rows: readonly Row[];
  readonly rounds: number;
  /** How long one measurement shall take, in seconds. */
  readonly seconds: number;
  /** When it is given up, in milliseconds. */
  readonly timeout: number;
  readonly check: boolean;
}

export class UsageError extends Error {}

/** A string is to be printed, and that is all. */
export function parseOptions(args: string[]): Options | string {
  const values = parse(args);
  if (values.help) return USAGE;
  if (values.list) return rows.map(({ name, work }) => `${name.padEnd(22)}${work}\n`).join('');
  return {
    rows: selected(values.only ?? ['']),
    rounds: positive('--rounds', values.rounds) ?? (values.quick ? 1 : 3),
    seconds: values.quick ? 0.2 : 1,
    timeout: (positive('--timeout', values.timeout) ?? 120) * 1000,
    check: values.check ?? false,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        rounds: { type: 'string' },
        only: { type: 'string', multiple: true },
        quick: { type: 'boolean' },
        timeout: { type: 'string' },
        check: { type: 'boolean' },
        list: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function selected(prefixes: readonly string[]): Row[] {
  for (const prefix of prefixes)
    if (!rows.some(({ name }) => name.startsWith(prefix)))
      throw new UsageError(`no row is called '${prefix}'; --list shows them`);
  return rows.filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix)));
}

function positive(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new UsageError(`${option} takes a whole number, at least 1, not '${text}'`);
  return value;
}
