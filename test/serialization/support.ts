import { FunctionReferenceError } from '#dist/base/errors.js';
import type { FunctionCodec } from '#dist/references/codec.js';
import { decode, encode } from '#dist/serialization/codec.js';
import { setFunctionCodec } from '#dist/serialization/hooks.js';

/** There and back, by way of a copy, as through another process. */
export function roundTrip<T>(value: T): T {
  return decode(encode(value).slice()) as T;
}

/** A codec for the functions in `known`, which travel as their name. */
export function useFunctions(known: Record<string, unknown>): void {
  const codec: FunctionCodec = {
    describe(fn) {
      for (const [name, value] of Object.entries(known)) if (value === fn) return { name };
      throw new FunctionReferenceError(`${fn.name || 'an anonymous function'} is not exported`);
    },
    resolve(description) {
      const name = String((description as { name?: unknown } | null)?.name);
      if (Object.hasOwn(known, name)) return known[name] as () => void;
      throw new FunctionReferenceError(`there is no export ${name}`);
    },
  };
  setFunctionCodec(codec);
}

/** The error that `action` throws. */
export function thrown(action: () => unknown): any {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
