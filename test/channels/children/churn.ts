import type { Queue } from '#dist/channels/queue.js';
import { join, tell } from '../../support/join.js';

/** Puts into and gets from a queue, in all sizes, until it is killed. */
const [queue, role] = join<[Queue<string>, 'put' | 'get' | 'both']>();
tell('ready');
const sizes = [0, 10, 300, 5000, 20_000, 100_000];
for (let i = 0; ; i++) {
  if (role !== 'get') queue.putSync('p'.repeat(sizes[i % sizes.length]));
  if (role !== 'put') queue.getSync();
}
