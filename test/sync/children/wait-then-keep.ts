import type { Condition } from '#dist/sync/condition.js';
import { join, tell } from '../../support/join.js';

const [condition] = join<[Condition]>();
condition.acquireSync();
condition.waitSync();
tell('has the lock');
setInterval(() => {}, 1000);
