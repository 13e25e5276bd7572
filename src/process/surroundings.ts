/** What a process finds around itself, what of that a spare can change when it gets its work, and what it cannot. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { inheritedEnvironment } from './environment.ts';
import { childExecArgv, childExecutable } from './executable.ts';
import type { Image } from './launch.ts';
import { preloaded } from './preload.ts';

/** Read once, when Node, its libraries or the system's loader start. */
const READ_AT_START =
  /^(NODE_.*|UV_.*|LD_.*|DYLD_.*|MALLOC_.*|GLIBC_.*|OPENSSL_.*|SSL_.*|ICU_.*|LANG|LANGUAGE|LC_.*|TZDIR|TMPDIR|TEMP|TMP|NO_COLOR|FORCE_COLOR|MULTIPROC_.*)$/;

export interface Surroundings {
  /** What has to be the same: executable, options of Node, modules loaded before. */
  readonly fixed: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** What a spare does to get from its surroundings to those of its work; plain data. */
export interface Change {
  readonly set: Readonly<Record<string, string>>;
  readonly unset: readonly string[];
  readonly cwd?: string;
}

/** Undefined where no spare will do: its output would have to go elsewhere, or its folder does not exist (a fresh process says so). */
export function surroundingsOf({ stdio = 'inherit', env, cwd, execArgv = childExecArgv() }: Image): Surroundings | undefined {
  if (stdio !== 'inherit') return undefined;
  try {
    const folder = cwd === undefined ? process.cwd() : resolve(cwd);
    if (cwd !== undefined && !statSync(folder).isDirectory()) return undefined;
    const fixed = JSON.stringify([childExecutable(), execArgv, preloaded().version]);
    return { fixed, environment: inheritedEnvironment(env), cwd: folder };
  } catch {
    return undefined;
  }
}

/** Undefined = it cannot get there. */
export function changeBetween(from: Surroundings, to: Surroundings): Change | undefined {
  if (from.fixed !== to.fixed) return undefined;
  const unset = Object.keys(from.environment).filter((name) => !(name in to.environment));
  const set = Object.entries(to.environment).filter(([name, value]) => from.environment[name] !== value);
  if ([...unset, ...set.map(([name]) => name)].some((name) => READ_AT_START.test(name))) return undefined;
  return { set: Object.fromEntries(set), unset, cwd: from.cwd === to.cwd ? undefined : to.cwd };
}

/** In the spare. Throws where the folder cannot be entered. */
export function applyChange({ set, unset, cwd }: Change): void {
  for (const name of unset) delete process.env[name];
  Object.assign(process.env, set);
  if (cwd !== undefined) process.chdir(cwd);
}
