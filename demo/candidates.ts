// Which files are worth hashing: only those that share their size with another. The rest cannot have a duplicate.
import type { FoundFile, Problem } from './walk.ts';

/** A task for the pool. Small files travel together, so that handing out a task costs little beside doing it. */
export type Batch = readonly FoundFile[];

const BATCH_BYTES = 1024 * 1024;
const BATCH_FILES = 32;

/** Collects files by size. Hard links to one file waste nothing, so that the first of them stands for all. */
export class Candidates {
  files = 0;
  empty = 0;
  hardLinks = 0;
  readonly problems: Problem[] = [];
  readonly #bySize = new Map<number, FoundFile[]>();
  readonly #links = new Set<string>();

  add(found: FoundFile | Problem): void {
    if ('problem' in found) {
      this.problems.push(found);
      return;
    }
    this.files++;
    if (found.size === 0) this.empty++;
    else if (this.#seen(found.id)) this.hardLinks++;
    else {
      const sameSize = this.#bySize.get(found.size);
      if (sameSize) sameSize.push(found);
      else this.#bySize.set(found.size, [found]);
    }
  }

  /** The files to hash, the largest first: a large file that begins last would keep one process busy while the others idle. */
  toHash(all: boolean): FoundFile[] {
    const groups = [...this.#bySize.values()].filter((group) => all || group.length > 1);
    return groups.flat().sort((a, b) => b.size - a.size);
  }

  #seen(id: string): boolean {
    if (id === '') return false;
    if (this.#links.has(id)) return true;
    this.#links.add(id);
    return false;
  }
}

export function* batches(files: readonly FoundFile[]): Generator<Batch> {
  let batch: FoundFile[] = [];
  let bytes = 0;
  for (const file of files) {
    if (batch.length === BATCH_FILES || (batch.length > 0 && bytes + file.size > BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(file);
    bytes += file.size;
  }
  if (batch.length > 0) yield batch;
}
