import type { JoinableQueue } from '#dist/channels/joinable_queue.js';
import type { Queue } from '#dist/channels/queue.js';
import { join } from '../../support/join.js';

/** Does one item after the other until the queue is closed: reports it, then says that it is done. */
const [queue, reports] = join<[JoinableQueue<[number, number, string]>, Queue<[number, number, boolean]>]>();
for await (const task of queue.tasks()) {
  reports.putSync([task.value[0], task.value[1], task.redelivered]);
  task.done();
}
