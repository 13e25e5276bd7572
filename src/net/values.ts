/**
 * How values stand in the messages of a socket. By default a greeting stands before them, which tells values from bytes:
 *
 *     +------+------+---------+-------+----------------------+
 *     | 0x93 | 'M'  | version | order | the value, encoded   |     order: 'L' little-endian, 'B' big-endian, of UTF-16 text and typed arrays
 *     +------+------+---------+-------+----------------------+
 */
import { createRequire } from 'node:module';
import { endianness } from 'node:os';
import { argumentTypeError, PlatformError, SerializationError } from '../base/errors.ts';
import { ownFile } from '../platform/packaging.ts';
import { decode, encode } from '../serialization/codec.ts';
import type { Foreign } from '../serialization/foreign.ts';
import { functionCodec, setFunctionCodec } from '../serialization/hooks.ts';
import '../serialization/shared_buffers.ts';
import { type AllowedModules, checkAllowed, guarded } from './allowed_modules.ts';

/** What `@msgpack/msgpack` and its like export. */
export interface Serializer {
  encode(value: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

/**
 * How values are sent: `'json'` as JSON text in UTF-8, `'msgpack'` by the package `@msgpack/msgpack`, or by what is given. Both sides must use the same, and with each
 * of these any message is a value. By default in this library's own form, which knows all that `structuredClone` knows, classes and functions of `allowModules` too.
 */
export type SerializerOption = 'json' | 'msgpack' | Serializer;

/** What stands in the options of both sides about values. */
export interface ValueOptions {
  readonly serializer?: SerializerOption;
  readonly allowModules?: AllowedModules;
}

export interface Values {
  /** What they were made of. */
  readonly options: ValueOptions;
  /** In front of each value. */
  readonly greeting: Uint8Array;
  /** Perhaps scratch space, which stands until the next value is encoded. Throws SerializationError. */
  encode(value: unknown): Uint8Array;
  /** Whether a message may be a value. */
  isValue(bytes: Uint8Array): boolean;
  /** The value of a message. `own`: nobody else uses these bytes. Throws what `needsWait` where a module has to be imported before. */
  decode(bytes: Uint8Array, own: boolean): unknown;
}

const FORMAT_VERSION = 1;
const ORDER = endianness() === 'LE' ? 0x4c : 0x42;
const GREETING = Uint8Array.of(0x93, 0x4d, FORMAT_VERSION, ORDER);
const NO_GREETING = new Uint8Array(0);
const ORDER_AT = GREETING.length - 1;
/** An optional peer dependency. */
const MSGPACK = '@msgpack/msgpack';

const foreign: Foreign = { isForeign: true };

/** This library's own form. */
class OwnValues implements Values {
  readonly greeting = GREETING;
  readonly options: ValueOptions;
  readonly #isAllowed: (url: string) => boolean;

  constructor(options: ValueOptions) {
    this.options = options;
    this.#isAllowed = checkAllowed(options.allowModules);
  }

  encode(value: unknown): Uint8Array {
    return encode(value, foreign);
  }

  isValue(bytes: Uint8Array): boolean {
    return bytes.length > GREETING.length && bytes[0] === GREETING[0] && bytes[1] === GREETING[1];
  }

  decode(bytes: Uint8Array): unknown {
    if (bytes[ORDER_AT - 1] !== FORMAT_VERSION)
      throw new SerializationError(
        'a value came in a form that this version of multiproc does not know: install one version at both sides',
      );
    if (bytes[ORDER_AT] !== ORDER)
      throw new SerializationError('a value came from a machine with another byte order: use serializer: "json", or bytes');
    const codec = functionCodec();
    setFunctionCodec(codec && guarded(codec, this.#isAllowed));
    try {
      return decode(bytes.subarray(GREETING.length), foreign);
    } finally {
      setFunctionCodec(codec);
    }
  }
}

/** Another form, in which any message is a value. */
class OtherValues implements Values {
  readonly greeting = NO_GREETING;
  readonly options: ValueOptions;
  readonly #serializer: Serializer;
  readonly #name: string;

  constructor(serializer: Serializer, name: string, options: ValueOptions) {
    this.options = options;
    this.#serializer = serializer;
    this.#name = name;
  }

  encode(value: unknown): Uint8Array {
    let bytes: unknown;
    try {
      bytes = this.#serializer.encode(value);
    } catch (cause) {
      throw this.#refusal('this value cannot be sent', cause);
    }
    if (bytes instanceof Uint8Array) return bytes;
    throw this.#refusal(`a ${typeof value} has no form of its own there, so it cannot be sent`);
  }

  isValue(): boolean {
    return true;
  }

  /** What it makes may be views of the bytes, which have to stay then. JSON knows none. */
  decode(bytes: Uint8Array, own: boolean): unknown {
    try {
      return this.#serializer.decode(own || this.#serializer === json ? bytes : Buffer.from(bytes));
    } catch (cause) {
      throw this.#refusal(
        `a message of ${bytes.length} bytes that came is none of its values (receive bytes by recvBytes)`,
        cause,
      );
    }
  }

  #refusal(what: string, cause?: unknown): SerializationError {
    const why = cause === undefined ? '' : `: ${(cause as Error | null)?.message ?? String(cause)}`;
    return new SerializationError(`serializer ${this.#name}: ${what}${why}`, '', { cause });
  }
}

const utf8 = new TextEncoder();
const utf8Reader = new TextDecoder('utf-8', { fatal: true });

const json: Serializer = {
  encode(value) {
    const text: string | undefined = JSON.stringify(value);
    return text === undefined ? (undefined as never) : utf8.encode(text);
  },
  decode: (bytes) => JSON.parse(utf8Reader.decode(bytes)),
};

/** Checks the options, and loads what they need. Throws TypeError, PlatformError. */
export function valuesOf({ serializer, allowModules }: ValueOptions): Values {
  const options = { serializer: checkSerializer(serializer), allowModules };
  const own = new OwnValues(options);
  if (options.serializer === undefined) return own;
  if (serializer === 'json') return new OtherValues(json, "'json'", options);
  if (serializer === 'msgpack') return new OtherValues(msgpack(), "'msgpack'", options);
  return new OtherValues(serializer as Serializer, 'of this connection', options);
}

function checkSerializer(serializer: unknown): SerializerOption | undefined {
  if (serializer === undefined || serializer === 'json' || serializer === 'msgpack') return serializer;
  const given = serializer as Partial<Serializer> | null;
  if (typeof given === 'object' && given !== null && typeof given.encode === 'function' && typeof given.decode === 'function')
    return given as Serializer;
  throw argumentTypeError(
    `serializer must be 'json', 'msgpack' or an object with encode and decode, not ${typeof serializer === 'string' ? `'${serializer}'` : typeof serializer}`,
  );
}

/** Its bytes are views of a message: as Uint8Arrays, not Buffers. */
function msgpack(): Serializer {
  const { encode, decode } = requireMsgpack();
  return { encode: (value) => encode(value), decode: (bytes) => decode(plainBytes(bytes)) };
}

function plainBytes({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}

function requireMsgpack(): Serializer {
  try {
    return createRequire(ownFile() ?? process.execPath)(MSGPACK);
  } catch (cause) {
    throw new PlatformError(
      `serializer: 'msgpack' needs the package ${MSGPACK}: npm install ${MSGPACK}, or give an object with encode and decode`,
      { cause },
    );
  }
}
