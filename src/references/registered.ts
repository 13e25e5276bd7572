/**
 * Functions that the program itself named, in every process alike. A bundle exports nothing that a child could find,
 * so its first line gives the functions that children may be given.
 */

import { argumentTypeError } from '../base/errors.ts';
import type { AnyFunction } from './any_function.ts';
import { remember } from './remembered.ts';

const registered = new Map<string, AnyFunction>();

/** Makes functions known by name, to be sent and to be received. Has to run in the parent and in the child. */
export function registerFunctions(functions: Readonly<Record<string, AnyFunction>>): void {
  for (const [name, fn] of Object.entries(functions)) {
    if (typeof fn !== 'function') throw argumentTypeError(`registerFunctions: ${name} is not a function`);
    registered.set(name, fn);
    remember(fn, { form: 'registered', name });
  }
}

export function registeredFunction(name: string): AnyFunction | undefined {
  return registered.get(name);
}
