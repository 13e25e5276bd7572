/** One who allocates, frees, holds or cleans up is killed at each step. */
import { killAtEveryStep } from './step_kill.js';

await killAtEveryStep(new URL('kills/memory.js', import.meta.url).href);
