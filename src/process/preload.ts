/** What spares load before they have work, as their parent was told. */
import { join } from 'node:path';
import { argumentTypeError } from '../base/errors.ts';
import { moduleSpecifier } from '../references/preload.ts';
import type { Preload } from './environment.ts';

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
