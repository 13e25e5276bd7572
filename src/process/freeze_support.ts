/**
 * A bundle, or a single executable: all of the program in one file, in which a child finds no module by its URL. Its children are started as it is, and run it from its
 * beginning: the library is evaluated, sees that it is in a child, and lets nothing start processes; then freezeSupport() gets hold of it and never lets go.
 */
import { pathToFileURL } from 'node:url';
import { setKnowsAllObjectKinds } from '../memory/object_kinds.ts';
import { isMainThread } from '../platform/main_thread.ts';
import { isFrozen, isSingleExecutable, ownFile } from '../platform/packaging.ts';
import type { AnyFunction } from '../references/any_function.ts';
import { markChild } from '../references/child_mark.ts';
import { enterFrozenProgram, runOutside } from '../references/import_guard.ts';
import { isEntry } from '../references/is_main.ts';
import { checkFunctions, registerFunctions } from '../references/registered.ts';
import { childrenMayRunProgram } from './child_program.ts';
import { holdOrders } from './environment.ts';

/** This process is a child, and freezeSupport() was not called so far. */
let isWaiting = false;
let child: Promise<never> | undefined;

if (isFrozen() && isMainThread() && isProgram() && holdOrders()) {
  isWaiting = true;
  markChild();
  enterFrozenProgram(pathToFileURL(ownFile() ?? process.execPath).href);
  process.on('exit', complain);
}

/**
 * The first line of a program that is bundled into one file, or made a single executable: names the functions and classes that its processes are given, of which
 * a bundle shows nothing from outside. In a child it runs what the child is to do, and never settles: nothing below it is reached.
 * In a program that is not bundled it does nothing.
 *
 *     await freezeSupport({ hash, Report });        // ES module
 *     freezeSupport({ hash, Report }).then(main);   // CommonJS
 *
 * Rejects with a TypeError if `functions` is no object of functions. Follows CPython's `multiprocessing.freeze_support`.
 */
export async function freezeSupport(functions: Readonly<Record<string, AnyFunction>> = {}): Promise<void> {
  checkFunctions(functions);
  if (!isFrozen()) return;
  registerFunctions(functions);
  childrenMayRunProgram();
  if (isWaiting) {
    isWaiting = false;
    child = runOutside(runChild);
  }
  return child;
}

/** Whether Node was started with this very file. A bundle that another program's child happens to load is none of ours. */
function isProgram(): boolean {
  const file = ownFile();
  return isSingleExecutable() || (file !== null && isEntry(file));
}

async function runChild(): Promise<never> {
  endQuietly();
  await import('./bootstrap.ts');
  // All of the library is here already.
  setKnowsAllObjectKinds(true);
  return new Promise(() => {});
}

/** A promise at the top level that never settles is an error for Node, with a code of its own and a complaint, unless the process exits by itself. */
function endQuietly(): void {
  let isFailing = false;
  const leave = () => {
    // An uncaught error is shown after this.
    if (!isFailing) process.exit();
  };
  process.on('uncaughtExceptionMonitor', () => {
    isFailing = process.listenerCount('uncaughtException') === 0;
  });
  process.prependListener('exit', () => {
    if (!isFailing) process.exitCode ??= 0;
  });
  process.on('beforeExit', () => {
    isFailing = false;
    // The last of all listeners, since it ends the process.
    process.nextTick(() => process.off('exit', leave).on('exit', leave));
  });
}

function complain(code: number): void {
  if (!isWaiting || code !== 0) return;
  process.stderr.write(
    `Process ${process.argv[2]}:\nBootstrapError: a child process has run the program to its end without coming to freezeSupport(). ` +
      'It must be the first line of the bundle, under no condition: isMain() is false here.\n',
  );
  process.exitCode = 1;
}
