import { HAS_CAUSE, HAS_CLASS, HAS_ERRORS, HAS_MESSAGE, HAS_NAME, HAS_STACK } from './format.ts';
import { errorClassOf } from './registry.ts';
import type { ValueReader } from './value_reader.ts';

/** Errors of every class are made by Error, for its internal slot and without running a constructor, and get their prototype after. */

export function readError(reader: ValueReader, number: number): Error {
  const flags = reader.byte();
  const knownName = reader.name();
  const error = reader.known(number, emptyError());
  let { prototype } = errorClassOf(knownName) ?? Error;
  let name = errorClassOf(knownName) === undefined ? knownName : undefined;
  if (flags & HAS_CLASS) {
    const classOf = reader.classIfAny();
    const className = reader.string();
    if (classOf?.prototype instanceof Error) prototype = classOf.prototype;
    else name = className;
  }
  Object.setPrototypeOf(error, prototype);
  if (name !== undefined && name !== error.name) hide(error, 'name', name);
  if (flags & HAS_MESSAGE) hide(error, 'message', reader.value());
  if (flags & HAS_STACK) hide(error, 'stack', reader.value());
  else Reflect.deleteProperty(error, 'stack');
  if (flags & HAS_CAUSE) hide(error, 'cause', reader.value());
  if (flags & HAS_ERRORS) hide(error, 'errors', reader.value());
  if (flags & HAS_NAME) hide(error, 'name', reader.value());
  reader.fields(error);
  return error;
}

export function readDomException(reader: ValueReader, number: number): DOMException {
  const message = reader.string();
  const error = reader.known(number, new DOMException(message, reader.string()));
  const stack = reader.value();
  if (typeof stack === 'string') hide(error, 'stack', stack);
  reader.fields(error);
  return error;
}

/** The stack of this place would be thrown away: taking it costs 2-20 us. */
function emptyError(): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const error = new Error();
  Error.stackTraceLimit = limit;
  return error;
}

function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, enumerable: false, configurable: true });
}
