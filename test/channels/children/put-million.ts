import type { Queue } from '#dist/channels/queue.js';
import { session } from '#dist/memory/session.js';
import { join, tell } from '../../support/join.js';

/** Puts a million small items, and tells what memory this process and the session have then, in bytes. */
const [queue] = join<[Queue<number>]>();
for (let i = 0; i < 1e6; i++) queue.putSync(i);
tell({ process: process.memoryUsage.rss(), session: session().heap.stats().reserved });
