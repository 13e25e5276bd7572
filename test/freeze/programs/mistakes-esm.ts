/** Bundles whose first line is not freezeSupport. Each process writes its pid to the file STARTED; MISTAKE says what is wrong. */
import { appendFileSync } from 'node:fs';
import { freezeSupport, isMain, Pool, Process } from '#dist/index.js';

appendFileSync(process.env.STARTED!, `${process.pid}\n`);

function wait(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 500));
}

async function start(): Promise<void> {
  console.log('exit code', await new Process({ target: wait }).start().join());
}

function show(error: Error & { code?: string }): void {
  console.log(error.name, error.code, error.message);
}

switch (process.env.MISTAKE) {
  case 'forgotten, process':
    await start().catch(show);
    break;
  case 'forgotten, pool':
    try {
      new Pool(1);
    } catch (error) {
      show(error as Error);
    }
    break;
  case 'under isMain':
    if (isMain(import.meta)) {
      await freezeSupport({ wait });
      await start();
    }
    break;
  case 'started before':
    if (!isMain(import.meta)) new Process({ target: wait }).start();
    await freezeSupport({ wait });
    await start();
    break;
  case 'begun before':
    // In the child it fires while the target waits.
    setImmediate(start);
    await freezeSupport({ wait });
}
