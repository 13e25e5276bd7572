/** Puts items into a queue that another program serves, or gets some, itself and by a child process. It knows the server's types alone, and closes nothing. */
import { isMain, Process } from 'multiproc';
import { connectManager, type QueueProxy } from 'multiproc/managers';
import type { QueueManager } from '../remote_queue.js';

export async function getSome(queue: QueueProxy<unknown>, count: number): Promise<void> {
  for (let i = 0; i < count; i++) console.log(`got ${await queue.get()}`);
}

if (isMain(import.meta)) {
  const [, , address, authkey, what, count] = process.argv;
  const manager = await connectManager<QueueManager>({ address: JSON.parse(address), authkey });
  const queue = await manager.getQueue();
  if (what === 'put') for (let i = 0; i < Number(count); i++) await queue.put(`é ${i}`);
  else {
    const half = Number(count) / 2;
    // The proxy goes to a process that never heard of the address.
    console.log('child', await new Process({ target: getSome, args: [queue, half] }).start().join());
    await getSome(queue, half);
  }
  console.log('done');
}
