import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's folder: the first above this file with a package.json. The compiled files lie deeper than their sources. */
export const packageRoot = ((): string => {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json'))) {
    if (directory === dirname(directory)) throw new Error('the benchmarks are not inside the package');
    directory = dirname(directory);
  }
  return directory;
})();

/** The compiled programs: the folder above this one. */
export const compiled = join(dirname(fileURLToPath(import.meta.url)), '..');
