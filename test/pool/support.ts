/** What the pool tests share. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Pool, type PoolOptions } from 'multiproc';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { sparePids } from '#dist/process/spares.js';
import { within } from '../support/within.js';

export { linesOf } from './support_files.js';
export { within };

/** Turns of the event loop until something holds. A test that waits in vain is ended by the runner's limit; `what` says for what. */
export async function until(condition: () => boolean, what: string, limit = 20_000): Promise<void> {
  const end = performance.now() + limit;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Collects garbage until something holds. */
export async function collected(condition: () => boolean, what: string): Promise<void> {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  await until(() => {
    gc();
    return condition();
  }, what);
}

/** The error that a promise rejects with. */
export async function failure(promise: PromiseLike<unknown>): Promise<any> {
  const nothing = Symbol();
  const error = await promise.then(
    () => nothing,
    (reason) => reason,
  );
  assert.notEqual(error, nothing, 'it did not fail');
  return error;
}

/** All results of an iterator; its failures as `{ error }`. */
export async function drain(results: AsyncIterator<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for (;;) {
    try {
      const { done, value } = await results.next();
      if (done) return all;
      all.push(value);
    } catch (error) {
      all.push({ error });
    }
  }
}

/** The pool works: as many tasks as it has workers and more. */
export async function assertWorks(pool: Pool): Promise<void> {
  const { square } = await import('./tasks.js');
  assert.deepEqual(await within(pool.map(square, [1, 2, 3, 4, 5, 6], { chunksize: 1 }), 'a map'), [1, 4, 9, 16, 25, 36]);
}

/** Ends a pool that nothing uses any more: it must end by itself, and leave the session sound. */
export async function closeSoundly(pool: Pool): Promise<void> {
  pool.close();
  await within(pool.join(), 'join()');
  // A process that lives beside it (a spare) may be cleaning up after another at this moment.
  await until(() => fsck(session()).length === 0, 'a sound session').catch(() => {});
  assert.deepEqual(fsck(session()), []);
}

const shared = new Map<string, Pool>();

/** One pool for all tests of a file that leave it as they found it: each worker takes a tenth of a second of processor time to start. */
export function sharedPool(options: number | PoolOptions): Pool {
  const key = JSON.stringify(options);
  const pool = shared.get(key) ?? new Pool(options as PoolOptions);
  shared.set(key, pool);
  return pool;
}

after(async () => {
  for (const pool of shared.values()) await closeSoundly(pool);
});

const folder = mkdtempSync(join(tmpdir(), 'pooltest-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

/** A file that does not exist yet. */
export function newFile(): string {
  return join(folder, `${files++}`);
}

export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

export function isStopped(pid: number): boolean {
  return /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

/** Pids of this process's children but its spares: of its pools' workers. */
export function children(): number[] {
  const list = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
  const spares = sparePids();
  return list
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number)
    .filter((pid) => !spares.includes(pid));
}

export interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program {
  readonly pid: number;
  /** Settles at the first whole line of output. */
  readonly firstLine: Promise<string>;
  readonly ended: Promise<Run>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts a program of `programs/`, which has `limit` ms. `ended` waits for the end of its output too: nobody has inherited it then. */
export function program(
  name: string,
  args: readonly string[] = [],
  execArgv: readonly string[] = [],
  env = {},
  limit = 60_000,
): Program {
  const path = fileURLToPath(new URL(`./programs/${name}.js`, import.meta.url));
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [...execArgv, path, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...inherited, ...env },
  });
  let stdout = '';
  let stderr = '';
  const firstLine = new Promise<string>((resolve) => {
    child.stdout.on('data', (data) => {
      stdout += data;
      if (stdout.includes('\n')) resolve(stdout.slice(0, stdout.indexOf('\n')));
    });
  });
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const ended = new Promise<Run>((resolve) => child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr })));
  after(() => child.kill('SIGKILL'));
  return { pid: child.pid!, firstLine, ended: within(ended, `the end of ${name}`, limit), kill: (signal) => child.kill(signal) };
}
