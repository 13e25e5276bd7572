// The task of the pool: hash the contents of a batch of files. A worker imports this module, and nothing of the command line.
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import type { Batch } from './candidates.ts';
import { type FoundFile, type Problem, reason } from './walk.ts';

export interface HashedFile {
  readonly path: string;
  readonly size: number;
  readonly hash: string;
}

// One buffer per process, read into again and again: a file of any size takes no more memory than this.
const buffer = Buffer.allocUnsafeSlow(1024 * 1024);

/** What a worker gets, and what it gives back: as little as it needs, for a file of a few kB takes 15 us to hash and its way there and back counts. */
export interface Task {
  readonly index: number;
  readonly paths: readonly string[];
  readonly sizes: readonly number[];
}

export interface Answer {
  readonly index: number;
  /** In the order of the task; '' where there is a problem. */
  readonly hashes: readonly string[];
  readonly problems: readonly Problem[];
}

export function taskOf(batch: Batch, index: number): Task {
  return { index, paths: batch.map(({ path }) => path), sizes: batch.map(({ size }) => size) };
}

/** The task of the pool. */
export function hashTask({ index, paths, sizes }: Task): Answer {
  const problems: Problem[] = [];
  const hashes = paths.map((path, i) => {
    const result = hashFile({ path, size: sizes[i] });
    if ('hash' in result) return result.hash;
    problems.push(result);
    return '';
  });
  return { index, hashes, problems };
}

/** A worker does one task at a time and has nothing else to attend to, so that blocking calls are right here, and the fastest. */
export function hashBatch(batch: Batch): (HashedFile | Problem)[] {
  return batch.map(hashFile);
}

function hashFile({ path, size }: Pick<FoundFile, 'path' | 'size'>): HashedFile | Problem {
  try {
    const hash = createHash('sha256');
    const bytes = readThrough(path, size, (chunk) => hash.update(chunk));
    if (bytes !== size) return { path, problem: 'changed while it was read' };
    return { path, size, hash: hash.digest('base64') };
  } catch (error) {
    return { path, problem: reason(error) };
  }
}

/** Calls `use` with each piece of a file and returns how many bytes there were. Beyond the expected size it stops: a log may grow for ever. */
export function readThrough(path: string, size: number, use: (chunk: Buffer) => void): number {
  const file = openSync(path, 'r');
  try {
    let total = 0;
    for (let bytes = readSync(file, buffer); bytes > 0 && total <= size; bytes = readSync(file, buffer)) {
      use(buffer.subarray(0, bytes));
      total += bytes;
    }
    return total;
  } finally {
    closeSync(file);
  }
}
