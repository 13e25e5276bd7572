import type { Condition } from '#dist/sync/condition.js';
import { join, tell } from '../../support/join.js';

const [condition] = join<[Condition]>();
process.channel!.ref();
process.once('message', () => {
  // The parent gives the lock up in its wait.
  condition.acquireSync();
  condition.notify();
  condition.notify();
  condition.release();
  process.channel!.unref();
});
tell('ready');
