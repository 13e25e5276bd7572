/** Input of `map`: collected into a list, cut into units. */
import { type Job, makeUnit, type Unit } from './jobs.ts';
import type { TaskKind } from './protocol.ts';
import type { Items } from './results.ts';

/** Items for each of `chunks` chunks, at least 1. */
export function chunkSize(items: number, chunks: number): number {
  return Math.max(1, Math.ceil(items / chunks));
}

/** A list of the items (an array as it is: cut it at once); a promise of it when they come asynchronously, as many as there are before `isOver`. */
export function collect(items: Items<unknown>, isOver: () => boolean): unknown[] | Promise<unknown[]> {
  if (Array.isArray(items)) return items;
  return Symbol.asyncIterator in Object(items)
    ? collectAsync(items as AsyncIterable<unknown>, isOver)
    : Array.from(items as Iterable<unknown>);
}

async function collectAsync(items: AsyncIterable<unknown>, isOver: () => boolean): Promise<unknown[]> {
  const list: unknown[] = [];
  for await (const item of items) {
    list.push(item);
    if (isOver()) break;
  }
  return list;
}

export function* cut(job: Job, kind: TaskKind, list: readonly unknown[], size: number): Generator<Unit> {
  for (let start = 0; start < list.length; start += size) yield makeUnit(job, kind, list.slice(start, start + size), start);
}
