/** One who makes or changes values and arrays is killed at each step. */
import { killAtEveryStep } from './step_kill.js';

await killAtEveryStep(new URL('kills/values.js', import.meta.url).href);
