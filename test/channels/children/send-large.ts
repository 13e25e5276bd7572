import type { Connection } from '#dist/channels/connection.js';
import { join, tell } from '../../support/join.js';

/** Sends large messages, each of one byte repeated, until it is killed; says when each is begun. */
const [connection, size] = join<[Connection<never, never>, number]>();
const message = Buffer.alloc(size);
for (let i = 0; ; i = (i + 1) % 256) {
  message.fill(i);
  tell('sending');
  connection.sendBytesSync(message);
}
