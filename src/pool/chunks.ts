/** Input of `map`: collected into a list, cut into units. */
import { type Job, makeUnit, type Unit } from './jobs.ts';
import type { TaskKind } from './protocol.ts';

/** Items for each of `chunks` chunks, at least 1. */
export function chunkSize(items: number, chunks: number): number {
  return Math.max(1, Math.ceil(items / chunks));
}

/** A list of the items: an array as it is, `cut` copies it at once. For those that come asynchronously see `AsyncInput`. */
export function collect(items: readonly unknown[] | Iterable<unknown>): readonly unknown[] {
  return Array.isArray(items) ? items : Array.from(items);
}

/** Items that come asynchronously, read until they end or are no longer wanted. */
export class AsyncInput {
  readonly #source: AsyncIterator<unknown>;
  readonly #list: unknown[] = [];
  #isClosed = false;

  constructor(items: AsyncIterable<unknown>) {
    this.#source = items[Symbol.asyncIterator]();
  }

  async read(): Promise<readonly unknown[]> {
    while (!this.#isClosed) {
      const { done, value } = await this.#source.next();
      if (done) break;
      this.#list.push(value);
    }
    return this.#list;
  }

  /** One that waits for ever, or never ends, learns that nobody wants more. */
  close(): void {
    this.#isClosed = true;
    this.#list.length = 0;
    closeSource(this.#source);
  }
}

/** Asks an iterator to end. That it cannot is nobody's business any more. */
export function closeSource(source: Iterator<unknown> | AsyncIterator<unknown>): void {
  try {
    const returned = source.return?.() as PromiseLike<unknown> | undefined;
    if (typeof returned?.then === 'function') returned.then(undefined, () => {});
  } catch {
    // It was given up.
  }
}

/** Up to so many units are made at once. Ten million at once are 1.5 GB. */
const CUT_AT_ONCE = 1024;

/** The units of a list, which may change from here on. Many of them are one unit, of which the queue cuts them off as they are sent. */
export function cut(job: Job, kind: TaskKind, list: readonly unknown[], size: number): Unit[] {
  if (list.length > size * CUT_AT_ONCE) return [makeUnit(job, kind, list.slice(), 0, 1, size)];
  const units: Unit[] = [];
  for (let start = 0; start < list.length; start += size) units.push(makeUnit(job, kind, list.slice(start, start + size), start));
  return units;
}

/** The next unit of one that waits to be cut. */
export function cutOff(whole: Unit): Unit {
  const { job, kind, items, offset, done, chunk } = whole;
  const end = Math.min(done + chunk, items.length);
  whole.done = end;
  return makeUnit(job, kind, items.slice(done, end), offset + done);
}
