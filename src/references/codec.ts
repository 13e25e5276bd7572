/** Both directions as one object: what a serialiser of values needs to know of functions. */
import type { AnyFunction } from './any_function.ts';
import { describeFunction } from './describe.ts';
import { resolveFunction } from './resolve.ts';

export interface FunctionCodec {
  /** What is sent for `fn`. Of a function sent by value, `scope` holds values that the serialiser has to serialise in turn. */
  describe(fn: AnyFunction): unknown;
  /** Throws ModuleNotLoaded, which names the module, where the function can only be had after `await loadModule(error)`. */
  resolve(description: unknown): AnyFunction;
}

/** For synchronous readers: requires a module that is not loaded yet. */
export const functionCodec: FunctionCodec = {
  describe: describeFunction,
  resolve: (description) => resolveFunction(description),
};

/** For asynchronous readers: a module that is not loaded yet is theirs to import, after which they read again. */
export const importingFunctionCodec: FunctionCodec = {
  describe: describeFunction,
  resolve: (description) => resolveFunction(description, { preferImport: true }),
};
