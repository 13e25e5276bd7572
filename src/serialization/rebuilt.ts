/** Objects of this library whose classes a receiver need not have loaded: with their content goes the function that makes them, by reference. */
import { SerializationError } from '../base/errors.ts';
import type { AnyFunction } from '../references/any_function.ts';
import { isForeign } from './foreign.ts';
import { kindOfTag, registerObjectKind, travelsAs } from './registry.ts';

const rebuilders = new WeakSet<AnyFunction>();

/** Allows `rebuild` to be called with what a message says, which it checks, and with the context of the decoding. */
export function registerRebuilder(rebuild: (content: unknown, context: unknown) => object): void {
  rebuilders.add(rebuild);
}

/** A context that makes objects itself, of what came under a name. */
export interface RebuildingContext {
  readonly rebuilds?: Readonly<Record<string, (content: unknown, context: unknown) => object>>;
}

/** Key of the method that gives a function and its argument. */
export const rebuiltFrom: unique symbol = Symbol('rebuiltFrom');

/** What travels as these. */
export abstract class Rebuilt {
  /**
   * @internal `[rebuild, content]`: `rebuild` is registered by its module, and can be found by any receiver; or a name that the receiver's context knows.
   * `context` is what was given to the encoding.
   */
  abstract [rebuiltFrom](context: unknown): readonly [rebuild: AnyFunction | string, content: unknown];
}

const TAG = 22;

registerObjectKind<Rebuilt>({
  tag: TAG,
  class: Rebuilt,
  isPortable: true,
  encode: (object, context) => {
    const packed = object[rebuiltFrom](context);
    if (typeof packed[0] === 'string' || !isForeign(context)) return packed;
    throw new SerializationError(
      `it is a ${object.constructor.name} of this session, which means nothing to a program at the other side of a socket`,
    );
  },
  decode: (packed, context) => {
    const [rebuild, content] = Array.isArray(packed) ? packed : [];
    if (typeof rebuild === 'string') {
      const { rebuilds } = (context ?? {}) as RebuildingContext;
      if (rebuilds && Object.hasOwn(rebuilds, rebuild)) return rebuilds[rebuild](content, context);
    }
    if (isForeign(context) || typeof rebuild !== 'function' || !rebuilders.has(rebuild))
      throw new SerializationError('a message has an object that no function of this library makes');
    return rebuild(content, context);
  },
});

/** Makes the instances of a class that has another one above it travel like these: it has the method `rebuiltFrom`. */
export function travelsRebuilt(prototype: object): void {
  travelsAs(prototype, kindOfTag(TAG)!);
}
