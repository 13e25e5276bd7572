/** What other processes do with proxies that came through an address. */
import type { Queue, SimpleQueue } from 'multiproc';
import { connectManager, type ManagerAddress, type Remote } from 'multiproc/managers';
import type { Board, Box, MyManager, Part } from './types.js';

const forEver = (): Promise<never> => new Promise(() => setInterval(() => {}, 60_000));

/** Connects by itself, sends a part on, and stays with it. */
export async function sendAndStay(
  address: ManagerAddress,
  authkey: string,
  parts: Queue<unknown>,
  tell: Queue<string>,
): Promise<void> {
  const manager = await connectManager<MyManager>({ address, authkey });
  const part = await manager.Part('sent on');
  await parts.put({ nested: [part] });
  await tell.put('sent');
  await forEver();
  part[Symbol.dispose]();
}

/** Takes one, and blocks its thread: it never claims anything. */
export function takeAndBlock(parts: SimpleQueue<Remote<Part>>, tell: SimpleQueue<string>): void {
  const part = parts.getSync();
  tell.putSync('took');
  while (part !== undefined) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
}

export async function takeAndUse(parts: Queue<{ nested: Remote<Part>[] }>, tell: Queue<string>): Promise<void> {
  const part = (await parts.get()).nested[0];
  await tell.put(await part.getName());
  await forEver();
}

/** Takes one, sends it on before it can have claimed it, and stays. */
export async function passOn(from: Queue<unknown>, to: Queue<unknown>, tell: Queue<string>): Promise<void> {
  await to.put(await from.get());
  await tell.put('passed on');
  await forEver();
}

export async function nameOfNested({ nested }: { nested: Remote<Part>[] }): Promise<string> {
  return nested[0].getName();
}

export async function putParts(box: Remote<Box>, name: string, part: Remote<Part>): Promise<string> {
  await box.put(part);
  return `${name} ${await part.getName()}`;
}

export async function holdBoard(board: Remote<Board>, tell: Queue<string>): Promise<void> {
  await board.hold();
  await tell.put('holds');
  await forEver();
}
