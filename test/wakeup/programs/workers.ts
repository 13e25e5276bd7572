/** What the processes of the tests of `wait` run. */
import { once } from 'node:events';
import { createConnection } from 'node:net';
import type { Connection, Event, Queue } from 'multiproc';

export function nothing(): void {}

export function never(): Promise<never> {
  setInterval(() => {}, 2 ** 30);
  return new Promise(() => {});
}

export function sendWhenSet(event: Event, connection: Connection<never, string>): void {
  event.waitSync();
  connection.sendSync('late');
}

export function endWhenSet(event: Event): void {
  event.waitSync();
}

export function killWhenSet(event: Event, pid: number): void {
  event.waitSync();
  process.kill(pid, 'SIGKILL');
}

/** Connects, tells so, and writes once the event is set; the socket stays open. */
export async function writeWhenSet(event: Event, port: number): Promise<never> {
  const socket = createConnection(port, '127.0.0.1');
  await once(socket, 'connect');
  event.waitSync();
  socket.write('late');
  return never();
}

/** Tells that it has the connection, and keeps it. */
export function keep(connection: Connection): Promise<never> {
  connection.sendSync('have it');
  return never();
}

/** Hands on what it gets, until that is 0. */
export async function passOn(from: Queue<number>, to: Queue<number>): Promise<void> {
  for (let item = await from.get(); item !== 0; item = await from.get()) await to.put(item);
}
