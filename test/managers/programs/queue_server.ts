/** Serves a queue at the address on its command line until its input ends. */
import { isMain } from 'multiproc';
import { QueueManager } from '../remote_queue.js';

if (isMain(import.meta)) {
  const [, , address, authkey] = process.argv;
  const manager = new QueueManager({ address: JSON.parse(address), authkey });
  const server = manager.getServer();
  await server.listen();
  console.log(`serves at ${JSON.stringify(server.address)}`);
  process.stdin.resume().on('end', () => server.stop());
  await server.serveForever();
  console.log('stopped');
}
