// What a figure means nothing without: the machine, and the versions of all that was measured.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from './paths.ts';

export interface Python {
  readonly path: string;
  /** "CPython 3.12.1". */
  readonly name: string;
}

/** Any python3 there is; `PYTHON` in the environment names another. */
export function findPython(): Python | null {
  const path = process.env.PYTHON || 'python3';
  const script = 'import multiprocessing, platform; print(platform.python_implementation(), platform.python_version())';
  const { status, stdout } = spawnSync(path, ['-c', script], { encoding: 'utf8', timeout: 20_000 });
  return status === 0 ? { path, name: stdout.trim() } : null;
}

export function describeMachine(python: Python | null) {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memory: totalmem(),
    os: `${platform()} ${release()} ${arch()}`,
    loadBefore: loadavg()[0],
    node: process.version,
    python: python?.name ?? null,
    pools: Object.fromEntries(['piscina', 'tinypool', 'workerpool', 'poolifier'].map((name) => [name, installedVersion(name)])),
  };
}

function installedVersion(name: string): string {
  const file = join(packageRoot, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
