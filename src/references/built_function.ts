/** Making a function from source text and the values of its free variables. */
import { FunctionReferenceError } from '../base/errors.ts';
import type { AnyFunction } from './any_function.ts';
import type { SourceReference } from './reference.ts';

/** The function of a `source` reference. Throws a FunctionReferenceError if the text is none, or names in the scope are not identifiers. */
export function buildFunction({ source, scope }: SourceReference): AnyFunction {
  const names = Object.keys(scope);
  const fn = evaluate(names, source)(...names.map((name) => scope[name]));
  if (typeof fn === 'function') return fn;
  throw new FunctionReferenceError(`The source of a function sent by value makes no function: ${source.slice(0, 80)}`);
}

/** Source text as an expression that gives the function: `Function.prototype.toString` of a method is none by itself. */
export function expressionOf(source: string, scope: readonly string[], isStrict: boolean): string {
  const prefix = isStrict ? '"use strict"; ' : '';
  const candidates = [`${prefix}return (${source}\n);`, `${prefix}return Object.values({ ${source}\n})[0];`];
  let failure: unknown;
  for (const body of candidates) {
    try {
      compile(scope, body);
      return body;
    } catch (error) {
      failure ??= error;
    }
  }
  throw new FunctionReferenceError(
    `byValue: this function's source does not stand by itself (private names, super, a getter), ` +
      `or the scope has a name that is no identifier: ${(failure as Error).message}`,
    { cause: failure },
  );
}

function evaluate(names: readonly string[], body: string): AnyFunction & ((...values: unknown[]) => unknown) {
  try {
    return compile(names, body) as AnyFunction & ((...values: unknown[]) => unknown);
  } catch (error) {
    throw new FunctionReferenceError(`A function sent by value cannot be built here: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function compile(names: readonly string[], body: string): AnyFunction {
  return new Function(...names, body);
}
