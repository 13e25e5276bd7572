import type { AnyFunction } from '../references/any_function.ts';
import type { Step } from './paths.ts';
import type { Sink } from './sink.ts';

/** What the encoders of single kinds see of the writer. */
export interface ValueWriter extends Sink {
  /** What the caller of `encode` gave. */
  readonly context: unknown;
  /** Any value. */
  value(value: unknown): void;
  /** A value that must be complete where it ends, because its reader makes something of it at once: nothing in it is deferred beyond it. */
  complete(value: unknown): void;
  /** Names the place of the values that follow, for error messages. */
  at(key: unknown, step?: Step): void;
  /** The own enumerable properties of an object that was numbered, as an OBJECT. */
  plainObject(object: object): void;
  /** The own properties `keys` of `object`, as fields. */
  fields(object: object, keys: string[]): void;
  /** A function or class by reference. */
  functionReference(fn: AnyFunction): void;
  /** An object that stands for a value made later; sending it again inside that value is an error. */
  withoutCycle(object: object, write: () => void): void;
  /** Throws a SerializationError for the place that was reached. */
  refuse(reason: string, cause?: unknown): never;
}

/** Writes the tag and content of an object that was numbered already. */
export type Encoder = (writer: ValueWriter, object: any) => void;
