import type { RLock } from '#dist/sync/rlock.js';
import { join, tell } from '../../support/join.js';

const [lock] = join<[RLock]>();
lock.acquireSync();
lock.acquireSync();
tell('held');
setInterval(() => {}, 1000);
