/**
 * The last way to a function: among those that live in this thread. A module in the middle of its own evaluation cannot be had (its
 * `import()` settles only afterwards, `require` refuses), and one that awaits at its top level never by `require`; their functions
 * exist all the same.
 */
import type { AnyFunction } from './any_function.ts';
import { isChild } from './child_mark.ts';
import { findFunctions, isParsed, placeOf } from './engine.ts';
import type { Exports, ModuleReference } from './modules.ts';
import { importModule, isImporting } from './modules.ts';
import { sourceHash } from './source_text.ts';

/** The one living function of a reference, or undefined. */
export function findLiving(reference: ModuleReference): AnyFunction | undefined {
  if (reference.form !== 'export' || reference.hash === '') return undefined;
  try {
    if (!isParsed(reference.url)) return undefined;
    const found = findFunctions(
      reference.name,
      (fn) => sourceHash(fn) === reference.hash && placeOf(fn)?.script.url === reference.url,
    );
    return found.length === 1 ? found[0] : undefined;
  } catch {
    // No inspector: the caller's own error says more.
    return undefined;
  }
}

/** Imports the module of a reference, or finds the function while the module waits for something, perhaps for this very call. */
export async function importOrFindLiving(reference: ModuleReference): Promise<{ exports: Exports } | { living: AnyFunction }> {
  const exports = importModule(reference).then((found) => ({ exports: found }));
  // A child's modules are evaluated by imports of ours; with none under way, waiting for one more is safe.
  if (isChild() && !isImporting()) return exports;
  const soon = await Promise.race([exports, eventLoopTurns(2)]);
  if (soon !== undefined) return soon;
  const living = findLiving(reference);
  if (living === undefined) return exports;
  exports.catch(() => {});
  return { living };
}

/** A module that is there already is had within a turn; one that must be read from disk takes longer. */
async function eventLoopTurns(turns: number): Promise<undefined> {
  for (; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
}
