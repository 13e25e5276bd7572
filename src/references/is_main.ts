/** `if __name__ == '__main__'`: whether a module is the program that the user started. */
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isMainThread } from '../platform/main_thread.ts';
import { isFrozen, isSingleExecutable, ownFile } from '../platform/packaging.ts';
import { isChild } from './child_mark.ts';

/** What Node calls code that comes from no file: a CommonJS module's id, and the end of an ES module's URL. */
const FILELESS_ID = /^(?:\[eval\d*\]|\[stdin\]|<repl>)$/;
const FILELESS_URL = /\/\[(?:eval|stdin)\d*\]$/;

interface Meta {
  readonly url?: string;
  readonly main?: boolean;
}

/**
 * True in the main thread of a process that is no child of ours, if `meta` (`import.meta`, or `module` in CommonJS) belongs to the
 * program's entry module; also in a REPL, `--eval` and stdin, and in every module of a bundle or single executable.
 */
export function isMain(meta: ImportMeta | { readonly exports: unknown }): boolean {
  if (isChild() || !isMainThread()) return false;
  if (isFrozen() && (isSingleExecutable() || !hasFile(meta))) return isMainBundle();
  return 'exports' in meta ? isMainScript(meta as NodeJS.Module) : isMainModule(meta as Meta);
}

/** Bundlers that write CommonJS leave nothing of import.meta, and of a module its exports alone. */
function hasFile(meta: object): boolean {
  const { filename, url } = meta as { filename?: unknown; url?: unknown };
  return typeof ('exports' in meta ? filename : url) === 'string';
}

/** Whether the bundle is the program, and nothing that another program loaded. */
function isMainBundle(): boolean {
  const file = ownFile();
  return isSingleExecutable() || file === null || isEntry(file);
}

function isMainModule({ url, main }: Meta): boolean {
  if (typeof url !== 'string') return true;
  // A loader may make its own import.meta: only what Node says for sure is taken from it.
  if (main === true || FILELESS_URL.test(url)) return true;
  return url.startsWith('file:') && !/[?#]/.test(url) && isEntry(fileURLToPath(url));
}

function isMainScript(module: NodeJS.Module): boolean {
  if (FILELESS_ID.test(module.id ?? '') || module === process.mainModule) return true;
  return typeof module.filename === 'string' && isEntry(module.filename);
}

/** Whether Node was started with this file. */
export function isEntry(path: string): boolean {
  const entry = process.argv[1];
  if (entry === undefined || evaluates()) return false;
  if (path === entry && preservesSymlinks()) return true;
  return path === realEntry(entry);
}

/** With `--eval`, the first argument is the program's and names no entry. */
function evaluates(): boolean {
  return process.execArgv.some((option) => /^(?:-e|-p|-pe|--eval|--print|-i|--interactive)(?:=|$)/.test(option));
}

function preservesSymlinks(): boolean {
  const options = `${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`;
  return options.includes('--preserve-symlinks-main') || process.env.NODE_PRESERVE_SYMLINKS_MAIN === '1';
}

let known: { readonly entry: string; readonly real: string } | null = null;

/** The file that Node ran for `node entry`: extensions, `index.js`, package.json's `main` and symlinks resolved as it does. */
function realEntry(entry: string): string {
  if (known?.entry !== entry) known = { entry, real: resolveEntry(entry) };
  return known.real;
}

function resolveEntry(entry: string): string {
  try {
    return createRequire(pathToFileURL(entry)).resolve(entry);
  } catch {
    return entry;
  }
}
