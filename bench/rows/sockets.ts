// Strings of 256 bytes and byte messages of 1 MiB over sockets: a child connects to a Listener and produces, blocking; the main program consumes. `which` is family,
// content and form: tcp-strings-sync, unix-bytes-async ...
import { isMain, Process } from 'multiproc';
import { type Address, Client, type Connection, Listener } from 'multiproc/connection';
import { measure, which } from '../harness/timing.ts';

const STRING = 'x'.repeat(256);
const BYTES = Buffer.alloc(1024 * 1024, 1);

const [family, content, form] = which.split('-');

/** Sends as many messages as it is asked for, again and again; 0 ends it. */
export async function produce(address: Address, kind: string): Promise<void> {
  const conn: Connection<number, string> = await Client(address);
  for (let n = conn.recvSync(); n > 0; n = conn.recvSync()) {
    for (let i = 0; i < n; i++) {
      if (kind === 'strings') conn.sendSync(STRING);
      else conn.sendBytesSync(BYTES);
    }
  }
}

if (isMain(import.meta)) {
  const listener = new Listener<any>({ family: family === 'tcp' ? 'AF_INET' : 'AF_UNIX' });
  await listener.listen();
  const producer = new Process({ target: produce, args: [listener.address!, content] }).start();
  const conn = await listener.accept();
  listener.close();
  const ways: Record<string, () => unknown> = {
    'strings-sync': () => conn.recvSync(),
    'strings-async': () => conn.recv(),
    'bytes-sync': () => conn.recvBytesSync(),
    'bytes-async': () => conn.recvBytes(),
  };
  const one = ways[`${content}-${form}`];
  await measure(
    form === 'sync'
      ? (n) => {
          conn.sendSync(n);
          for (let i = 0; i < n; i++) one();
        }
      : async (n) => {
          await conn.send(n);
          for (let i = 0; i < n; i++) await one();
        },
    content === 'strings' ? 1000 : 10,
  );
  await conn.send(0);
  await producer.join();
}
