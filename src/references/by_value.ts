/** Sending a function's source text instead of its place, for functions that no module exports. */
import { types } from 'node:util';
import { argumentTypeError, FunctionReferenceError } from '../base/errors.ts';
import type { AnyFunction } from './any_function.ts';
import { buildFunction, expressionOf } from './built_function.ts';
import type { SourceReference } from './reference.ts';
import { remember } from './remembered.ts';
import { isSourceless, nameOf, sourceOf } from './source_text.ts';

export interface ByValueOptions {
  /** The values of the function's free variables. They are sent with it, so they must be such as can be sent; functions among them too. */
  readonly scope?: Readonly<Record<string, unknown>>;
}

/**
 * A function built from the source text of `fn` and `scope`, here and in whatever process it is sent to: the one returned sees the same
 * variables here as there, which are those of `scope` and the globals. What else `fn` uses (imports, variables around it) is a ReferenceError when it is called; that cannot be checked before.
 * `import.meta` and `super` do not work in it, and `import('./x.js')` needs an absolute URL.
 *
 *     const add = byValue((x: number) => x + offset, { scope: { offset } });
 *
 * Throws a FunctionReferenceError for native and bound functions and for proxies, which have no source.
 */
export function byValue<F extends AnyFunction>(fn: F, { scope = {} }: ByValueOptions = {}): F {
  if (typeof fn !== 'function')
    throw argumentTypeError(`byValue: a function was expected, not ${fn === null ? 'null' : typeof fn}`);
  if (typeof scope !== 'object' || scope === null) throw argumentTypeError('byValue: scope is not an object');
  const source = sourceOf(fn);
  if (types.isProxy(fn) || isSourceless(source))
    throw new FunctionReferenceError(
      `byValue: ${nameOf(fn) || 'this function'} has no source text: it is native, bound or a Proxy. Write a function that calls it.`,
    );
  const values = { ...scope };
  const expression = expressionOf(source, Object.keys(values), isStrict(fn));
  const reference: SourceReference = { form: 'source', source: expression, scope: values, id: newId() };
  const built = buildFunction(reference);
  remember(built, reference);
  return built as F;
}

let prefix = '';
let made = 0;

/** Unique in the session. (`crypto.randomUUID` costs 7 ms at its first use.) */
function newId(): string {
  prefix ||= newPrefix();
  return `${prefix}.${++made}`;
}

function newPrefix(): string {
  const { threadId } = process.getBuiltinModule('node:worker_threads');
  return `${process.pid}.${threadId}.${Date.now().toString(36)}.${Math.random().toString(36).slice(2)}`;
}

/** Only a sloppy plain function has these two of its own; for all others strict mode is what they were written in, or does not matter. */
function isStrict(fn: AnyFunction): boolean {
  return !(Object.hasOwn(fn, 'caller') && Object.hasOwn(fn, 'arguments'));
}
