/** What the workers of the suites of connections run. */
import { createConnection } from 'node:net';
import type { Connection } from 'multiproc';
import type { Form } from './forms.js';
import { poll, recv, recvBytes, send, sendBytes } from './forms_of_connections.js';

/** Sends back what it gets; before each stands what it is: 'value', 'bytes', or 'end'. */
export async function echo(form: Form, connection: Connection<any>): Promise<void> {
  for (;;) {
    const kind = await recv(form, connection);
    if (kind === 'value') await send(form, connection, await recv(form, connection));
    else if (kind === 'bytes') await sendBytes(form, connection, await recvBytes(form, connection));
    else return connection.close();
  }
}

export async function sendBytesAndEnd(form: Form, connection: Connection<any>, bytes: string): Promise<void> {
  await sendBytes(form, connection, Buffer.from(bytes));
  connection.close();
}

export async function sendSlowly(form: Form, connection: Connection<never, any>, messages: readonly string[]): Promise<void> {
  for (const message of messages) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    await sendBytes(form, connection, Buffer.from(message));
  }
  connection.close();
}

/** Receives one message after the other until the end, polling before each, and sends their number and what was wrong. */
export async function pollAndReceive(
  form: Form,
  connection: Connection<any>,
  results: Connection<never, readonly [number, readonly string[]]>,
): Promise<void> {
  const problems: string[] = [];
  let count = 0;
  try {
    for (; ; count++) {
      await poll(form, connection, Infinity);
      const bytes = await recvBytes(form, connection);
      const length = bytes.readUInt32LE(0);
      if (bytes.length !== length || bytes.subarray(4).some((byte) => byte !== length % 251))
        problems.push(`message ${count} is torn`);
    }
  } catch (error) {
    if ((error as Error).name !== 'EOFError') problems.push(String(error));
  }
  await results.send([count, problems]);
}

/** What of the two directions works. */
export async function tryBothWays(connection: Connection<any>, results: Connection<never, any>): Promise<void> {
  const outcomes: string[] = [];
  for (const use of [() => connection.sendSync('from the child'), () => connection.recvSync({ timeout: 10_000 })]) {
    try {
      outcomes.push(String(use()));
    } catch (error) {
      outcomes.push((error as Error).name);
    }
  }
  await results.send(outcomes);
}

export async function sendNumbers(
  connection: Connection<never, readonly [number, number]>,
  who: number,
  count: number,
  delay: number,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, Math.random() * delay));
    await connection.send([i, who]);
  }
  connection.close();
}

/** Lines of text through a socket. */
export async function writeNumbers(port: number, count: number, delay: number): Promise<void> {
  const socket = createConnection(port, '127.0.0.1');
  for (let i = 0; i < count; i++) {
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, Math.random() * delay));
    socket.write(`${i}\n`);
  }
  await new Promise<void>((resolve) => socket.end(resolve));
}

/** Ends when it is told to. */
export async function endWhenTold(connection: Connection<any>): Promise<void> {
  await connection.recv();
}
