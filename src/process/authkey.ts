/**
 * The key by which processes of one program know each other (listeners and managers ask for it). 32 random bytes in the main program, inherited by
 * its children with their orders: in shared memory, never in the environment or on a command line, where other programs could read it.
 */
import { argumentTypeError, SerializationError } from '../base/errors.ts';
import { sessionIfOpen } from '../memory/session.ts';
import { platform } from '../platform/current.ts';
import { registerReducer } from '../serialization/registry.ts';

const RANDOM_BYTES = 32;

/** A Buffer that does not show itself, and is not sent by accident. */
class Authkey extends Buffer {
  override toJSON(): never {
    return '<authkey>' as never;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `<authkey of ${this.length} bytes>`;
  }
}

registerReducer(
  Authkey,
  (): never => {
    throw new SerializationError(
      'an authkey is not sent: child processes inherit it. To give it away on purpose, send a copy, Buffer.from(authkey)',
    );
  },
  (value: never) => value,
);

/** A process's key. The main program's is made when somebody needs it, so that a Process can inherit it before. */
export class KeyHolder {
  #key: Buffer | undefined;

  constructor(bytes?: Uint8Array) {
    if (bytes) this.#key = keyOf(bytes);
  }

  get key(): Buffer {
    this.#key ??= keyOf(randomKey());
    return this.#key;
  }
}

/** Loading `node:crypto` takes 6 ms of processor time, at the first start of each program: where the system is at hand already, it is asked itself. */
function randomKey(): Buffer {
  const bytes = sessionIfOpen() === undefined ? null : platform().randomBytes(RANDOM_BYTES);
  return bytes ?? process.getBuiltinModule('node:crypto').randomBytes(RANDOM_BYTES);
}

let current = new KeyHolder();

/** This process's own, which its children inherit. */
export function currentKey(): KeyHolder {
  return current;
}

export function setCurrentKey(holder: KeyHolder): void {
  current = holder;
}

/** Throws TypeError for what is no key; the error does not show it. */
export function checkKey(key: unknown): KeyHolder {
  if (typeof key === 'string') return new KeyHolder(Buffer.from(key));
  if (key instanceof Uint8Array) return new KeyHolder(key);
  throw argumentTypeError(`authkey must be a string, a Buffer or a Uint8Array, not ${key === null ? 'null' : typeof key}`);
}

function keyOf(bytes: Uint8Array): Buffer {
  return Object.setPrototypeOf(Buffer.from(bytes), Authkey.prototype);
}
