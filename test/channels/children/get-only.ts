import type { JoinableQueue } from '#dist/channels/joinable_queue.js';
import { join, tell } from '../../support/join.js';

/** Gets `count` items, and tells of each; others report them. At last it tells how many tickets it was left with. */
const [queue, count] = join<[JoinableQueue<unknown>, number]>();
for (let i = 0; i < count; i++) {
  queue.getSync();
  await new Promise((resolve) => process.send!('got', resolve));
}
tell((queue as any).inbox.taken);
