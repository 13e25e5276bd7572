/** All scenarios of the explorer of kills, with more kills than `npm test` has time for. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../architecture/project.js';
import { killAtEveryStep } from './step_kill.js';

const kills = Number(process.env.EXPLORE_KILLS ?? (process.env.MULTIPROC_SOAK === 'short' ? 6 : Infinity));

// The sources, for the build keeps what was removed.
for (const file of readdirSync(join(projectRoot, 'test', 'explorer', 'kills')).sort())
  await killAtEveryStep(new URL(`kills/${file.replace(/\.ts$/, '.js')}`, import.meta.url).href, kills);
