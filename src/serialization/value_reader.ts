import type { AnyFunction } from '../references/any_function.ts';
import type { Source } from './source.ts';

/** What the decoders of single kinds see of the reader. */
export interface ValueReader extends Source {
  /** What the caller of `decode` gave. */
  readonly context: unknown;
  /** Any value. */
  value(): unknown;
  /** A value whose deferred contents are there when this returns. */
  complete(): unknown;
  /** A value that must be a string, other than the name of a property. */
  string(): string;
  /** Reads fields and makes them own properties of `object`. */
  fields(object: object): void;
  /** A class by reference. */
  classReference(): ClassReference;
  /** Undefined: it cannot be resolved here, though its module is loaded. For errors, which have something to fall back on. */
  classIfAny(): ClassReference | undefined;
  /** Reads a HOLE of at most `most` and returns its size. */
  hole(most: number): number;
  /** Makes `object` the one that later references to `number` mean. */
  known<T extends object>(number: number, object: T): T;
  /** Reads the content of a built-in kind as object `number`. */
  content(tag: number, number: number): object;
}

export type ClassReference = AnyFunction & { readonly prototype: object };

/** Makes an object out of what follows its tag. It must call `known` before it reads anything that may refer to it. */
export type Decoder = (reader: ValueReader, number: number) => object;

/** Stands for a function that could not be resolved; whoever needs it throws `reason`. */
export class Unresolved {
  readonly reason: unknown;
  constructor(reason: unknown) {
    this.reason = reason;
  }
}

/** An own property, whatever the prototypes have: `=` would run a setter of the class, or of `__proto__`. */
export function setOwn(object: object, key: string, value: unknown): void {
  if (key in object) Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  else (object as Record<string, unknown>)[key] = value;
}
