// Builds src/ into dist/ (what is published) and test/, demo/, bench/ and examples/ into .build/.
// `--library` builds src/ alone; `--quiet` prints nothing on success.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
const quiet = process.argv.includes('--quiet');
const projects = process.argv.includes('--library') ? ['tsconfig.json'] : ['tsconfig.json', 'tsconfig.build.json'];

if (process.argv.includes('--clean'))
  for (const folder of ['dist', '.build']) rmSync(join(root, folder), { recursive: true, force: true });
for (const project of projects) {
  const { status } = spawnSync(process.execPath, [tsc, '-p', join(root, project)], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  if (!quiet) console.log(`built ${project}`);
}
