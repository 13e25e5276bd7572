/** Objects of this library whose classes a receiver need not have loaded: with their content goes the function that makes them, by reference. */
import { SerializationError } from '../base/errors.ts';
import type { AnyFunction } from '../references/any_function.ts';
import { registerObjectKind } from './registry.ts';

const rebuilders = new WeakSet<AnyFunction>();

/** Allows `rebuild` to be called with what a message says, which it checks, and with the context of the decoding. */
export function registerRebuilder(rebuild: (content: unknown, context: unknown) => object): void {
  rebuilders.add(rebuild);
}

/** Key of the method that gives a function and its argument. */
export const rebuiltFrom: unique symbol = Symbol('rebuiltFrom');

/** What travels as these. */
export abstract class Rebuilt {
  /** @internal `[rebuild, content]`: `rebuild` is registered by its module, and can be found by any receiver. */
  abstract [rebuiltFrom](): readonly [rebuild: AnyFunction, content: unknown];
}

registerObjectKind<Rebuilt>({
  tag: 22,
  class: Rebuilt,
  encode: (object) => object[rebuiltFrom](),
  decode: (packed, context) => {
    const [rebuild, content] = Array.isArray(packed) ? packed : [];
    if (typeof rebuild !== 'function' || !rebuilders.has(rebuild))
      throw new SerializationError('a message has an object that no function of this library makes');
    return rebuild(content, context);
  },
});
