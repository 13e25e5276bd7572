import type { JoinableQueue } from '#dist/channels/joinable_queue.js';
import { join } from '../../support/join.js';

/** Gets `count` items, reports `done` of them, and ends. */
const [queue, count, done] = join<[JoinableQueue<unknown>, number, number]>();
queue.getManySync(count);
for (let i = 0; i < done; i++) queue.taskDone();
