import { FunctionReferenceError } from '../base/errors.ts';
import type { AnyFunction } from '../references/any_function.ts';
import { DOM_EXCEPTION, ERROR, HAS_CAUSE, HAS_CLASS, HAS_ERRORS, HAS_MESSAGE, HAS_NAME, HAS_STACK } from './format.ts';
import { functionCodec } from './hooks.ts';
import { errorClassOf, isNativeFunction } from './registry.ts';
import type { ValueWriter } from './value_writer.ts';

/**
 * Errors: message, stack, cause, errors, name and own properties. The class is one that both ends know by name; a class of
 * the application goes along by reference where it can be referenced, and its nearest known class stands in where not.
 */

const isEnumerable = Object.prototype.propertyIsEnumerable;

let errors = 0;

/** Whether what is written is a part of an error: what an error happens to refer to is not meant to be handed over with it. */
export function isInsideError(): boolean {
  return errors > 0;
}

export function writeError(writer: ValueWriter, error: Error): void {
  errors++;
  try {
    writeParts(writer, error);
  } finally {
    errors--;
  }
}

function writeParts(writer: ValueWriter, error: Error): void {
  const known = nearestKnownClass(error);
  const applicationClass = referenceableClass(error, known.prototype);
  const { name, stack } = error;
  const hasOwnName = isHidden(error, 'name');
  const keepsName = hasOwnName || (applicationClass === undefined && name !== known.prototype.name);
  let flags = 0;
  if (applicationClass !== undefined) flags |= HAS_CLASS;
  if (isHidden(error, 'message')) flags |= HAS_MESSAGE;
  // An own property up to V8 13, possibly inherited in later ones.
  if (typeof stack === 'string' && !isEnumerable.call(error, 'stack')) flags |= HAS_STACK;
  if (isHidden(error, 'cause')) flags |= HAS_CAUSE;
  if (isHidden(error, 'errors')) flags |= HAS_ERRORS;
  if (keepsName && typeof name === 'string' && !isEnumerable.call(error, 'name')) flags |= HAS_NAME;
  writer.byte(ERROR);
  writer.byte(flags);
  writer.string(known.prototype.name);
  if (applicationClass !== undefined) {
    writer.functionReference(applicationClass);
    writer.string(String(name));
  }
  if (flags & HAS_MESSAGE) part(writer, 'message', error.message);
  if (flags & HAS_STACK) part(writer, 'stack', stack);
  if (flags & HAS_CAUSE) part(writer, 'cause', error.cause);
  if (flags & HAS_ERRORS) part(writer, 'errors', (error as AggregateError).errors);
  if (flags & HAS_NAME) part(writer, 'name', name);
  writer.fields(error, Object.keys(error));
}

/** `AbortSignal.abort().reason` is one; the runtime's structuredClone makes {} of it before Node 22. */
export function writeDomException(writer: ValueWriter, error: DOMException): void {
  writer.byte(DOM_EXCEPTION);
  writer.string(error.message);
  writer.string(error.name);
  writer.value(typeof error.stack === 'string' ? error.stack : undefined);
  writer.fields(error, Object.keys(error));
}

function part(writer: ValueWriter, key: string, value: unknown): void {
  writer.at(key);
  writer.value(value);
}

/** Own, but not enumerable: the others go with the fields. */
function isHidden(error: Error, key: string): boolean {
  return Object.hasOwn(error, key) && !isEnumerable.call(error, key);
}

function nearestKnownClass(error: Error): { readonly prototype: Error } {
  for (let p = Object.getPrototypeOf(error); p !== null; p = Object.getPrototypeOf(p)) {
    const made: unknown = Object.getOwnPropertyDescriptor(p, 'constructor')?.value;
    if (typeof made !== 'function') continue;
    const known = errorClassOf(made.prototype?.name);
    // The same class, or that of another realm (vm, Jest).
    if (known !== undefined && (known === made || (isNativeFunction(known) && isNativeFunction(made)))) return known;
  }
  return Error;
}

function referenceableClass(error: Error, known: Error): AnyFunction | undefined {
  const prototype = Object.getPrototypeOf(error);
  if (prototype === known) return undefined;
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof made !== 'function' || made.prototype !== prototype || isNativeFunction(made)) return undefined;
  try {
    functionCodec()?.describe(made);
    return functionCodec() === undefined ? undefined : made;
  } catch (failure) {
    if (failure instanceof FunctionReferenceError) return undefined;
    throw failure;
  }
}
