/**
 * Producers and consumers around a buffer of eight places in shared memory: one Condition, waited on by async code in the parent and by blocking code in the children.
 */
import { Condition, isMain, Process, SharedArray, Value } from 'multiproc';

const PLACES = 8;
const ITEMS = 500;

export function produce(buffer: SharedArray<'d'>, filled: Value<'i'>, changed: Condition, first: number): void {
  for (let i = 0; i < ITEMS; i++) {
    const hold = changed.holdSync();
    changed.waitForSync(() => filled.value < PLACES);
    buffer.set(filled.value, first + i);
    filled.value += 1;
    changed.notifyAll();
    hold.release();
  }
}

if (isMain(import.meta)) {
  const buffer = new SharedArray('d', PLACES);
  const filled = new Value('i', 0);
  const changed = new Condition();
  const producers = [1, 1000].map((first) => new Process({ target: produce, args: [buffer, filled, changed, first] }).start());
  let sum = 0;
  for (let taken = 0; taken < 2 * ITEMS; taken++) {
    await changed.runExclusive(async () => {
      await changed.waitFor(() => filled.value > 0);
      filled.value -= 1;
      sum += buffer.get(filled.value);
      changed.notifyAll();
    });
  }
  for (const producer of producers) await producer.join();
  console.log(`${2 * ITEMS} items, sum ${sum}`);
}

/* Prints:
1000 items, sum 750000
*/
