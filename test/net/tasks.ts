/** What the processes of these tests run. */
import { type Address, Client, type Connection, Listener } from 'multiproc/connection';

export async function connectAndSend(address: Address, authkey: string, value: string): Promise<void> {
  const connection = await Client<never, string>(address, { authkey });
  await connection.send(value);
  connection.close();
}

export async function connectWriteAndClose(address: Address, value: string): Promise<void> {
  const connection = await Client<never, string>(address);
  await connection.send(value);
  connection.close();
}

/** Listens at a private path, says where, and stays. */
export async function listenUntilKilled(told: Connection<never, Address>): Promise<void> {
  const listener = new Listener();
  await listener.listen();
  await told.send(listener.address!);
  await listener.accept();
}

/** Ends without closing its listener. */
export async function listenAndEnd(told: Connection<never, Address>): Promise<void> {
  const listener = new Listener();
  await listener.listen();
  await told.send(listener.address!);
}

export function upper(text: string): string {
  return text.toUpperCase();
}

export class Point {
  x: number;
  constructor(x: number) {
    this.x = x;
  }
}

/** Sends back what it gets, until the end. */
export async function answer(connection: Connection<string, string>): Promise<void> {
  for await (const text of connection) await connection.send(text.toUpperCase());
}

/** Accepts, with a handler of SIGUSR1 that says when it ran, and welcomes who connects. */
export async function acceptWithHandler(told: Connection<never, any>): Promise<void> {
  process.on('SIGUSR1', () => told.sendSync('handled'));
  const listener = new Listener();
  await listener.listen();
  await told.send(listener.address);
  const connection = await listener.accept();
  await connection.send('welcome');
}

export async function receiveAndAnswer(carrier: Connection<any>): Promise<void> {
  await answer(await carrier.recv());
}

/** Receives so many texts, and sends them back as one. */
export async function repeatAll(connection: Connection<string, string>, count: number): Promise<void> {
  let all = '';
  for (let i = 0; i < count; i++) all += await connection.recv();
  await connection.send(all);
}

export async function sendAndDie(address: Address, count: number): Promise<void> {
  const conn = await Client<number>(address);
  for (let i = 0; i < count; i++) conn.sendSync(i);
  process.kill(process.pid, 'SIGKILL');
}

export async function sendAndExit(address: Address, count: number): Promise<void> {
  const conn = await Client<any>(address);
  for (let i = 0; i < count; i++) conn.sendSync(i);
  process.exit(0);
}

/** Tells how many messages came before an empty one. */
export function receiveAll(conn: Connection<any, any>): void {
  const into = Buffer.alloc(64 * 1024);
  let count = 0;
  while (conn.recvBytesIntoSync(into) > 0) count++;
  conn.sendSync(count);
}
