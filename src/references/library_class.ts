/** Classes and functions of this library that programs name in what they send. */
import { isFrozen } from '../platform/packaging.ts';
import type { AnyFunction } from './any_function.ts';
import { registerFunctions } from './registered.ts';
import { rememberReference } from './remembered.ts';

/** Has `fn` travel as the export `name` of the file beside `base`: where it lies in the bundles of this package is nobody's business. */
export function nameInLibrary<F extends AnyFunction | (new (...args: any[]) => any)>(
  fn: F,
  name: string,
  file: string,
  base: string,
): F {
  if (isFrozen()) registerFunctions({ [`multiproc:${name}`]: fn as AnyFunction });
  else rememberReference(fn as AnyFunction, { form: 'member', url: new URL(file, base).href, path: name });
  return fn;
}
