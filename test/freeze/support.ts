/** Bundles of the programs beside this file, as a user's bundler makes them: one file, with the library in it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { buildSync } from 'esbuild';
import { projectRoot } from '../architecture/project.js';
import { gone, type Outcome, Program, programPath, sessionFolders, temporaryFolder } from '../support/programs.js';

export type Format = 'esm' | 'cjs';

export interface BundleOptions {
  readonly format: Format;
  readonly minify?: boolean;
  /** Where it goes. Default: a folder inside the project, from where koffi's package is found. */
  readonly folder?: string;
  readonly external?: string[];
}

mkdirSync(join(projectRoot, '.build', 'freeze'), { recursive: true });
const inProject = mkdtempSync(join(projectRoot, '.build', 'freeze', 'run-'));
after(() => rmSync(inProject, { recursive: true, force: true }));

/** The path of the bundle. */
export function bundle(name: string, { format, minify = false, folder = inProject, external }: BundleOptions): string {
  const outfile = join(folder, `${name}${minify ? '.min' : ''}.${format === 'esm' ? 'mjs' : 'cjs'}`);
  buildSync({
    // Plain JavaScript is not built.
    entryPoints: [
      programPath(name.endsWith('.cjs') ? `../../../test/freeze/programs/${name}` : `programs/${name}.js`, import.meta),
    ],
    outfile,
    bundle: true,
    platform: 'node',
    format,
    minify,
    external,
    logLevel: 'error',
  });
  return outfile;
}

/** Runs it to its end and checks that nothing is left of it. `pids` are those of the processes that have said so in the file STARTED. */
export async function run(
  file: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Outcome & { pids: number[] }> {
  const temp = temporaryFolder();
  const started = join(temp, 'started');
  const outcome = await new Program(process.execPath, [file, ...args], { temp, env: { ...env, STARTED: started } }).ended;
  const pids = readOrNothing(started).trim().split('\n').filter(Boolean).map(Number);
  await gone(pids);
  const left = sessionFolders(temp);
  // Who was killed leaves it to the next session.
  if (outcome.signal === null && left.length > 0) throw new Error(`session folders are left: ${left.join(', ')}`);
  return { ...outcome, pids };
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
