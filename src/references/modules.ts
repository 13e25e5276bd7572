/** Modules loaded to find functions in them, once each. Every load runs under the import guard. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { FunctionReferenceError } from '../base/errors.ts';
import { runAsImport } from './import_guard.ts';
import { ModuleNotLoaded } from './module_not_loaded.ts';
import type { ExportReference, MemberReference } from './reference.ts';
import { isRewritten, memberText, REWRITTEN_ADVICE } from './reference.ts';

export type ModuleReference = ExportReference | MemberReference;

/** What an ES module's namespace and `module.exports` have in common: something with properties. */
export type Exports = object;

/** `require` of these means: it needs `import()`, or is in the middle of its own evaluation. */
const NEEDS_IMPORT = new Set(['ERR_REQUIRE_ASYNC_MODULE', 'ERR_REQUIRE_ESM', 'ERR_REQUIRE_CYCLE_MODULE']);

const loaded = new Map<string, Exports>();

/** The exports of a module that was loaded here before, or undefined. */
export function loadedModule(url: string): Exports | undefined {
  return loaded.get(url);
}

/** Loads a module without waiting. Throws ModuleNotLoaded where that takes an `import()`. */
export function requireModule(reference: ModuleReference): Exports {
  const { url } = reference;
  const known = loaded.get(url);
  if (known !== undefined) return known;
  const obstacle = requireObstacle(reference);
  if (obstacle !== null) throw new ModuleNotLoaded(url, reference, obstacle);
  try {
    return keep(
      url,
      runAsImport(url, () => createRequire(url)(fileURLToPath(url))),
    );
  } catch (error) {
    if (NEEDS_IMPORT.has((error as NodeJS.ErrnoException | null)?.code ?? ''))
      throw new ModuleNotLoaded(url, reference, 'it has a top-level await, or waits for one', error);
    throw loadFailure(url, wantedText(reference), error);
  }
}

/** Loads the module of a reference, waiting for its top-level awaits. */
export async function importModule(reference: ModuleReference): Promise<Exports> {
  // A hook that compiles TypeScript gives `import` and `require` of a CommonJS module different texts.
  if (isCommonJS(reference)) return requireModule(reference);
  return importUrl(reference.url, wantedText(reference));
}

/** What is looked for in a module, for errors. */
interface Wanted {
  readonly text: string;
  readonly advice: string;
}

const SOMETHING: Wanted = { text: 'a function', advice: '' };

/** Imports a module. */
export async function importUrl(url: string, wanted: Wanted = SOMETHING): Promise<Exports> {
  const known = loaded.get(url);
  if (known !== undefined) return known;
  try {
    return keep(url, await runAsImport(url, () => import(url)));
  } catch (error) {
    throw loadFailure(url, wanted, error);
  }
}

function keep(url: string, exports: unknown): Exports {
  const holder =
    (typeof exports === 'object' && exports !== null) || typeof exports === 'function' ? exports : { default: exports };
  loaded.set(url, holder);
  return holder;
}

function isCommonJS(reference: ModuleReference): boolean {
  return reference.form === 'export' && reference.cjs && reference.url.startsWith('file:');
}

/** Why `require` would not give the module that `import` gives, or null. */
function requireObstacle(reference: ModuleReference): string | null {
  const { url } = reference;
  if (!url.startsWith('file:')) return `${new URL(url).protocol} modules can only be imported`;
  if (isCommonJS(reference)) return null;
  if (/[?#]/.test(url)) return 'a module with a query can only be imported';
  if (process.features.require_module !== true) return 'this Node does not require ES modules';
  if (isHooked(url)) return 'a hook compiles modules that are required, and would give a second copy of it';
  return null;
}

/** Whether somebody (tsx, ts-node, ...) replaced how `require` loads such files: they make a CommonJS copy of an ES module. */
function isHooked(url: string): boolean {
  const { extensions } = createRequire(url);
  const extension = /\.[^./]+$/.exec(new URL(url).pathname)?.[0] ?? '.js';
  const handler = extensions[extension as '.js'] ?? extensions['.js'];
  return !Function.prototype.toString.call(handler).startsWith('function(module, filename) {');
}

function wantedText(reference: ModuleReference): Wanted {
  return { text: memberText(reference), advice: isRewritten(reference) ? REWRITTEN_ADVICE : '' };
}

function loadFailure(url: string, { text, advice }: Wanted, error: unknown): Error {
  // The guard's own error says what to do; it is not about functions.
  if ((error as { code?: unknown } | null)?.code === 'ERR_MULTIPROC_BOOTSTRAP') return error as Error;
  const message = error instanceof Error ? error.message : String(error);
  return new FunctionReferenceError(`${url} could not be imported to find ${text} in it: ${message}.${advice}`, { cause: error });
}
