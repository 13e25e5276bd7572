/** Options that are an object, of the functions and classes that take an address in them. CPython's take it first: that is told from them. */
import { argumentTypeError } from '../base/errors.ts';

/** Throws TypeError. `example`: how they look, `{ authkey }`. */
export function checkOptions(of: string, options: unknown, example: string): void {
  const kind = kindOf(options);
  if (kind !== 'object') throw argumentTypeError(`the options of ${of} must be an object like ${example}, not ${kind}`);
  // Without the key anybody would be served.
  const wrong = Object.keys(options as object).find((name) => name !== 'authkey' && name.toLowerCase() === 'authkey');
  if (wrong !== undefined) throw argumentTypeError(`${of} has no option ${wrong}: it is called authkey`);
}

function kindOf(options: unknown): string {
  if (options === null) return 'null';
  if (Array.isArray(options)) return 'an array';
  return ArrayBuffer.isView(options) ? 'bytes' : typeof options;
}
