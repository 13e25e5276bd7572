/** One who collects, or destroys what can no longer be reached, is killed at each step. */
import { killAtEveryStep } from './step_kill.js';

await killAtEveryStep(new URL('kills/collector.js', import.meta.url).href);
