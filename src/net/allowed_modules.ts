/** Whose functions and classes a message from the network may name. Anybody's would let the other side import any module, and call what it likes. */
import { pathToFileURL } from 'node:url';
import { argumentTypeError, FunctionReferenceError } from '../base/errors.ts';
import type { AnyFunction } from '../references/any_function.ts';
import type { FunctionCodec } from '../references/codec.ts';
import { checkReference, referenceText } from '../references/reference.ts';

/**
 * Modules by URL or path; one that ends with `/` is a folder, with all below it. Node's own are `node:path` and so on, what is global is `node:globalThis`. Or a
 * function that is asked for each URL.
 */
export type AllowedModules = readonly (string | URL)[] | ((url: string) => boolean);

type IsAllowed = (url: string) => boolean;

const GLOBALS = 'node:globalThis';

/** Throws TypeError for what is no list of modules. */
export function checkAllowed(allowed: unknown): IsAllowed {
  if (allowed === undefined) return () => false;
  if (typeof allowed === 'function') return (url) => allowed(url) === true;
  if (!Array.isArray(allowed))
    throw argumentTypeError(`allowModules must be an array of URLs and paths, or a function, not ${typeof allowed}`);
  const urls = allowed.map(urlOf);
  return (url) => urls.some((entry) => (entry.endsWith('/') ? url.startsWith(entry) : url === entry));
}

/** The list as others can use it, wherever they run. undefined = a function is asked, which does not travel. */
export function listedModules(allowed: AllowedModules | undefined): string[] | undefined {
  return typeof allowed === 'object' ? allowed.map(urlOf) : undefined;
}

function urlOf(entry: unknown, index: number): string {
  if (entry instanceof URL) return plain(entry.href);
  if (typeof entry !== 'string' || entry === '')
    throw argumentTypeError(`allowModules[${index}] must be a URL or a path, not ${typeof entry}`);
  return plain(/^[a-z][a-z+.-]+:/i.test(entry) ? new URL(entry).href : pathToFileURL(entry).href);
}

/** A module is the same with a query or without. The form is the parser's: no `..` is left in it. */
function plain(url: string): string {
  const parsed = new URL(url);
  parsed.search = parsed.hash = '';
  return parsed.href;
}

/** `codec`, which knows the functions of allowed modules only. */
export function guarded(codec: FunctionCodec, isAllowed: IsAllowed): FunctionCodec {
  return {
    describe: (fn: AnyFunction) => codec.describe(fn),
    resolve(description) {
      const reference = checkReference(description);
      const url = reference.form === 'builtin' ? reference.module || GLOBALS : 'url' in reference ? reference.url : undefined;
      if (url !== undefined && URL.canParse(url) && isAllowed(plain(url))) return codec.resolve(description);
      throw new FunctionReferenceError(
        `the other side sent ${referenceText(reference)}, which is not taken from the network: ` +
          (url === undefined
            ? 'send data, or export the function from a module'
            : `name its module in allowModules, if you trust all that the module exports`),
      );
    },
  };
}
