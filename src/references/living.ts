/**
 * The last way to a function: among those that live in this thread. A module in the middle of its own evaluation cannot be had: its
 * `import()` settles only afterwards, which may be never if it is this function that it waits for, and `require` refuses. Its functions
 * exist all the same. (They may be called before the module is through, as in a cycle of imports.)
 */
import type { AnyFunction } from './any_function.ts';
import { isChild } from './child_mark.ts';
import { findFunctions, isParsed, placeOf } from './engine.ts';
import { importingModule } from './import_guard.ts';
import { ModuleNotLoaded } from './module_not_loaded.ts';
import type { Exports, ModuleReference } from './modules.ts';
import { importModule, importUrl, requireModule } from './modules.ts';
import { LATE, loadLate } from './registered.ts';
import { remember } from './remembered.ts';
import { sourceHash } from './source_text.ts';

export type Found = { readonly exports: Exports } | { readonly living: AnyFunction };

/** Modules that this file is importing, and those that a failed `require` left parsed: functions of theirs that live are not ready. */
const unevaluated = new Map<string, number>();

/** The answer to a ModuleNotLoaded: imports the module, or finds what was wanted of it, so that synchronous operations have it. */
export async function loadModule({ url, what }: ModuleNotLoaded): Promise<void> {
  if (url === LATE) return loadLate();
  if (typeof what === 'string' || (what.form !== 'export' && what.form !== 'member')) {
    await whileImporting(url, () => importUrl(url));
    return;
  }
  const found = await importOrFindLiving(what);
  if ('living' in found) remember(found.living, what);
}

/** Imports the module of a reference, or finds the function while the module waits for something, perhaps for this very call. */
export async function importOrFindLiving(reference: ModuleReference): Promise<Found> {
  const { url } = reference;
  if (!mayBeEvaluating(url)) return whileImporting(url, async () => ({ exports: await importModule(reference) }));
  const exports = importModule(reference).then((found) => ({ exports: found }));
  const soon = await Promise.race([exports, eventLoopTurns(2)]);
  const living = soon === undefined ? findLiving(reference) : undefined;
  if (living === undefined) return exports;
  exports.catch(() => {});
  return { living };
}

/** Requires the module of a reference; where it refuses because it is being evaluated, finds the function. Throws ModuleNotLoaded. */
export function requireOrFindLiving(reference: ModuleReference): Found {
  const { url } = reference;
  const wasThere = mayBeEvaluating(url);
  try {
    return { exports: requireModule(reference) };
  } catch (error) {
    if (!(error instanceof ModuleNotLoaded)) throw error;
    const living = wasThere ? findLiving(reference) : undefined;
    if (living !== undefined) return { living };
    if (!wasThere) unevaluated.set(url, (unevaluated.get(url) ?? 0) + 1);
    throw error;
  }
}

/**
 * Whether the module can be in the middle of an evaluation that this call must not wait for. In a child that is an import of ours,
 * and the call comes from inside it; in a main program, whatever has been parsed by others.
 */
function mayBeEvaluating(url: string): boolean {
  const importing = importingModule();
  if (importing === url) return true;
  if (isChild() ? importing === null : unevaluated.has(url)) return false;
  try {
    return isParsed(url);
  } catch {
    // No inspector: then there is no finding the function either.
    return false;
  }
}

async function whileImporting<R>(url: string, load: () => Promise<R>): Promise<R> {
  unevaluated.set(url, (unevaluated.get(url) ?? 0) + 1);
  try {
    return await load();
  } finally {
    const others = unevaluated.get(url)! - 1;
    if (others > 0) unevaluated.set(url, others);
    else unevaluated.delete(url);
  }
}

/** The one living function of a reference, or undefined. */
function findLiving(reference: ModuleReference): AnyFunction | undefined {
  if (reference.form !== 'export' || reference.hash === '') return undefined;
  const found = findFunctions(
    reference.name,
    (fn) => sourceHash(fn) === reference.hash && placeOf(fn)?.script.url === reference.url,
  );
  return found.length === 1 ? found[0] : undefined;
}

/** A module that is there already is had within a turn; one that must be read from disk takes longer. */
async function eventLoopTurns(turns: number): Promise<undefined> {
  for (; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
}
