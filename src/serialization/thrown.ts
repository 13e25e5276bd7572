import { inspect } from 'node:util';
import { RemoteError } from '../base/errors.ts';
import { encode } from './codec.ts';

/** What was thrown, on its way to whoever waits for it: it must arrive, even if parts of it cannot be sent. */

/** How deep errors are mended inside errors. */
const MENDED_DEPTH = 8;

/**
 * Like `encode`, for what a task threw. Properties that cannot be sent (an error of an HTTP client has its socket) are replaced
 * by the text that `util.inspect` makes of them; what is no error and cannot be sent becomes a RemoteError with that text.
 */
export function encodeThrown(thrown: unknown, context?: unknown, root?: string): Uint8Array {
  try {
    return encode(thrown, context, root);
  } catch {
    return encode(mended(thrown, context, 0), context, root);
  }
}

/** Whatever stands in the way, a throwing getter or reducer too, is a reason to mend. */
function canBeSent(value: unknown, context: unknown): boolean {
  try {
    encode(value, context);
    return true;
  } catch {
    return false;
  }
}

function mended(value: unknown, context: unknown, depth: number): unknown {
  if (canBeSent(value, context)) return value;
  if (!(value instanceof Error) || depth > MENDED_DEPTH) return depth === 0 ? new RemoteError(text(value)) : text(value);
  const copy: Error = Object.create(Object.getPrototypeOf(value));
  for (const key of Object.getOwnPropertyNames(value)) {
    const { enumerable } = Object.getOwnPropertyDescriptor(value, key)!;
    Object.defineProperty(copy, key, { value: part(value, key, context, depth), enumerable, writable: true, configurable: true });
  }
  // The class itself may be what cannot be sent: a reducer that throws.
  return canBeSent(copy, context) ? copy : new RemoteError(text(value));
}

function part(error: Error, key: string, context: unknown, depth: number): unknown {
  try {
    const value = (error as unknown as Record<string, unknown>)[key];
    if (key === 'errors' && Array.isArray(value)) return value.map((inner) => mended(inner, context, depth + 1));
    return mended(value, context, depth + 1);
  } catch (failure) {
    return `(could not be read: ${text(failure)})`;
  }
}

function text(value: unknown): string {
  try {
    return inspect(value, { depth: 1, breakLength: Infinity });
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** What can always be sent of what was thrown, where nothing else can: its text and stack. */
export function remoteErrorOf(thrown: unknown): RemoteError {
  const remote = new RemoteError(textOfThrown(thrown));
  try {
    if (thrown instanceof Error && typeof thrown.stack === 'string') remote.stack = thrown.stack;
  } catch {
    // Its own stack says where it was found.
  }
  return remote;
}

/** Throws nothing, whatever the error does when it is looked at. */
export function textOfThrown(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : inspect(thrown);
  } catch {
    return 'an error that cannot be shown';
  }
}
