import { FunctionReferenceError } from '../base/errors.ts';
import type { FunctionReference } from './reference.ts';
import { referenceText } from './reference.ts';

/** A function's module has to be imported first, which a synchronous operation cannot do. `await loadModule(error)` and try again. */
export class ModuleNotLoaded extends FunctionReferenceError {
  /** The module to import. */
  readonly url: string;
  /** What is in the module: a function, or what a text says. */
  readonly what: FunctionReference | string;

  constructor(url: string, what: FunctionReference | string, reason: string, cause?: unknown) {
    super(
      `The module of ${typeof what === 'string' ? what : referenceText(what)} is not loaded in this process, and a synchronous operation cannot load it: ${reason}. ` +
        'Use the asynchronous form of the operation, or import the module before.',
      { cause },
    );
    this.url = url;
    this.what = what;
  }

  static {
    Object.defineProperty(ModuleNotLoaded.prototype, 'name', {
      value: 'FunctionReferenceError',
      configurable: true,
      writable: true,
    });
  }
}
