/** Naming a function of a module that this process need not load. */
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { argumentTypeError } from '../base/errors.ts';
import type { AnyFunction } from './any_function.ts';
import type { MemberReference } from './reference.ts';
import { rememberReference } from './remembered.ts';
import { resolveFunction } from './resolve.ts';
import { rememberStandIn, standInOf } from './stand_in.ts';

/** The functions and classes among the exports of a module. */
export type Refs<M> = { readonly [K in keyof M as M[K] extends AnyFunction ? K : never]: M[K] };

/** Asked of every value by `await`, JSON, the console and the like; a module that exports these is named with `ref`. */
const NOT_EXPORTS = new Set(['then', 'toJSON', 'constructor', 'valueOf', 'toString', '$$typeof', 'asymmetricMatch', 'nodeType']);

/**
 * The function at `path` of the module `url`: an export (`'square'`, `'default'`) or a member of one (`'Hasher.digest'`, called as
 * that: `this` is `Hasher`). It can be sent without an inspector, and without loading the module here; called here, it loads the module and calls the function.
 *
 * Throws a TypeError if `url` is not absolute: `new URL('./tasks.js', import.meta.url)`. That the function exists is checked where it is used.
 */
export function ref<F extends AnyFunction = (...args: any[]) => any>(url: string | URL, path: string): F {
  const reference: MemberReference = { form: 'member', url: absolute(url), path: checkPath(path) };
  const known = standInOf(reference);
  if (known !== undefined) return known as F;
  const standIn = makeStandIn(reference);
  rememberReference(standIn, reference);
  rememberStandIn(standIn, reference);
  return standIn as AnyFunction as F;
}

/**
 * The functions of a module by name, with their types and without loading it: `refs<typeof import('./tasks.js')>(new URL('./tasks.js', import.meta.url)).hash`.
 * Throws as `ref` does.
 */
export function refs<M>(url: string | URL): Refs<M> {
  const href = absolute(url);
  return new Proxy(Object.freeze(Object.create(null)), {
    get: (_target, name) => (typeof name === 'symbol' || NOT_EXPORTS.has(name) ? undefined : ref(href, name)),
  });
}

function makeStandIn(reference: MemberReference): (...args: any[]) => unknown {
  function standIn(this: unknown, ...args: any[]): unknown {
    const fn = resolveReal(reference, standIn);
    if (new.target === undefined) return Reflect.apply(fn, this, args);
    return Reflect.construct(fn, args, new.target === standIn ? fn : new.target);
  }
  Object.defineProperty(standIn, 'name', {
    value: reference.path.slice(reference.path.lastIndexOf('.') + 1),
    configurable: true,
  });
  return standIn;
}

/** Never the stand-in itself, which is what a module that cannot be required resolves to. */
function resolveReal(reference: MemberReference, standIn: AnyFunction): AnyFunction {
  const fn = resolveFunction(reference);
  return fn === standIn ? resolveFunction(reference, { preferImport: true }) : fn;
}

function absolute(url: string | URL): string {
  if (url instanceof URL) return url.href;
  if (typeof url === 'string' && isAbsolute(url)) return pathToFileURL(url).href;
  if (typeof url === 'string' && URL.canParse(url)) return url;
  throw argumentTypeError(
    `ref: ${typeof url === 'string' ? `'${url}'` : typeof url} is not an absolute URL or path. Write new URL('${String(url)}', import.meta.url).`,
  );
}

function checkPath(path: string): string {
  if (typeof path === 'string' && path !== '' && path.split('.').every((part) => part !== '')) return path;
  throw argumentTypeError(`ref: ${String(path)} is not the name of an export, such as 'square', 'default' or 'Hasher.digest'`);
}
