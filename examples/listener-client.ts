/**
 * Two programs that know an address and a key: values of any kind, and bytes, over a socket. Here the client is a process of the same program.
 */
import { isMain, Process } from 'multiproc';
import { Client, Listener } from 'multiproc/connection';

const AUTHKEY = 'secret password';

export async function client(address: readonly [string, number]): Promise<void> {
  using connection = await Client(address, { authkey: AUTHKEY });
  console.log(await connection.recv());
  console.log((await connection.recvBytes()).toString());
  const numbers = new Int32Array(5);
  console.log(await connection.recvBytesInto(numbers), numbers);
}

if (isMain(import.meta)) {
  // Port 0: any that is free; `address` has the real one.
  await using listener = new Listener({ address: ['localhost', 0], authkey: AUTHKEY });
  await listener.listen();
  const reader = new Process({ target: client, args: [listener.address as [string, number]] }).start();
  using connection = await listener.accept();
  await connection.send([2.25, null, 'junk', new Map([['pi', 3.14]]), 2n ** 64n]);
  await connection.sendBytes(Buffer.from('hello'));
  await connection.sendBytes(new Int32Array([42, 1729]));
  await reader.join();
}

/* Prints:
[ 2.25, null, 'junk', Map(1) { 'pi' => 3.14 }, 18446744073709551616n ]
hello
8 Int32Array(5) [ 42, 1729, 0, 0, 0 ]
*/
