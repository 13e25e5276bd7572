/** Targets of the tests beside this file. */
import type { Connection } from 'multiproc';

/** Sends a signal now and again, and ends. */
export async function signalOften(pid: number, signal: NodeJS.Signals): Promise<void> {
  for (let i = 0; i < 20; i++) {
    process.kill(pid, signal);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Blocks in `recv` and in the send of a large message while signals come, which it handles. */
export async function echoDespiteSignals(connection: Connection<any>, size: number): Promise<void> {
  let signals = 0;
  process.on('SIGUSR1', () => signals++);
  connection.sendSync('ready');
  connection.sendSync(connection.recvSync());
  connection.sendBytesSync(Buffer.alloc(size, 'x'));
  await new Promise(setImmediate);
  connection.sendSync(signals);
}
