import type { Connection } from '#dist/channels/connection.js';
import { join } from '../../support/join.js';

/** Sends `count` messages that say who sent them, and which they are, in different sizes. */
const [connection, who, count] = join<[Connection<never, [number, number, string]>, number, number]>();
for (let i = 0; i < count; i++) {
  const message: [number, number, string] = [who, i, 'x'.repeat((i * 7919) % 3000)];
  if (i % 2 === 0) connection.sendSync(message);
  else await connection.send(message);
}
connection.close();
