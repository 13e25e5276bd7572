/** A child is given objects of a manager. */
import { freezeSupport, isMain, Manager, Process } from 'multiproc';
import type { DictProxy, ListProxy } from 'multiproc/managers';

async function work(list: ListProxy<number>, dict: DictProxy<string, number>): Promise<void> {
  await list.push(2);
  await dict.increment('n', 3);
}

await freezeSupport({ work });
if (isMain(import.meta)) {
  const m = await Manager();
  const [list, dict] = [await m.list([1]), await m.dict<string, number>()];
  await new Process({ target: work, args: [list, dict] }).start().join();
  console.log(await list.getValue(), await dict.get('n'));
  await m.shutdown();
}
