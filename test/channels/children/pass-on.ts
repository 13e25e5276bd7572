import type { Connection } from '#dist/channels/connection.js';
import type { Queue } from '#dist/channels/queue.js';
import { join } from '../../support/join.js';

/** Takes a connection from a queue, and sends on it that it came. */
const [queue] = join<[Queue<Connection<unknown, string>>]>();
for await (const connection of queue) {
  await connection.send('came');
  connection.close();
}
