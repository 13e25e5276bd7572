/** One who allocates, frees, holds, cleans up or uses values is killed at each step. */
import { killAtEveryStep } from './step_kill.js';

for (const file of ['memory', 'values']) await killAtEveryStep(new URL(`kills/${file}.js`, import.meta.url).href);
