import { session } from '#dist/memory/session.js';
import type { Condition } from '#dist/sync/condition.js';
import { join, tell } from '../../support/join.js';

/** Takes from the stock (a plain word that the condition's lock guards) until the second word says that no more comes; each third time by the async form. */
const [condition, unit] = join<[Condition, number]>();
const { words, index } = session().heap.structure(unit);
const isReady = () => words[index] > 0 || words[index + 1] === 1;
let taken = 0;
for (let i = 0; ; i++) {
  condition.acquireSync();
  if (i % 3 === 0) await condition.waitFor(isReady);
  else condition.waitForSync(isReady);
  const isOver = words[index] === 0;
  if (!isOver) {
    words[index]--;
    taken++;
    condition.notify();
  }
  condition.release();
  if (isOver) break;
}
tell(taken);
