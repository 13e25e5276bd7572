// Two processes that meet at a Barrier, again and again, blocking.
import { Barrier, type Connection, isMain, Pipe, Process } from 'multiproc';
import { measure } from '../harness/timing.ts';

/** Meets as often as it is asked to, again and again; 0 ends it. */
export function meet(orders: Connection<number, never>, barrier: Barrier): void {
  for (let n = orders.recvSync(); n > 0; n = orders.recvSync()) for (let i = 0; i < n; i++) barrier.waitSync();
}

if (isMain(import.meta)) {
  const [receiver, orders] = Pipe<number>(false);
  const barrier = new Barrier(2);
  const other = new Process({ target: meet, args: [receiver, barrier] }).start();
  receiver.close();
  await measure((n) => {
    orders.sendSync(n);
    for (let i = 0; i < n; i++) barrier.waitSync();
  }, 5000);
  await orders.send(0);
  await other.join();
}
