import type { Lock } from '#dist/sync/lock.js';
import { join, tell } from '../../support/join.js';

const [lock] = join<[Lock]>();
lock.acquireSync();
tell('held');
setInterval(() => {}, 1000);
