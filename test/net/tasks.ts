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
