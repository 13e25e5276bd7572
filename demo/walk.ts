// Lists what lies under a directory. Symbolic links are looked at, never followed; pipes, sockets and devices are passed over.
import { type BigIntStats, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A regular file. `id` is the same for all hard links to one file, and empty where there is only one. */
export interface FoundFile {
  readonly path: string;
  readonly size: number;
  readonly id: string;
}

/** What could not be read, and why: listed in the report, never fatal. */
export interface Problem {
  readonly path: string;
  readonly problem: string;
}

/** Depth first, with a list instead of recursion: a deep tree must not overflow the stack. */
export function* walk(root: string): Generator<FoundFile | Problem> {
  const directories = [root];
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    let names: string[] = [];
    try {
      names = readdirSync(directory).sort();
    } catch (error) {
      yield { path: directory, problem: reason(error) };
    }
    for (const name of names) {
      const path = join(directory, name);
      try {
        const stats = lstatSync(path, { bigint: true });
        if (stats.isDirectory()) directories.push(path);
        else if (stats.isFile()) yield { path, size: Number(stats.size), id: linkId(stats) };
        else if (stats.isSymbolicLink() && dangles(path)) yield { path, problem: 'dangling symbolic link' };
      } catch (error) {
        yield { path, problem: reason(error) };
      }
    }
  }
}

/** "EACCES: permission denied" out of "EACCES: permission denied, open '/a/path'": the path stands beside it anyway. */
export function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split(', ')[0];
}

function linkId(stats: BigIntStats): string {
  return stats.nlink > 1n ? `${stats.dev}:${stats.ino}` : '';
}

function dangles(link: string): boolean {
  try {
    statSync(link);
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
}
