/** What spares load before they have work: told to the parent, done by each spare. */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { argumentTypeError } from '../base/errors.ts';
import { session } from '../memory/session.ts';
import { moduleSpecifier, moduleText, preloadModule } from '../references/preload.ts';
import { ref } from '../references/ref.ts';
import { readImporting } from '../serialization/importing.ts';
import { loadKinds } from '../serialization/registry.ts';
import { decodeCall, encodeCall } from './call.ts';
import type { Preload, SpareOrders } from './environment.ts';

let modules: readonly Preload[] = [];
/** Counts the lists: a spare that was booted with another one is of no use. */
let version = 0;
const listeners: (() => void)[] = [];

/**
 * Modules that each spare of the start method 'warm' imports before it has work: URLs, absolute paths, or packages as the main program finds them.
 * What cannot be imported is reported on standard error, and the processes run all the same. Top levels run again, once in each spare, and may not start processes.
 */
export function setPreload(list: readonly (string | URL)[]): void {
  if (!Array.isArray(list)) throw argumentTypeError(`setPreload() needs an array of modules, not ${typeof list}`);
  const from = process.argv[1] ?? join(process.cwd(), 'program.js');
  modules = list.map((module) => ({ name: String(module), specifier: moduleSpecifier(module), from }));
  version++;
  for (const listener of listeners) listener();
}

export function preloaded(): { readonly modules: readonly Preload[]; readonly version: number } {
  return { modules, version };
}

export function onPreloadChange(listener: () => void): void {
  listeners.push(listener);
}

/** The spare's side: loads what most targets need, and what the program asked for. */
export async function getReady({ preload, isQuiet, argv }: SpareOrders): Promise<void> {
  process.argv.splice(1, process.argv.length, ...argv.slice(1));
  await loadKinds();
  for (const module of preload) {
    try {
      await preloadModule(module.specifier, module.from);
    } catch (error) {
      if (!isQuiet) report(module, error);
    }
  }
  await warmUp();
  session().participants.ready();
}

/** A spare whose first call is its real one compiles as it goes: 10 of the 25 ms that the call takes to begin. */
async function warmUp(): Promise<void> {
  const target = ref('data:text/javascript,export function nothing() {}', 'nothing');
  const bytes = encodeCall(null, { argv: [], authkey: new Uint8Array(0), instance: undefined, target, args: [{}] }, []);
  await readImporting(() => decodeCall(bytes, () => {}));
}

function report({ name, specifier }: Preload, error: unknown): void {
  const module = name === specifier ? name : moduleText(specifier);
  try {
    writeSync(2, `multiproc: ${module} could not be preloaded; processes are started without it: ${inspect(error)}\n`);
  } catch {
    // Nobody reads it.
  }
}
