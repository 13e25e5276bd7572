import type { Condition } from '#dist/sync/condition.js';
import { join, tell } from '../../support/join.js';

/** Waits on the condition `times` times, and tells of each. */
const [condition, form, times] = join<[Condition, 'async' | 'sync', number]>();
for (let i = 0; i < times; i++) {
  if (form === 'sync') {
    condition.acquireSync();
    tell(condition.waitSync());
    condition.release();
  } else tell(await condition.runExclusive(() => condition.wait()));
}
