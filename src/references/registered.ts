/**
 * Functions that the program itself named, in every process alike. A bundle exports nothing that a child could find,
 * so its first line gives the functions that children may be given.
 */

import { argumentTypeError } from '../base/errors.ts';
import type { AnyFunction } from './any_function.ts';
import { remember, rememberedReference, rememberReference } from './remembered.ts';

const registered = new Map<string, AnyFunction>();

/** Makes functions known by name, to be sent and to be received. Has to run in the parent and in the child. */
export function registerFunctions(functions: Readonly<Record<string, AnyFunction>>): void {
  checkFunctions(functions);
  for (const [name, fn] of Object.entries(functions)) {
    registered.set(name, fn);
    // Whatever it was known by before: here it can be found by its name alone.
    if (rememberedReference(fn)?.form !== 'registered') rememberReference(fn, { form: 'registered', name });
    remember(fn, { form: 'registered', name });
  }
}

/** Throws a TypeError for what is no object of functions. */
export function checkFunctions(functions: Readonly<Record<string, AnyFunction>>): void {
  if (typeof functions !== 'object' || functions === null)
    throw argumentTypeError(`freezeSupport: an object of functions was expected, like { work }, not ${String(functions)}`);
  for (const [name, fn] of Object.entries(functions))
    if (typeof fn !== 'function') throw argumentTypeError(`freezeSupport: ${name} is no function or class, but ${typeof fn}`);
}

/** Stands in a ModuleNotLoaded for what `loadLate` loads. */
export const LATE = 'multiproc:late';
let late: (() => Promise<unknown>) | undefined;

/** What registers more functions of this library when one is missing: parts that a bundle has, and evaluates on demand only. */
export function registerLate(load: () => Promise<unknown>): void {
  late = load;
}

/** Whether a function that is not registered may be after `loadLate()`. */
export function mayComeLate(name: string): boolean {
  return late !== undefined && name.startsWith('multiproc:');
}

export async function loadLate(): Promise<void> {
  const load = late;
  late = undefined;
  await load?.();
}

export function registeredFunction(name: string): AnyFunction | undefined {
  return registered.get(name);
}
