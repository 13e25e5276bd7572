/** What other processes do with proxies in these tests. */
import type { Connection, Queue } from 'multiproc';
import { connectManager, type ListProxy, type ManagerAddress, type QueueProxy, type Remote } from 'multiproc/managers';
import type { Board, Box, Maths, MyManager, Part } from './types.js';

export async function note(maths: Remote<Maths>, value: unknown): Promise<void> {
  await maths.note(value);
}

export function noteSync(maths: Remote<Maths>, value: unknown): void {
  maths.sync.note(value);
}

/** Answers with what the proxies that come are called. */
export async function name(connection: Connection<Remote<Part>, string>): Promise<void> {
  for await (const part of connection) {
    using here = part;
    await connection.send(await here.getName());
  }
}

export async function nameOf(part: Remote<Part>): Promise<string> {
  return part.getName();
}

export function same<T>(value: T): T {
  return value;
}

/** Holds a proxy until it is ended. */
export async function keep(queue: Queue<string>, ...proxies: unknown[]): Promise<void> {
  await queue.put(`kept ${proxies.length}`);
  await new Promise(() => setInterval(() => proxies, 1_000_000));
}

/** Holds something of the board, and waits for it in vain, until it is killed. */
export async function holdAndWait(queue: Queue<string>, board: Remote<Board>): Promise<void> {
  await board.hold();
  const waits = board.wait();
  await queue.put('holds');
  await waits;
}

export async function putInto(box: Remote<Box>, other: Remote<Box>): Promise<void> {
  await box.put(other);
}

export async function connectAndAdd(address: ManagerAddress, queue: Queue<unknown>): Promise<void> {
  const manager = await connectManager<MyManager>({ address });
  using maths = await manager.Maths();
  await queue.put([await maths.add(1, 2), 'then' in manager, await manager.numberOfObjects()]);
}

/** Adds to a list, says so, and adds again when it is told to. */
export async function addTwice(list: ListProxy<number>, said: QueueProxy<number>, told: QueueProxy<number>): Promise<void> {
  await list.push(1);
  await said.put(1);
  await list.push(await told.get());
}
