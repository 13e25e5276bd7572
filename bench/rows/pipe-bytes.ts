// Byte messages of 1 MiB through a Pipe, both sides blocking: `fresh` makes a new Buffer of each, as Python does; `into` reads into one and the same.
import { type Connection, isMain, Pipe, Process } from 'multiproc';
import { measure, which } from '../harness/timing.ts';

const SIZE = 1024 * 1024;

/** Sends as many messages as it is asked for, again and again; 0 ends it. */
export function produce(conn: Connection<number, never>): void {
  const message = Buffer.alloc(SIZE, 1);
  for (let n = conn.recvSync(); n > 0; n = conn.recvSync()) for (let i = 0; i < n; i++) conn.sendBytesSync(message);
}

if (isMain(import.meta)) {
  const [here, there] = Pipe<never, number>();
  const producer = new Process({ target: produce, args: [there] }).start();
  there.close();
  const buffer = Buffer.alloc(SIZE);
  const receive: Record<string, () => unknown> = {
    fresh: () => here.recvBytesSync(),
    into: () => here.recvBytesIntoSync(buffer),
  };
  await measure((n) => {
    here.sendSync(n);
    for (let i = 0; i < n; i++) receive[which]();
  }, 10);
  here.sendSync(0);
  await producer.join();
}
