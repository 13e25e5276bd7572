import type { Queue } from '#dist/channels/queue.js';
import { join } from '../../support/join.js';

/** Puts `count` items that say who put them, and which they are, in different sizes and by all forms. */
const [queue, who, count, largest] = join<[Queue<[number, number, string]>, number, number, number]>();
for (let i = 0; i < count; i++) {
  const item: [number, number, string] = [who, i, 'x'.repeat((i * 7919) % largest)];
  if (i % 3 === 0) queue.putSync(item);
  else if (i % 3 === 1) await queue.put(item);
  else while (!queue.tryPut(item));
}
