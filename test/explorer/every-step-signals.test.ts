/** One who notifies, waits, comes to a barrier or breaks it is killed at each step. */
import { killAtEveryStep } from './step_kill.js';

await killAtEveryStep(new URL('kills/conditions.js', import.meta.url).href);
