/** Opens a session and ends. */
import { isMain, Process } from 'multiproc';
import { nothing } from './tasks.js';

if (isMain(import.meta)) console.log(await new Process({ target: nothing }).start().join());
