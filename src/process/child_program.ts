/** What a child is started with: which executable, which options of Node's, which script. */
import { fileURLToPath } from 'node:url';
import { argumentTypeError, BootstrapError } from '../base/errors.ts';
import { isFrozen, isSingleExecutable, ownFile } from '../platform/packaging.ts';
import { childExecArgv, childExecutable, chosenExecArgv } from './executable.ts';

export interface ChildProgram {
  readonly executable: string;
  readonly args: readonly string[];
}

let hasFreezeSupport = false;

/** Called by freezeSupport(): a child that runs this program from its beginning comes to it, and no further. */
export function childrenMayRunProgram(): void {
  hasFreezeSupport = true;
}

/** Throws a BootstrapError in a bundle whose children would run the whole program again. */
export function childProgram(execArgv: readonly string[] | undefined): ChildProgram {
  if (isFrozen()) return frozenProgram(execArgv);
  const bootstrap = fileURLToPath(new URL('./bootstrap.js', import.meta.url));
  return { executable: childExecutable(), args: [...(execArgv ?? childExecArgv()), bootstrap] };
}

/** Nothing lies beside a bundle: its children begin as it does, and freezeSupport() takes them aside. */
function frozenProgram(execArgv: readonly string[] | undefined): ChildProgram {
  const file = ownFile() ?? process.argv[1];
  if (!hasFreezeSupport) throw withoutFreezeSupport(file);
  const executable = childExecutable();
  if (!isSingleExecutable()) return { executable, args: [...(execArgv ?? childExecArgv()), file] };
  // It passes all of its arguments on to the program.
  const options = execArgv ?? chosenExecArgv() ?? [];
  if (options.length > 0)
    throw argumentTypeError(
      `execArgv: a single executable takes no options of Node's as arguments. Give them with env: { NODE_OPTIONS: '${options.join(' ')}' }`,
    );
  return { executable, args: [] };
}

function withoutFreezeSupport(file: string): BootstrapError {
  return new BootstrapError(
    `${file} is a bundle with multiproc in it, and has not called freezeSupport(): its children would run all of it again. ` +
      'Make this its first line, before anything else is done:\n\n' +
      '    await freezeSupport({ work }); // the functions and classes that children are given\n\n' +
      'In CommonJS, where no await stands at the top: freezeSupport({ work }).then(main)\n',
  );
}
