/** Uses setPreload in the way that its argument names. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, Process, setPreload, setStartMethod } from 'multiproc';
import { temporaryFolder } from '../../support/programs.js';
import { readySpares } from '../../support/spares.js';
import { nothing } from './tasks.js';

/** Told at each import of this module; the main program's own is the first. */
console.log(`imported ${isMain(import.meta)} ${process.argv[2]}`);

export function print(text: string): void {
  console.log(text, (globalThis as { preloaded?: string }).preloaded);
}

/** A module in a folder of its own. */
function module(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

/** Runs a process in a spare that had what was to be preloaded. */
async function run(text: string): Promise<void> {
  await new Process({ target: nothing }).start().join();
  const spares = await readySpares();
  const child = new Process({ target: print, args: [text] }).start();
  const code = await child.join();
  console.log(spares.includes(child.pid!), code);
}

const scenarios: Record<string, () => unknown> = {
  async main() {
    setPreload([import.meta.url]);
    await run('runs');
  },

  async 'waits and fails'() {
    const late = module(
      'late.mjs',
      `await new Promise((r) => setTimeout(r, 20)); globalThis.preloaded = 'late'; console.log('loaded');`,
    );
    const bad = module('bad.cjs', `throw new RangeError('not today');`);
    setPreload([bad, '/no/such/module.js', late]);
    await run('one');
    await run('two');
  },

  async packages() {
    const folder = temporaryFolder();
    const packageFolder = join(folder, 'node_modules', 'only-imported');
    mkdirSync(packageFolder, { recursive: true });
    writeFileSync(join(packageFolder, 'package.json'), JSON.stringify({ type: 'module', exports: { import: './index.js' } }));
    writeFileSync(join(packageFolder, 'index.js'), `globalThis.preloaded = 'package';`);
    process.argv[1] = join(folder, 'program.js');
    setPreload(['only-imported', 'node:zlib']);
    await run('runs');
  },

  async locks() {
    setPreload([
      module(
        'locks.mjs',
        `import { Lock } from ${JSON.stringify(import.meta.resolve('multiproc'))};
         const lock = new Lock(); lock.acquireSync(); globalThis.preloaded = lock.locked() ? 'held' : 'free'; lock.release();`,
      ),
    ]);
    await run('runs');
  },

  async prints() {
    setPreload([module('prints.mjs', "process.stdout.write('printed by ' + process.pid + '\\n')")]);
    await run('one');
    await run('two');
  },

  async 'starts processes'() {
    const guardless = module(
      'guardless.mjs',
      `import { Process } from ${JSON.stringify(import.meta.resolve('multiproc'))}; new Process({ target: Math.max }).start();`,
    );
    setPreload([guardless]);
    await run('runs');
  },

  async exits() {
    setPreload([module('exits.mjs', 'process.exit(1)')]);
    const warned = new Promise<Error>((resolve) => process.on('warning', resolve));
    await new Process({ target: nothing }).start().join();
    const keep = setInterval(() => {}, 1000);
    console.log((await warned).message);
    clearInterval(keep);
    console.log(await new Process({ target: print, args: ['runs'] }).start().join());
    setPreload([]);
    await run('again');
  },

  refusals() {
    for (const list of ['zlib', ['./a.js'], [''], [3]]) {
      try {
        setPreload(list as string[]);
      } catch (error) {
        console.log((error as { code: string }).code, (error as Error).message);
      }
    }
  },
};

if (isMain(import.meta)) {
  setStartMethod('warm');
  await scenarios[process.argv[2]]();
}
