import { SHAPE_KEYS } from './format.ts';
import { Sink } from './sink.ts';

/**
 * The keys of objects that come again and again, across messages. Their bytes (count and names) are kept, so that writing them is
 * a copy and reading them a comparison: a small object is twice as fast in both directions.
 *
 * A slot is filled when the same keys come to it a second time; dictionaries with keys of their own pay nothing but that look.
 */

export interface Shape {
  readonly keys: string[];
  /** Whether a key has to be defined rather than assigned. */
  readonly special: boolean;
}

interface KeptShape extends Shape {
  /** Its bytes; undefined until it is seen again. */
  readonly header: Uint8Array | undefined;
}

const SLOTS = 128;
/** Longer headers are not kept. */
const HEADER_BYTES = 160;

const seenKeys: (string[] | undefined)[] = new Array(SLOTS).fill(undefined);
const headers: (Uint8Array | undefined)[] = new Array(SLOTS).fill(undefined);
const shapes: (KeptShape | undefined)[] = new Array(SLOTS).fill(undefined);
const scratch = new Sink(1024);

/** The bytes of keys seen before. */
export function headerOf(keys: string[]): Uint8Array | undefined {
  const count = keys.length;
  if (count === 0 || count > SHAPE_KEYS) return undefined;
  const slot = (count * 31 + keys[0].length * 7 + keys[count - 1].length) & (SLOTS - 1);
  const seen = seenKeys[slot];
  if (seen === undefined || !sameKeys(seen, keys)) {
    seenKeys[slot] = keys;
    headers[slot] = undefined;
    return undefined;
  }
  const header = headers[slot];
  if (header !== undefined) return header;
  headers[slot] = makeHeader(keys);
  return headers[slot];
}

/** The shape whose header stands at `at`, if it was seen before. */
export function shapeAt(bytes: Uint8Array, at: number): (Shape & { readonly header: Uint8Array }) | undefined {
  const shape = shapes[slotAt(bytes, at)];
  if (shape?.header === undefined) return undefined;
  const { header } = shape;
  for (let i = 0; i < header.length; i++) if (bytes[at + i] !== header[i]) return undefined;
  return shape as Shape & { readonly header: Uint8Array };
}

/** Keeps the shape that was read at `at`. */
export function rememberShape(bytes: Uint8Array, at: number, { keys, special }: Shape): void {
  if (keys.length === 0 || keys.length > SHAPE_KEYS) return;
  const slot = slotAt(bytes, at);
  const seen = shapes[slot];
  const again = seen !== undefined && sameKeys(seen.keys, keys);
  // Made from the keys: the bytes may have changed since they were read, and would then mean these keys for ever.
  shapes[slot] = { keys, special, header: again ? makeHeader(keys) : undefined };
}

export function sameKeys(known: string[], keys: string[]): boolean {
  if (known.length !== keys.length) return false;
  for (let i = 0; i < keys.length; i++) if (known[i] !== keys[i]) return false;
  return true;
}

function slotAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] * 31 + bytes[at + 1] * 7 + bytes[at + 2]) & (SLOTS - 1);
}

function makeHeader(keys: string[]): Uint8Array | undefined {
  scratch.length = 0;
  scratch.varint(keys.length);
  for (const key of keys) scratch.string(key);
  return scratch.length <= HEADER_BYTES ? Uint8Array.from(scratch.bytes.subarray(0, scratch.length)) : undefined;
}
