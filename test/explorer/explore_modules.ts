/** A test for each scenario of some modules in interleaved/. */
import { after, test } from 'node:test';
import { endExploring, explore, isLeftOut } from './interleavings.js';
import type { Scenarios } from './scenario.js';

export async function exploreModules(...names: readonly string[]): Promise<void> {
  after(endExploring);
  for (const file of names) {
    const module = new URL(`interleaved/${file}.js`, import.meta.url).href;
    const { scenarios } = (await import(module)) as { scenarios: Scenarios };
    for (const name of Object.keys(scenarios)) {
      test(`interleavings of ${name}`, { skip: isLeftOut(name) }, async (t) => {
        t.diagnostic((await explore(module, name)).text);
      });
    }
  }
}
