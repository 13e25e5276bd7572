// Runs a command to its end and gives what it printed; a failure is an error that quotes it.
import { spawnSync } from 'node:child_process';

const LIMIT_MS = 120_000;

/** @param {string} command @param {readonly string[]} args @param {import('node:child_process').SpawnSyncOptions} [options] */
export function run(command, args, options = {}) {
  const start = performance.now();
  const result = spawnSync(command, args, { encoding: 'utf8', timeout: LIMIT_MS, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const ms = performance.now() - start;
  const { status, signal, error, stdout, stderr } = result;
  if (status !== 0) {
    const end = error?.message ?? (signal ? `killed by ${signal}` : `exit code ${status}`);
    throw new Error(`${[command, ...args].join(' ')}: ${end}\n${stdout ?? ''}${stderr ?? ''}`);
  }
  return { stdout, stderr, ms };
}
