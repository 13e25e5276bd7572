/** All scenarios of the explorer of interleavings, with more schedules of each than `npm test` has time for. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../architecture/project.js';
import { exploreModules } from './explore_modules.js';

// The sources, for the build keeps what was removed. The toys are wrong on purpose.
const files = readdirSync(join(projectRoot, 'test', 'explorer', 'interleaved')).filter((file) => file !== 'toys.ts');
await exploreModules(...files.map((file) => file.slice(0, -'.ts'.length)).sort());
