import type { Queue } from '#dist/channels/queue.js';
import { session } from '#dist/memory/session.js';
import { join, tell } from '../../support/join.js';

/** Puts many small items, and tells what memory this process and the session have then, in bytes. */
const [queue, count] = join<[Queue<number>, number]>();
for (let i = 0; i < count; i++) queue.putSync(i);
tell({ process: process.memoryUsage.rss(), session: session().heap.stats().reserved });
