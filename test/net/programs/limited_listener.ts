/** Listens and answers its clients; told so on its standard input it takes all descriptors that there are, gives them back, or says how many it has open. */
import { closeSync, openSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { isMain } from 'multiproc';
import { type Connection, Listener } from 'multiproc/connection';

const taken: number[] = [];

function takeAll(): void {
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch (error) {
    console.log((error as { code: string }).code);
  }
}

const COMMANDS: Record<string, () => void> = {
  take: takeAll,
  give: () => {
    for (const fd of taken.splice(0)) closeSync(fd);
    console.log('given');
  },
  count: () => console.log(`open ${readdirSync('/proc/self/fd').length}`),
};

async function answer(connection: Connection<string, string>): Promise<void> {
  for await (const text of connection) await connection.send(text.toUpperCase());
}

if (isMain(import.meta)) {
  const listener = new Listener<string, string>({ address: ['127.0.0.1', 0], authkey: 'k', handshakeTimeout: 3_600_000 });
  await listener.listen();
  console.log(`port ${(listener.address as [string, number])[1]};`);
  createInterface(process.stdin).on('line', (line) => COMMANDS[line]());
  for await (const connection of listener) answer(connection);
}
