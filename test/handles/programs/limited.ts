/** Sends descriptors until it has none left; a child receives them. */
import { Descriptor, isMain, Process, Queue } from 'multiproc';

export function receive(queue: Queue<Descriptor | null>): void {
  for (let item = queue.getSync(); item !== null; item = queue.getSync()) item.close();
}

if (isMain(import.meta)) {
  const queue = new Queue<Descriptor | null>();
  const descriptor = new Descriptor(0);
  const child = new Process({ target: receive, args: [queue] }).start();
  try {
    for (;;) queue.putSync(descriptor);
  } catch (error) {
    console.log('refused:', (error as { code?: string }).code);
  }
  queue.putSync(null);
  console.log('the child has received all:', child.joinSync());
  await new Promise((resolve) => setImmediate(resolve));
  queue.putSync(descriptor);
  queue.getSync()!.close();
  console.log('sends again');
}
