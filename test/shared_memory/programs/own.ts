/** Makes blocks, prints their names, and ends as its argument says: 'returns' and so on, or waits for a line and goes on. */
import { isMain } from 'multiproc';
import { ShareableList, SharedMemory } from 'multiproc/shared-memory';

if (isMain(import.meta)) {
  const [how, name] = process.argv.slice(2);
  const shm = SharedMemory.create({ size: 5000, name });
  const list = ShareableList.create(['a', 1]);
  console.log(`made ${shm.name} ${list.shm.name}`);
  if (how === 'waits') await new Promise((resolve) => process.stdin.once('data', resolve));
  if (how === 'exits') process.exit(3);
  if (how === 'throws') throw new Error('the program fails');
  process.stdin.destroy();
}
