import type { Connection } from '#dist/channels/connection.js';
import { join, tell } from '../../support/join.js';

/** Sends back what it receives, in the form that it is told, until the end of the stream. */
const [connection, form] = join<[Connection<any>, 'sync' | 'async' | 'bytes']>();
tell('ready');
try {
  for (;;) {
    if (form === 'async') await connection.send(await connection.recv());
    else if (form === 'sync') connection.sendSync(connection.recvSync());
    else connection.sendBytesSync(connection.recvBytesSync());
  }
} catch (error) {
  tell((error as Error).name);
}
