/** From a reference to the function, in whatever process. A reference that comes home gives the very function it was made from. */
import { FunctionReferenceError } from '../base/errors.ts';
import type { AnyFunction } from './any_function.ts';
import { buildFunction } from './built_function.ts';
import { builtinFunction } from './builtins.ts';
import { findExport, findMember } from './exports.ts';
import type { Found } from './living.ts';
import { importOrFindLiving, requireOrFindLiving } from './living.ts';
import { ModuleNotLoaded } from './module_not_loaded.ts';
import type { Exports, ModuleReference } from './modules.ts';
import { loadedModule } from './modules.ts';
import type { FunctionReference } from './reference.ts';
import { checkReference, checkUrl, referenceText } from './reference.ts';
import { LATE, loadLate, mayComeLate, registeredFunction } from './registered.ts';
import { remember, rememberedFunction } from './remembered.ts';
import { standInOf } from './stand_in.ts';

export interface ResolveOptions {
  /**
   * Leave a module that is not loaded yet to `loadModule` (ModuleNotLoaded is thrown) instead of requiring it: asynchronous callers
   * can then wait for it, and get the same module whatever hooks are there.
   */
  readonly preferImport?: boolean;
}

/**
 * The function of a reference, without waiting. Throws a FunctionReferenceError if there is none, and its subclass ModuleNotLoaded if
 * the module must be imported first.
 */
export function resolveFunction(description: unknown, { preferImport = false }: ResolveOptions = {}): AnyFunction {
  const reference = checkReference(description);
  const known = rememberedFunction(reference);
  if (known !== undefined) return known;
  checkUrl(reference);
  if (reference.form !== 'export' && reference.form !== 'member') return keep(reference, resolveAnywhere(reference));
  const exports = loadedModule(reference.url);
  if (exports !== undefined) return keep(reference, findIn(exports, reference));
  if (preferImport && !(reference.form === 'export' && reference.cjs))
    throw new ModuleNotLoaded(reference.url, reference, 'it was asked to leave that to import()');
  try {
    return take(reference, requireOrFindLiving(reference));
  } catch (error) {
    const standIn = error instanceof ModuleNotLoaded ? standInOf(reference) : undefined;
    if (standIn === undefined) throw error;
    return standIn;
  }
}

/** The function of a reference; imports its module if need be. */
export async function resolveFunctionAsync(description: unknown): Promise<AnyFunction> {
  const reference = checkReference(description);
  const known = rememberedFunction(reference);
  if (known !== undefined) return known;
  checkUrl(reference);
  if (reference.form !== 'export' && reference.form !== 'member') {
    if (reference.form === 'registered' && !registeredFunction(reference.name) && mayComeLate(reference.name)) await loadLate();
    return keep(reference, resolveAnywhere(reference));
  }
  const exports = loadedModule(reference.url);
  if (exports !== undefined) return keep(reference, findIn(exports, reference));
  return take(reference, await importOrFindLiving(reference));
}

function take(reference: ModuleReference, found: Found): AnyFunction {
  return keep(reference, 'living' in found ? found.living : findIn(found.exports, reference));
}

function findIn(exports: Exports, reference: ModuleReference): AnyFunction {
  return reference.form === 'export' ? findExport(exports, reference) : findMember(exports, reference);
}

/** The forms that need no module of the user's. */
function resolveAnywhere(reference: Exclude<FunctionReference, ModuleReference>): AnyFunction {
  if (reference.form === 'source') return buildFunction(reference);
  const found = reference.form === 'builtin' ? builtinFunction(reference) : registeredFunction(reference.name);
  if (found !== undefined) return found;
  if (reference.form === 'registered' && mayComeLate(reference.name))
    throw new ModuleNotLoaded(LATE, reference, 'its part of this library is evaluated on demand');
  throw new FunctionReferenceError(
    reference.form === 'builtin'
      ? `This process (Node ${process.version}) has no ${referenceText(reference)}.`
      : `This process knows no function registered as ${reference.name}. freezeSupport must be given the same functions in every process: call it once, with all of them, in the first line of the program.`,
  );
}

function keep(reference: FunctionReference, fn: AnyFunction): AnyFunction {
  remember(fn, reference);
  return fn;
}
