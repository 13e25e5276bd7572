import { FunctionReferenceError } from '../base/errors.ts';
import type { FunctionReference } from './reference.ts';
import { referenceText } from './reference.ts';

/** A function's module has to be imported first, which a synchronous operation cannot do. `await loadModule(url)` and try again. */
export class ModuleNotLoaded extends FunctionReferenceError {
  /** The module to import. */
  readonly url: string;

  constructor(url: string, reference: FunctionReference, reason: string, cause?: unknown) {
    super(
      `The module of ${referenceText(reference)} is not loaded in this process, and a synchronous operation cannot load it: ${reason}. ` +
        'Use the asynchronous form of the operation, or import the module before.',
      { cause },
    );
    this.url = url;
  }

  static {
    Object.defineProperty(ModuleNotLoaded.prototype, 'name', {
      value: 'FunctionReferenceError',
      configurable: true,
      writable: true,
    });
  }
}
