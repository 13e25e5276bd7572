// What the hashes say: files of equal size and equal hash are duplicates of each other.
import type { HashedFile } from './hash.ts';

export interface DuplicateGroup {
  readonly size: number;
  readonly paths: readonly string[];
  /** What could be freed by keeping one of them. */
  readonly wasted: number;
}

/** The groups, the most wasteful first; with equal waste by path, so that the same tree gives the same report. */
export function findDuplicates(hashed: readonly HashedFile[]): DuplicateGroup[] {
  const groups = new Map<string, HashedFile[]>();
  for (const file of hashed) {
    const key = `${file.size}:${file.hash}`;
    const group = groups.get(key);
    if (group) group.push(file);
    else groups.set(key, [file]);
  }
  return [...groups.values()]
    .filter((files) => files.length > 1)
    .map((files) => ({
      size: files[0].size,
      paths: files.map(({ path }) => path).sort(),
      wasted: files[0].size * (files.length - 1),
    }))
    .sort((a, b) => b.wasted - a.wasted || (a.paths[0] < b.paths[0] ? -1 : 1));
}
