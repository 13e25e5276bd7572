/** One who does several things to a lock, a semaphore, an event, a condition or a barrier is killed at each step. */
import { killAtEveryStep } from '../explorer/step_kill.js';

await killAtEveryStep(new URL('../explorer/kills/sequences.js', import.meta.url).href);
