/**
 * Functions whose reference this process knows already, both ways: sending one again costs a look-up, and a reference
 * that comes home gives the very function it was made from, also while its module is still being evaluated.
 *
 * Functions are held weakly. A module's functions live as long as the program; those sent by value need not.
 */
import type { AnyFunction } from './any_function.ts';
import type { FunctionReference } from './reference.ts';
import { referenceKey } from './reference.ts';

const references = new WeakMap<AnyFunction, FunctionReference>();
const functions = new Map<string, WeakRef<AnyFunction>>();
const collected = new FinalizationRegistry<string>((key) => {
  if (functions.get(key)?.deref() === undefined) functions.delete(key);
});

/** Notes that `fn` is what `reference` names. The first function of a reference keeps its place. */
export function remember(fn: AnyFunction, reference: FunctionReference): void {
  if (!references.has(fn)) references.set(fn, reference);
  const key = referenceKey(reference);
  if (functions.get(key)?.deref() !== undefined) return;
  functions.set(key, new WeakRef(fn));
  collected.register(fn, key);
}

/** Notes how `fn` is named, without making it what the reference resolves to: a stand-in is not the function. */
export function rememberReference(fn: AnyFunction, reference: FunctionReference): void {
  references.set(fn, reference);
}

export function rememberedReference(fn: AnyFunction): FunctionReference | undefined {
  return references.get(fn);
}

export function rememberedFunction(reference: FunctionReference): AnyFunction | undefined {
  return functions.get(referenceKey(reference))?.deref();
}
