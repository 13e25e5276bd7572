import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The repository's own folder of fixtures: they are plain JavaScript, which the build does not copy. */
const fixtures = new URL('../../../test/references/fixtures/', import.meta.url);

export function fixture(name: string): string {
  return new URL(name, fixtures).href;
}

export function fixturePath(name: string): string {
  return fileURLToPath(fixture(name));
}

export interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

/** Runs Node to its end, in the folder of fixtures. A minute is for a hung one. */
export function run(args: readonly string[], options: { input?: string; env?: NodeJS.ProcessEnv; cwd?: string } = {}): Run {
  const env = { ...(options.env ?? process.env) };
  delete env.NODE_TEST_CONTEXT;
  const { input = '', cwd = fileURLToPath(fixtures) } = options;
  return spawnSync(process.execPath, args, { cwd, env, input, encoding: 'utf8', timeout: 60_000 });
}

export interface Job {
  readonly reference: unknown;
  readonly args: readonly unknown[];
  readonly mode: 'sync' | 'async';
}

export interface Received {
  readonly value?: unknown;
  readonly error?: string;
  readonly name?: string;
  readonly code?: string;
  readonly needsImport?: boolean;
}

/** What another process makes of references. */
export function receive(jobs: readonly Job[], execArgv: readonly string[] = []): Received[] {
  const { stdout, stderr } = run([...execArgv, fixturePath('receive.mjs'), JSON.stringify(jobs)]);
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout);
}
