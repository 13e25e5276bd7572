/** One who allocates, frees, holds, locks or cleans up is killed at each step. Scenarios: the modules in kills/. */
import { killAtEveryStep } from './step_kill.js';

for (const file of ['memory', 'locks', 'sync']) await killAtEveryStep(new URL(`kills/${file}.js`, import.meta.url).href);
