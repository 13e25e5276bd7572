// Strings of 256 bytes through a Queue: a child produces, blocking; the main program consumes, blocking (`sync`) or not (`async`),
// or from a JoinableQueue, blocking, and says that each item is done (`joinable`).
import { type Connection, isMain, JoinableQueue, Pipe, Process, Queue } from 'multiproc';
import { measure, which } from '../harness/timing.ts';

const MESSAGE = 'x'.repeat(256);

/** Puts as many messages as it is asked for, again and again; 0 ends it. */
export function produce(orders: Connection<number, never>, queue: Queue<string> | JoinableQueue<string>): void {
  for (let n = orders.recvSync(); n > 0; n = orders.recvSync()) for (let i = 0; i < n; i++) queue.putSync(MESSAGE);
}

if (isMain(import.meta)) {
  const [receiver, orders] = Pipe<number>(false);
  const joinable = new JoinableQueue<string>();
  const queue = which === 'joinable' ? joinable : new Queue<string>();
  const producer = new Process({ target: produce, args: [receiver, queue] }).start();
  receiver.close();
  const consumers: Record<string, (n: number) => Promise<void> | void> = {
    sync(n) {
      orders.sendSync(n);
      for (let i = 0; i < n; i++) queue.getSync();
    },
    async async(n) {
      await orders.send(n);
      for (let i = 0; i < n; i++) await queue.get();
    },
    joinable(n) {
      orders.sendSync(n);
      for (let i = 0; i < n; i++) {
        joinable.getSync();
        joinable.taskDone();
      }
    },
  };
  await measure(consumers[which], 1000);
  await orders.send(0);
  await producer.join();
}
