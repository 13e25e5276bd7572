/**
 * Shared memory stays in the ArrayBuffer that it was given to: moved into another one it would no longer be known as shared, and what hangs on the first
 * buffer's collection (a hold, a mapping) would go while somebody uses the second: SIGSEGV.
 *
 * `structuredClone` and `postMessage` do not move memory from outside the engine: Node 20 copies it, later ones throw. What is left is the
 * buffer's own methods. Not `markAsUntransferable`: on Node 24 and 26 that gives the buffer a key without which Node, when it ends, cannot detach it, and it
 * aborts (v8::FromJust), after all the work and with an exit code that says otherwise.
 */
import { argumentTypeError } from '../base/errors.ts';

const METHODS = ['transfer', 'transferToFixedLength', 'transferToImmutable'];

/** Makes the methods that would move a buffer's memory throw TypeError. */
export function keepInPlace(buffer: ArrayBuffer): void {
  for (const name of METHODS) if (name in buffer) Object.defineProperty(buffer, name, { value: refuse });
}

function refuse(): never {
  throw argumentTypeError('shared memory cannot be transferred to another ArrayBuffer: send it, or copy it with slice()');
}
