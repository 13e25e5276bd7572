/** A spare's own side: it gets ready, and later becomes the process that it is told to be. */
import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { session } from '../memory/session.ts';
import { moduleText, preloadModule } from '../references/preload.ts';
import { loadKinds } from '../serialization/registry.ts';
import type { Preload, SpareOrders, Work } from './environment.ts';
import type { Change } from './surroundings.ts';

/** What a spare is given before its call; plain data. */
export interface Assignment {
  readonly work: Work;
  readonly change: Change;
}

/** Loads what most targets need, and what the program asked for. */
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
  session().participants.ready();
}

function report({ name, specifier }: Preload, error: unknown): void {
  const module = name === specifier ? name : moduleText(specifier);
  try {
    writeSync(2, `multiproc: ${module} could not be preloaded; processes are started without it: ${inspect(error)}\n`);
  } catch {
    // Nobody reads it.
  }
}
