/** One for whose items others wait, or who ends a JoinableQueue, is killed at each step. */
import { killAtEveryStep } from './step_kill.js';

await killAtEveryStep(new URL('kills/task_waits.js', import.meta.url).href);
