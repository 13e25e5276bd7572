/**
 * The fence around what a child imports. A child imports the module of its target, and that module's top level runs again; were it to
 * start processes there, each of them would do the same. So whatever an import of ours begins (after an await, in a timer, in a
 * `test()`) carries the import's mark for ever, in an AsyncLocalStorage, and may start no process. Only the target may.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { fileURLToPath } from 'node:url';
import { BootstrapError } from '../base/errors.ts';

interface Importing {
  readonly url: string;
  /** The first part of a frozen child's program, up to freezeSupport(), and what that begins. */
  readonly isFrozen?: boolean;
}

const imports = new AsyncLocalStorage<Importing | null>();
let enabled = false;

/** Called by a child's bootstrap. In a main program nothing is fenced: its imports on behalf of the library harm nobody. */
export function enableImportGuard(): void {
  enabled = true;
}

/** Runs `load`, which imports `url`; all that this begins belongs to the import. */
export function runAsImport<R>(url: string, load: () => R): R {
  return enabled ? imports.run({ url }, load) : load();
}

/** What runs from here on is the first part of a frozen child's program, which is the main program's: it may start nothing. */
export function enterFrozenProgram(url: string): void {
  enabled = true;
  imports.enterWith({ url, isFrozen: true });
}

/** Runs what belongs to no import, though one is around. */
export function runOutside<R>(work: () => R): R {
  return imports.exit(work);
}

/** Runs a child's target, or a task: what it begins belongs to it, not to an import that may be around. */
export function runAsTarget<R>(target: () => R): R {
  return enabled ? imports.run(null, target) : target();
}

/** The module whose import, by the library in this child, began the running code. */
export function importingModule(): string | null {
  return imports.getStore()?.url ?? null;
}

/** Throws a BootstrapError if an import began the running code. `what` is what was tried: `Process.start()`. */
export function assertNotImporting(what: string): void {
  const importing = imports.getStore();
  if (!importing) return;
  const { url, isFrozen } = importing;
  const file = url.startsWith('file:') ? fileURLToPath(url) : url;
  throw new BootstrapError(isFrozen ? beforeFreezeSupport(what, file) : withoutGuard(what, file));
}

function withoutGuard(what: string, file: string): string {
  return (
    `${what} was reached while a child process imported ${file} to find its function there. ` +
    'A child runs the top level of that module again, so what starts processes must stand under a guard ' +
    'that is true in the main program only:\n\n' +
    "    import { isMain } from 'multiproc';\n\n" +
    '    if (isMain(import.meta)) { // in CommonJS: isMain(module)\n' +
    `      // ${what} goes here\n` +
    '    }\n'
  );
}

function beforeFreezeSupport(what: string, file: string): string {
  return (
    `${what} was reached in a child process before freezeSupport(). A child of a bundle runs the beginning of ${file} again, ` +
    'until freezeSupport() gives it its work. It must come first of all:\n\n' +
    '    await freezeSupport({ work }); // the functions that children are given\n' +
    `    // ${what} comes after\n`
  );
}
