/**
 * A queue that programs on any machine share: one program serves it at an address, others put and get, and need nothing of its code but the types.
 * Here all three are processes of one machine. A server for other machines has an address like ['0.0.0.0', 50000].
 */
import { isMain, Pipe, Process, type Sender } from 'multiproc';
import { BaseManager, connectManager, ManagedQueue, QueueProxy } from 'multiproc/managers';

type Address = [host: string, port: number];

const AUTHKEY = 'abracadabra';
const jobs = new ManagedQueue<string>();

export class QueueManager extends BaseManager.define({
  // Called for each client that asks: all get the one that is there.
  jobs: { callable: () => jobs, proxyType: QueueProxy<string> },
}) {}

export async function server(started: Sender<Address>): Promise<void> {
  const manager = new QueueManager({ address: ['localhost', 0], authkey: AUTHKEY });
  const running = manager.getServer();
  await running.listen();
  await started.send(running.address as Address);
  await running.serveForever();
}

export async function producer(address: Address): Promise<void> {
  const manager = await connectManager<QueueManager>({ address, authkey: AUTHKEY });
  const queue = await manager.jobs();
  for (const job of ['sweep', 'dust', 'mop']) await queue.put(job);
}

if (isMain(import.meta)) {
  const [receiver, sender] = Pipe<Address>(false);
  const serving = new Process({ target: server, args: [sender], daemon: true }).start();
  const address = await receiver.recv();
  new Process({ target: producer, args: [address] }).start();
  const manager = await connectManager<QueueManager>({ address, authkey: AUTHKEY });
  const queue = await manager.jobs();
  for (let i = 0; i < 3; i++) console.log(await queue.get());
  serving.terminate();
}

/* Prints:
sweep
dust
mop
*/
