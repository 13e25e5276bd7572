// Other versions of Node, from the npm packages that carry its binaries.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.mjs';

/**
 * The binaries of these major versions: the running one where it fits, the others installed below `folder`.
 * The `node` package itself only fetches its platform package in an install script, which npm 12 no longer runs: so that one directly.
 * @param {readonly number[]} majors @param {string} folder
 * @returns {{ major: number, version: string, path: string }[]}
 */
export function findNodes(majors, folder) {
  return majors.map((major) => {
    const path =
      major === Number(process.versions.node.split('.')[0]) ? process.execPath : install(major, join(folder, `node-${major}`));
    return { major, path, version: run(path, ['--version']).stdout.trim() };
  });
}

function install(major, folder) {
  const prefix = process.platform === 'darwin' ? 'node-bin-darwin' : `node-${process.platform}`;
  const name = `${prefix}-${process.arch}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  run('npm', ['install', ...quietInstall, `${name}@${major}`], { cwd: folder });
  return join(folder, 'node_modules', name, 'bin', 'node');
}

/** Options of every `npm install` here. Scripts stay off: nothing of ours may need one. */
export const quietInstall = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
