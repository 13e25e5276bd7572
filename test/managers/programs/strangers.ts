/** Two hundred that connect to a manager's address, and are none of its clients. Tells when all have come, and when all were dropped. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { isMain } from 'multiproc';

const MANY = 200;
const length = (bytes: number): Buffer => Buffer.from(Uint32Array.of(bytes).buffer).swap32();

/** What they do, after they have connected. */
const STRANGERS: readonly ((socket: Socket) => unknown)[] = [
  () => {},
  (socket) => socket.write('GET / HTTP/1.1\r\n\r\n'),
  (socket) => socket.write(length(0x7f_ff_ff_ff)),
  (socket) => socket.write(Buffer.concat([length(16), Buffer.alloc(3)])),
  (socket) => socket.write(Buffer.concat([length(5), Buffer.from([1, 0x4c, 2, 3, 4])])),
  (socket) => socket.end(),
];

if (isMain(import.meta)) {
  const [host, port] = JSON.parse(process.argv[2]) as [string, number];
  const closed: Promise<unknown>[] = [];
  for (let i = 0; i < MANY; i++) {
    const socket = connect(port, host).on('error', () => {});
    closed.push(new Promise((resolve) => socket.on('close', resolve)));
    await once(socket, 'connect');
    socket.resume();
    STRANGERS[i % STRANGERS.length](socket);
  }
  console.log('all came');
  await Promise.all(closed);
  console.log('all dropped');
}
