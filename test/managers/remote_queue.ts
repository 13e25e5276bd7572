/** A queue that one program serves, and others use by its address. */
import { BaseManager, ManagedQueue, type ManagerAddress, QueueProxy } from 'multiproc/managers';

const queue = new ManagedQueue<unknown>();

export class QueueManager extends BaseManager.define({
  // All get the one that is there.
  getQueue: { callable: () => queue, proxyType: QueueProxy<unknown> },
}) {}

export const values = [
  'hello world',
  null,
  true,
  2.25,
  'hall\u00e5 v\u00e4rlden',
  '\u043f\u0440\u0438\u0432\u0435\u0442',
  Buffer.from('hall\xe5 v\xe4rlden', 'latin1'),
];

/** Connects by itself, as a program would. */
export async function putValues(address: ManagerAddress, authkey: Uint8Array): Promise<void> {
  const manager = new QueueManager({ address, authkey });
  await manager.connect();
  const queue = await manager.getQueue();
  await queue.put(values);
}
