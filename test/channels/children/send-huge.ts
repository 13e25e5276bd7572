import type { Connection } from '#dist/channels/connection.js';
import { join } from '../../support/join.js';

const MIB = 2 ** 20;

/** Sends one message of `size` bytes, as bytes or as a value with parts of at most a gigabyte; each megabyte begins with its number. */
const [connection, kind, size] = join<[Connection<never, any>, 'bytes' | 'value', number]>();
const bytes = Buffer.alloc(size);
for (let at = 0; at < size; at += MIB) bytes[at] = (at / MIB) % 251;
if (kind === 'bytes') {
  bytes[size - 1] = 77;
  connection.sendBytesSync(bytes);
  connection.sendSync('behind it');
} else {
  const parts: Buffer[] = [];
  for (let at = 0; at < size; at += 1024 * MIB) parts.push(bytes.subarray(at, Math.min(size, at + 1024 * MIB)));
  connection.sendSync({ parts, end: 'end' });
}
connection.close();
