import { join, tell } from '../../support/join.js';

/** Adds 1 to each value `times` times: the first two by atomics, the third under its lock. */
const [small, big, plain, times] = join<[any, any, any, number]>();
for (let i = 0; i < times; i++) {
  small.add(1);
  big.add(1n);
  if (i % 10 > 0) continue;
  plain.acquireSync();
  plain.value++;
  plain.release();
}
tell('done');
