/** Starts many processes one after the other, and compares what the program holds before and after. */
import { isMain, Process } from 'multiproc';
import { fsck } from '#dist/memory/fsck.js';
import { session } from '#dist/memory/session.js';
import { settled } from './holdings.js';
import { nothing, print } from './tasks.js';

/** Processes of all sorts in turn. */
function make(number: number): Process {
  if (number % 5 === 1) return new Process({ target: print, args: ['x'.repeat(10_000)], stdio: 'pipe' });
  return new Process({ target: nothing, stdio: number % 5 === 2 ? 'pipe' : 'ignore', daemon: number % 5 === 3 });
}

async function round(number: number): Promise<void> {
  const child = make(number).start();
  if (number % 5 === 3) child.kill();
  if (number % 5 === 4) child.joinSync();
  await child.join();
  child.close();
}

if (isMain(import.meta)) {
  const [, , rounds] = process.argv;
  for (let number = 0; number < 5; number++) await round(number);
  const before = await settled();
  for (let number = 0; number < Number(rounds); number++) await round(number);
  const after = await settled();
  console.log(JSON.stringify({ before, after, fsck: fsck(session()) }));
}
