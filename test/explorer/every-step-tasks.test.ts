/** One who puts, gets or does items of a JoinableQueue is killed at each step. */
import { killAtEveryStep } from './step_kill.js';

await killAtEveryStep(new URL('kills/tasks.js', import.meta.url).href);
