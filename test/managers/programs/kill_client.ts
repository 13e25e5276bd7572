/** A client of another program that uses everything at random: its name, the server's address, the key and a seed are on its command line. */
import { isMain } from 'multiproc';
import { connectManager } from 'multiproc/managers';
import { type KillManager, type Things, useAtRandom } from '../kill_clients.js';

if (isMain(import.meta)) {
  const [, , name, address, authkey, seed] = process.argv;
  const where = { address: JSON.parse(address), authkey };
  const manager = await connectManager<KillManager>(where);
  const things = Object.fromEntries(await (await manager.shelf()).entries()) as unknown as Things;
  await useAtRandom(name, things, where, null, Number(seed));
}
