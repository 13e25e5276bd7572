/** Functions of this library that its children run. */
import { isFrozen } from '../platform/packaging.ts';
import type { AnyFunction } from './any_function.ts';
import { ref } from './ref.ts';
import { registerFunctions } from './registered.ts';

/** What to send for `fn`: a child need not load the module in which it is called for, but the file beside `base` that exports it. Bundles have no such file. */
export function libraryFunction<F extends AnyFunction>(fn: F, name: string, file: string, base: string): F {
  if (!isFrozen()) return ref<F>(new URL(file, base), name);
  registerFunctions({ [`multiproc:${name}`]: fn });
  return fn;
}
