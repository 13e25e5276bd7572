/** Takes what comes and drops it, without ever collecting its garbage by itself; then waits. */
import { join, tell } from '../../support/join.js';

const [queue, count] = join<[any, number]>();
for (let i = 0; i < count; i++) queue.getSync();
tell('dropped');
setInterval(() => {}, 1000);
await queue.get();
