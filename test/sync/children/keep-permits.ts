import type { BoundedSemaphore } from '#dist/sync/bounded_semaphore.js';
import { join, tell } from '../../support/join.js';

/** Takes permits and keeps them, though nobody refers to the semaphore any more. */
const take = ([semaphore, count]: [BoundedSemaphore, number]) => {
  for (let i = 0; i < count; i++) semaphore.acquireSync();
};
take(join());
tell('taken');
process.on('message', (message) => message === 'leave' && process.exit());
process.channel!.ref();
