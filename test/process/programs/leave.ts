/** Exits while a child of its boots that is not daemonic. */
import { writeSync } from 'node:fs';
import { isMain, Process } from 'multiproc';
import { print } from './tasks.js';

if (isMain(import.meta)) {
  writeSync(1, `child ${new Process({ target: print, args: ['worked'] }).start().pid}\n`);
  process.exit(4);
}
