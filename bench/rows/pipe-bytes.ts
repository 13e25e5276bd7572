// Byte messages of 1 MiB through a Pipe, both sides blocking: `fresh` makes a new Buffer of each, as Python does; `into` reads into one and the same; with `views`
// the bytes are in shared memory, the sender changes them, and what it sends arrives as a view of them.
import { type Connection, isMain, Pipe, Process } from 'multiproc';
import { RawArray } from 'multiproc/sharedctypes';
import { measure, which } from '../harness/timing.ts';

const SIZE = 1024 * 1024;

/** In turn: while one is read the next is filled. */
const VIEWS = 4;

/** Sends as many messages as it is asked for, again and again; 0 ends it. */
export function produce(conn: Connection<number, never>): void {
  const message = Buffer.alloc(SIZE, 1);
  for (let n = conn.recvSync(); n > 0; n = conn.recvSync()) for (let i = 0; i < n; i++) conn.sendBytesSync(message);
}

export function produceViews(conn: Connection<number, Uint8Array>): void {
  const views = Array.from({ length: VIEWS }, () => RawArray('B', SIZE));
  for (let n = conn.recvSync(); n > 0; n = conn.recvSync()) {
    for (let i = 0; i < n; i++) {
      const view = views[i % VIEWS];
      view[i % SIZE] = i;
      conn.sendSync(view);
    }
  }
}

if (isMain(import.meta)) {
  const [here, there] = Pipe<any, any>();
  const producer = new Process<any>({ target: which === 'views' ? produceViews : produce, args: [there] }).start();
  there.close();
  const buffer = Buffer.alloc(SIZE);
  let sum = 0;
  const receive: Record<string, () => unknown> = {
    fresh: () => here.recvBytesSync(),
    into: () => here.recvBytesIntoSync(buffer),
    views: () => (sum += here.recvSync()[0]),
  };
  await measure((n) => {
    here.sendSync(n);
    for (let i = 0; i < n; i++) receive[which]();
  }, 10);
  if (sum < 0) throw new Error('bytes are 0 or more');
  here.sendSync(0);
  await producer.join();
}
