/** Gets locks from one queue and puts them into another until `end` comes. */
import { join, tell } from '../../support/join.js';

const [from, to] = join<[any, any]>();
tell('ready');
for (;;) {
  const lock = from.getSync();
  if (lock === 'end') break;
  lock.acquireSync();
  lock.release();
  to.putSync(lock);
}
tell('done');
process.exit(0);
