/** The project as it lies on disk, found from wherever the built test runs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Sources } from './layers.js';

export const projectRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

/** Every source file of `src/`, by its path below it. */
export function readSources(): Sources {
  const folder = join(projectRoot, 'src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.[cm]?[jt]s$/.test(file));
  return new Map(files.sort().map((file) => [file.split(sep).join('/'), readFileSync(join(folder, file), 'utf8')]));
}

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  if (dirname(folder) === folder) throw new Error('no package.json above this file');
  return findRoot(dirname(folder));
}
