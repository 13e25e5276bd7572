/** Which Node runs children, and with which options of its own. */
import { argumentTypeError } from '../base/errors.ts';
import { inheritedExecArgv } from './environment.ts';

let executable: string | undefined;
let options: readonly string[] | undefined;

/** The program that runs children: a Node.js. Children start theirs with it too. Default: the one that runs this program. */
export function setExecutable(path: string): void {
  if (typeof path !== 'string' || path === '')
    throw argumentTypeError(
      `setExecutable() needs the path of a Node.js program, not ${path === '' ? 'an empty text' : typeof path}`,
    );
  executable = path;
}

/** Node's own options for children, in place of those that this program was started with: `['--import', 'tsx']`. */
export function setExecArgv(execArgv: readonly string[]): void {
  if (!Array.isArray(execArgv) || !execArgv.every((option) => typeof option === 'string'))
    throw argumentTypeError("setExecArgv() needs an array of strings, like ['--import', 'tsx']");
  options = [...execArgv];
}

export function childExecutable(): string {
  return executable ?? process.execPath;
}

/** What the program chose for children, if it did. */
export function chosenExecArgv(): readonly string[] | undefined {
  return options;
}

export function childExecArgv(): readonly string[] {
  return options ?? inheritedExecArgv(process.execArgv);
}
