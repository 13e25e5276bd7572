/** From what users write to the type that it names. */
import { argumentTypeError } from '../base/errors.ts';
import { KNOWN_NAMES, scalarNamed, scalarOfClass } from './scalars.ts';
import { shown, Type } from './type.ts';

/** Throws TypeError with the known types. */
export function resolve(type: unknown): Type {
  if (type instanceof Type) return type;
  const found = typeof type === 'string' ? scalarNamed(type) : typeof type === 'function' ? scalarOfClass(type) : undefined;
  if (found) return found;
  const what = typeof type === 'function' ? type.name || 'a function' : typeof type === 'string' ? `'${type}'` : shown(type);
  throw argumentTypeError(
    `unknown type ${what}: give one of ${KNOWN_NAMES}, a class of typed arrays (Int32Array ...), or what struct(), char(), wchar() and array() return`,
  );
}
