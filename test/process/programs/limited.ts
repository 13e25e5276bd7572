/** Starts processes until the system refuses one; ends them all; starts one again. */
import { readdirSync } from 'node:fs';
import { isMain, Process } from 'multiproc';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { nothing, sleep } from './tasks.js';

if (isMain(import.meta)) {
  const refusals = new Set<string>();
  for (const stdio of ['ignore', 'pipe'] as const) {
    const children: Process[] = [];
    try {
      for (;;) children.push(new Process({ target: sleep, stdio }).start());
    } catch (error) {
      refusals.add((error as Error).name);
      console.log(`${(error as { code?: string }).code}: ${(error as Error).message}`);
    }
    for (const child of children) child.kill();
    for (const child of children) await child.join();
  }
  console.log(await new Process({ target: nothing }).start().join());
  console.log(JSON.stringify({ doorbells: readdirSync(session().directory).length, fsck: fsck(session()) }));
}
