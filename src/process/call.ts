/**
 * A child's call as a message: values one after the other, in this order.
 *
 *   assignment  who a spare becomes; null for any other child, which knows
 *   argv        the program's arguments, which are the child's (not in the environment, where one string holds 128 KiB at the most)
 *   authkey     bytes
 *   class       of the Process object where that is more than a Process with a target: a subclass, or one with fields; else undefined
 *   fields      of that object
 *   target      function or undefined
 *   args        array
 */
import { FunctionReferenceError, SerializationError } from '../base/errors.ts';
import type { Passenger } from '../memory/object_kinds.ts';
import type { AnyFunction } from '../references/any_function.ts';
import { Reader } from '../serialization/reader.ts';
import { Writer } from '../serialization/writer.ts';
import type { Assignment } from './surroundings.ts';

/** A Process object as it travels. */
export interface Instance {
  readonly class: AnyFunction;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Call {
  readonly target: AnyFunction | undefined;
  readonly args: readonly unknown[];
  readonly instance: Instance | undefined;
}

export interface Inherited {
  readonly argv: readonly string[];
  readonly authkey: Uint8Array;
}

/** Throws SerializationError, or FunctionReferenceError where target or class cannot be found by others. */
export function encodeCall(assignment: Assignment | null, call: Call & Inherited, passengers: Passenger[]): Uint8Array {
  const writer = new Writer();
  writer.begin({ passengers });
  writer.write(assignment);
  writer.write(call.argv);
  // A copy: the key itself refuses to be sent.
  writer.write(Buffer.from(call.authkey));
  writeFunction(writer, call.instance?.class, 'class');
  writer.write(call.instance?.fields, 'this');
  writeFunction(writer, call.target, 'target');
  writer.write(call.args, 'args');
  return writer.finish();
}

/** What a spare reads first: the rest may need modules that look at what the spare has become. */
export function readAssignment(bytes: Uint8Array): Assignment {
  const reader = new Reader();
  try {
    reader.open(bytes, undefined);
    return reader.read() as Assignment;
  } finally {
    reader.close();
  }
}

/** `inherit` takes what the imports of the rest may want to see; it may be called several times. */
export function decodeCall(bytes: Uint8Array, inherit: (inherited: Inherited) => void): Call {
  const reader = new Reader();
  try {
    reader.open(bytes, undefined);
    reader.read();
    inherit({ argv: reader.read() as string[], authkey: reader.read() as Uint8Array });
    const classOf = reader.read() as AnyFunction | undefined;
    const fields = reader.read() as Instance['fields'];
    const instance = classOf && { class: classOf, fields };
    return { instance, target: reader.read() as AnyFunction | undefined, args: reader.read() as unknown[] };
  } finally {
    reader.close();
  }
}

/** It is not a part of a value: its own error says everything. */
function writeFunction(writer: Writer, fn: AnyFunction | undefined, root: string): void {
  try {
    writer.write(fn, root);
  } catch (error) {
    throw error instanceof SerializationError && error.path === root && error.cause instanceof FunctionReferenceError
      ? error.cause
      : error;
  }
}
