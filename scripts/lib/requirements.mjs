// What the tests need from the machine, and how to get it.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

/** Returns what is missing and needed; tells `note` what is missing and can be done without. */
export function checkRequirements(note) {
  const problems = [];
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    problems.push(`Node ${process.versions.node} is too old: install Node 20.19 or later`);
  if (process.platform === 'win32') problems.push('Windows is not supported: run the tests on Linux (WSL 2 will do) or macOS');
  const packages = ['koffi', 'fast-check'].filter((name) => !isInstalled(name));
  if (packages.length > 0) problems.push(`not installed: ${packages.join(', ')}; run "npm ci"`);
  if (!hasCommand('python3'))
    note('python3 is missing: what compares with CPython is skipped (Debian, Ubuntu: apt-get install python3)');
  return problems;
}

function isInstalled(name) {
  try {
    createRequire(import.meta.url).resolve(`${name}/package.json`);
    return true;
  } catch (error) {
    return error.code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
  }
}

function hasCommand(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}
