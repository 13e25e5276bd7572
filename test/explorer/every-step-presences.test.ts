/** One who hands out a presence, takes one, or lets go of it is killed at each step. */
import { killAtEveryStep } from './step_kill.js';

await killAtEveryStep(new URL('kills/presences.js', import.meta.url).href);
