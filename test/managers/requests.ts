/** Requests as a client of another program sends them. */
import { Writer } from '#dist/serialization/writer.js';

/** Version and byte order. */
export const HEADER = Uint8Array.of(1, 0x4c);

export function encodeRequest(...values: readonly unknown[]): Uint8Array {
  const writer = new Writer();
  writer.begin({ isForeign: true });
  for (const value of values) writer.write(value);
  return Buffer.concat([HEADER, writer.finish()]);
}
