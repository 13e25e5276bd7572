// Strings of 256 bytes through a Pipe: a child produces, blocking; the main program consumes, blocking (`sync`) or not (`async`).
import { type Connection, isMain, Pipe, Process } from 'multiproc';
import { measure, which } from '../harness/timing.ts';

const MESSAGE = 'x'.repeat(256);

/** Sends as many messages as it is asked for, again and again; 0 ends it. */
export function produce(conn: Connection<number, string>): void {
  for (let n = conn.recvSync(); n > 0; n = conn.recvSync()) for (let i = 0; i < n; i++) conn.sendSync(MESSAGE);
}

if (isMain(import.meta)) {
  const [here, there] = Pipe<string, number>();
  const producer = new Process({ target: produce, args: [there] }).start();
  there.close();
  const consumers: Record<string, (n: number) => Promise<void> | void> = {
    sync(n) {
      here.sendSync(n);
      for (let i = 0; i < n; i++) here.recvSync();
    },
    async async(n) {
      await here.send(n);
      for (let i = 0; i < n; i++) await here.recv();
    },
  };
  await measure(consumers[which], 1000);
  await here.send(0);
  await producer.join();
}
