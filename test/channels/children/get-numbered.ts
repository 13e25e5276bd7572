import type { Queue } from '#dist/channels/queue.js';
import { join, tell } from '../../support/join.js';

/** Gets items until the queue is closed and drained; tells what it got of whom, in order. */
const [queue, form] = join<[Queue<[number, number, string]>, 'sync' | 'async' | 'many']>();
const got: [number, number][] = [];
const add = ([who, i]: [number, number, string]): number => got.push([who, i]);
if (form === 'async') for await (const item of queue) add(item);
else {
  try {
    for (;;) {
      if (form === 'sync') add(queue.getSync());
      else queue.getManySync(10).forEach(add);
    }
  } catch (error) {
    if ((error as Error).name !== 'QueueShutDown') throw error;
  }
}
tell(got);
