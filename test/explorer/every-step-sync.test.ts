/** One who acquires, releases, waits or tells others is killed at each step. */
import { killAtEveryStep } from './step_kill.js';

for (const file of ['locks', 'sync']) await killAtEveryStep(new URL(`kills/${file}.js`, import.meta.url).href);
