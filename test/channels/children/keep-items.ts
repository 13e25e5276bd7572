import type { JoinableQueue } from '#dist/channels/joinable_queue.js';
import { join, tell } from '../../support/join.js';

/** Gets `count` items, tells them, and keeps them until it is killed, or told that they are done. */
const [queue, count, form] = join<[JoinableQueue<unknown>, number, 'get' | 'many' | 'task']>();
const wrap = (value: unknown): unknown => ({ value, redelivered: false });
const told = (value: unknown): unknown => (typeof value === 'string' ? value : typeof value);
if (form === 'many') tell(queue.getManySync(count).map(told).map(wrap));
else {
  const items: unknown[] = [];
  for (let i = 0; i < count; i++) {
    const task = form === 'task' ? await queue.getTask() : { value: await queue.get(), redelivered: false };
    items.push({ value: told(task.value), redelivered: task.redelivered });
  }
  tell(items);
}
const kept = setInterval(() => {}, 1000);
process.once('message', () => {
  clearInterval(kept);
  for (let i = 0; i < count; i++) queue.taskDone();
  process.disconnect();
});
